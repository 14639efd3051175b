import { createServer } from 'node:http';
import { cwd, env } from 'node:process';
import { createYoga } from 'graphql-yoga';
import { createGateway, loadConfig } from 'tollgate';
import { useGovernance } from 'tollgate/plugins';
import { schema } from './schema.ts';

const gateway = await createGateway({ config: loadConfig({ env, cwd: cwd() }) });
const rules = { region: { allow: ['eu'] }, content: [{ detect: ['EMAIL', 'PAYMENT_CARD'] }] };
const yoga = createYoga({ schema, plugins: [useGovernance({ gateway, rules })] });

const server = createServer(yoga);
server.listen(Number(env.PORT ?? 4001), '127.0.0.1', () => console.log('The help desk listens on', server.address()));
if (gateway.generatedAdministratorKey !== undefined)
  console.log('Administrator key:', gateway.generatedAdministratorKey);
