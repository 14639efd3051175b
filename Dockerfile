# The server as an image: Node.js and one bundle, nothing else. docs/deploying.md says how to run it.
#
# The base is named by its full version. Whoever needs the same bytes for ever adds the digest of that version:
# `docker buildx imagetools inspect node:24.21.0-bookworm-slim` shows it.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /build
# No install scripts: they bring a Node.js, which is here, and make the bundle, for which the sources are not here yet.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY .ci/bundle.mjs .ci/
COPY tsconfig.json ./
COPY src src
RUN node .ci/bundle.mjs
RUN mkdir /state

FROM node:24.21.0-bookworm-slim
LABEL org.opencontainers.image.title="Tollgate" \
      org.opencontainers.image.description="A governance gateway for AI models with a GraphQL face" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="UNLICENSED" \
      org.opencontainers.image.base.name="node:24.21.0-bookworm-slim"
WORKDIR /app
# The bundle holds every package that the server runs, so none is installed here; the lock file says which they are, to
# whoever scans the image.
COPY --from=build /build/package.json /build/package-lock.json ./
COPY --from=build /build/build build
COPY deploy/health-check.mjs ./
# A volume that is made from this image belongs to the user below.
COPY --from=build --chown=1000:1000 /state /var/lib/tollgate
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=4000 \
    TOLLGATE_STATE_DIR=/var/lib/tollgate
USER 1000:1000
VOLUME /var/lib/tollgate
EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "/app/health-check.mjs"]
ENTRYPOINT ["node", "/app/build/cli.js"]
CMD ["serve"]
