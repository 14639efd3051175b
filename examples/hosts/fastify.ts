import { env } from 'node:process';
import { fastify } from 'fastify';
import { stopOnSignal } from './stop-on-signal.ts';
import { yoga } from './yoga.ts';

const app = fastify();
// In a scope of its own: the routes around it keep their body parsers.
app.register(async scope => {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _body, done) => done(null));
  for (const url of ['/graphql', '/v1/*']) {
    scope.all(url, (request, reply) => {
      reply.hijack();
      void yoga(request.raw, reply.raw);
    });
  }
});
app.get('/', () => 'The rest of the application');

await app.listen({ port: Number(env.PORT ?? 4001), host: '127.0.0.1' });
console.log('Listening on', app.server.address());
stopOnSignal(() => void app.close());
