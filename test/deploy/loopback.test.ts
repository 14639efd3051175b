import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { findPrograms } from '../../examples/several-nodes/find-programs.ts';
import { nginxOnLoopback } from '../../examples/several-nodes/nginx-on-loopback.ts';
import { absence } from '../e2e/nodes/open-example.ts';
import { startScript, temporaryFolder } from '../support/command.ts';
import { freePort } from '../support/free-port.ts';

const text = readFileSync(new URL('../../deploy/nginx.conf', import.meta.url), 'utf8');
const places = { folder: '/home/jane/nodes', port: 5000, nodePorts: [5001, 5002] };

describe('nginx on loopback', () => {
  test('has the rules of the containers, word for word, but for names and places', () => {
    const before = text.split('\n');
    const after = nginxOnLoopback(text, places).split('\n');
    const added = after.filter(line => !before.includes(line)).map(line => line.trim());
    expect(added).toEqual([
      'pid /home/jane/nodes/nginx.pid;',
      ...['client_body_temp_path', 'proxy_temp_path', 'fastcgi_temp_path', 'uwsgi_temp_path', 'scgi_temp_path'].map(
        name => expect.stringMatching(`^${name} /home/jane/nodes/[a-z-]+;$`),
      ),
      'access_log /home/jane/nodes/nginx-access.log facts;',
      'server 127.0.0.1:5001 max_fails=1 fail_timeout=10s;',
      'server 127.0.0.1:5002 max_fails=1 fail_timeout=10s;',
      "http://127.0.0.1:5000 '';",
      "http://localhost:5000 '';",
      'listen 127.0.0.1:5000;',
    ]);
    expect(before.length - after.length).toBe(2);
  });

  test('is refused where a line that has to change is not there', () => {
    const drifted = text.replace('server tollgate-2:4000 resolve ', 'server tollgate-b:4000 resolve ');
    expect(() => nginxOnLoopback(drifted, places)).toThrow('deploy/nginx.conf has no server tollgate-2');
  });
});

describe.skipIf(absence !== '')(`the example of several nodes${absence}`, () => {
  test('says which programs are missing, and how to get them', () => {
    expect(() => findPrograms('/nowhere', [])).toThrow(
      'Missing on this machine: redis-server, postgresql, nginx. ' +
        'On Debian and Ubuntu: apt-get install redis-server postgresql nginx',
    );
  });

  test('says that its port is taken, and leaves nothing behind', async () => {
    const folder = await temporaryFolder();
    const port = String(await freePort());
    const other = createServer().listen(Number(port), '127.0.0.1');
    const env = { PORT: port, TMPDIR: folder.path };
    const ended = await startScript('examples/several-nodes/start.ts', [], { cwd: folder.path, env }).ended;
    expect(ended).toMatchObject({
      code: 1,
      out: '',
      error: `PORT: ${port} is in use by another program; set it to another number, or 0 for any.\n`,
    });
    other.close();
    await folder.close();
  });
});
