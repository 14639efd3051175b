import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Pool } from 'undici';

/*
 * The yardstick: what a proxy on this Node costs that does nothing for its users. A whole answer is parsed and written
 * anew on both ways; a stream is handed on as the bytes it came in.
 */

const upstream = new Pool(process.argv[2] ?? '', { headersTimeout: 0, bodyTimeout: 0 });

function forward(request: IncomingMessage, response: ServerResponse, body: string): void {
  const parsed: { readonly stream?: boolean } = JSON.parse(body);
  const isStream = parsed.stream === true;
  const chunks: Buffer[] = [];
  upstream.dispatch(
    {
      path: request.url ?? '/',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(parsed),
    },
    {
      onRequestStart() {},
      onResponseStart(_, status) {
        if (isStream) response.writeHead(status, { 'content-type': 'text/event-stream; charset=utf-8' });
      },
      onResponseData(_, chunk) {
        if (isStream) response.write(chunk);
        else chunks.push(chunk);
      },
      onResponseEnd() {
        if (isStream) return void response.end();
        const answer = JSON.stringify(JSON.parse(Buffer.concat(chunks).toString()));
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
        response.end(answer);
      },
      onResponseError: () => response.destroy(),
    },
  );
}

const server = createServer({ noDelay: true }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => forward(request, response, Buffer.concat(chunks).toString()));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`);
});
