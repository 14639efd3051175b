import { createServer } from 'node:http';
import { env } from 'node:process';
import { stopOnSignal } from './stop-on-signal.ts';
import { yoga } from './yoga.ts';

const server = createServer(yoga);
server.listen(Number(env.PORT ?? 4001), '127.0.0.1', () => console.log('Listening on', server.address()));
stopOnSignal(() => server.close());
