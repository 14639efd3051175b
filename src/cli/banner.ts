import type { Config } from '../config.ts';
import { prefixedField } from '../graphql/rename-schema.ts';
import type { RunningServer } from '../start-server.ts';

/** What a person at the terminal reads once the server is ready; the query works as it is pasted. */
export function bannerOf(
  { url, generatedAdministratorKey, notReady }: RunningServer,
  { names, sandbox, graphql }: Config,
): string {
  const key = generatedAdministratorKey ?? '$TOLLGATE_API_KEY';
  const field = prefixedField('complete', names);
  const generated =
    generatedAdministratorKey === undefined
      ? ''
      : `
Administrator key (shown this once, kept nowhere):

  ${generatedAdministratorKey}
`;
  const simulated = sandbox
    ? '\nThe sandbox answers: simulated, no model is called. See docs/configuration.md for real providers.\n'
    : '';
  const warning = notReady === undefined ? '' : `\nNot ready: ${notReady}. See docs/configuration.md.\n`;
  const page = graphql.graphiql ? `In a browser: ${url}/graphql    ` : '';
  return `
Tollgate listens on ${url}
${generated}${simulated}${warning}
A first query:

  curl -s ${url}/graphql -H "authorization: Bearer ${key}" -H 'content-type: application/json' \\
    -d '{"query":"mutation { ${field}(input: { messages: [{ role: USER, text: \\"Say hello\\" }] }) { text model { id } usage { cost } } }"}'

${page}OpenAI clients: base URL ${url}/v1

`;
}
