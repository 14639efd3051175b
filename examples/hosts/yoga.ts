import { cwd, env } from 'node:process';
import { createYoga } from 'graphql-yoga';
import { createGateway, loadConfig } from 'tollgate';
import { promptFreeDocuments, useGovernance, useOpenaiApi, useRedaction } from 'tollgate/plugins';
import { schema } from './schema.ts';

export const gateway = await createGateway({ config: loadConfig({ env, cwd: cwd() }) });
// Of the first start only: it is shown once, and kept nowhere.
if (gateway.generatedAdministratorKey !== undefined)
  console.log('Administrator key:', gateway.generatedAdministratorKey);

/** The one GraphQL server that every program in this folder puts into another web framework. */
export const yoga = createYoga({
  schema,
  plugins: [
    useRedaction({ rules: [{ detect: ['EMAIL', 'PAYMENT_CARD'] }], sensitive: ['Query.ask.q', 'Answer.text'] }),
    useGovernance({ gateway }),
    useOpenaiApi(),
  ],
  parserAndValidationCache: promptFreeDocuments(),
});
