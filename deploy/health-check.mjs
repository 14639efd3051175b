import { get } from 'node:http';

/*
 * Ends with 0 where the server of this container takes requests, for the image's health check. Plain JavaScript on
 * node:http alone, since it is started anew every few seconds.
 */
const request = get({ host: '127.0.0.1', port: process.env.PORT ?? 4000, path: '/readyz', timeout: 4_000 }, answer => {
  answer.resume();
  process.exitCode = answer.statusCode === 200 ? 0 : 1;
});
request.on('timeout', () => request.destroy());
request.on('error', () => {
  process.exitCode = 1;
});
