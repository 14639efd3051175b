import { env } from 'node:process';
import express from 'express';
import { stopOnSignal } from './stop-on-signal.ts';
import { yoga } from './yoga.ts';

const app = express();
// Before every body parser: what has been read is gone for those behind it.
app.all(['/graphql', '/v1/*path'], (request, response) => void yoga(request, response));
app.use(express.json());
app.get('/', (_, response) => void response.send('The rest of the application'));

const server = app.listen(Number(env.PORT ?? 4001), '127.0.0.1', error => {
  // Express calls this for a port that is taken, too.
  if (error !== undefined) throw error;
  console.log('Listening on', server.address());
});
stopOnSignal(() => server.close());
