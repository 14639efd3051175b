import { env } from 'node:process';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { stopOnSignal } from './stop-on-signal.ts';
import { yoga } from './yoga.ts';

const app = new Hono();
for (const path of ['/graphql', '/v1/*']) app.all(path, ({ req }) => yoga.fetch(req.raw));
app.get('/', context => context.text('The rest of the application'));

const server = serve({ fetch: app.fetch, port: Number(env.PORT ?? 4001), hostname: '127.0.0.1' }, address =>
  console.log('Listening on', address),
);
stopOnSignal(() => server.close());
