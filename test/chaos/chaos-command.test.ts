import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { tollgateYaml } from '../../src/chaos/settings.ts';
import { startScript, temporaryFolder, tollgate } from '../support/command.ts';
import { freePort } from '../support/free-port.ts';
import { adminKey, startTestServer } from '../support/test-server.ts';
import { until } from '../support/until.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.close());

describe('tollgate chaos', () => {
  test('waits for the gateway that is set up as it printed, plays the faults asked for, and tells how it went', async () => {
    const port = await freePort();
    const argv = [
      'chaos',
      '--url',
      `http://127.0.0.1:${port}/v1`,
      '--port',
      '0',
      '--settle',
      '0',
      '--only',
      '500-once,clean-end',
      '--json',
    ];
    const command = startScript('src/cli.ts', argv, { cwd: folder.path, env: { TOLLGATE_API_KEY: adminKey } });
    await until('it waits', () => command.error.includes('Waiting for the gateway'));
    const url = (name: string) => new RegExp(`${name} +(http://127.0.0.1:\\d+)/v1`).exec(command.error)?.[1] ?? '';
    const urls = { primary: url('primary'), secondary: url('secondary') };
    const server = await startTestServer({
      yaml: tollgateYaml({ urls, model: 'chaos', patienceMs: 1_000 }),
      env: { PORT: String(port) },
    });
    const { code, out, error } = await command.ended;
    await server.close();
    const { rows, count } = JSON.parse(out);
    expect(rows).toMatchObject([
      { id: 'clean-end', callerSaw: expect.any(String), providerSaw: expect.stringMatching(/primary|secondary/) },
      { id: '500-once', grade: 'pass' },
    ]);
    expect(count.fail).toBe(0);
    expect(error).toMatch(/\[2\/2\] 500-once: pass/);
    expect(code).toBe(0);
    expect(out + error).not.toContain(adminKey);
  });

  test.each([
    'https://127.0.0.1:4000',
    'http://192.0.2.1:4000',
    'http://[2001:db8::1]/',
    'http://127.0.0.1.example:80',
    'x',
  ])('refuses %s, which is not on this machine', async url => {
    const { code, out, error } = await tollgate(['chaos', '--url', url, '--port', '0'], { cwd: folder.path });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toContain('--url: an http URL of this machine');
  });

  test('says that the gateway never came, and which fault it does not know', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const options = { cwd: folder.path };
    const [unreached, unknown] = await Promise.all([
      tollgate(['chaos', '--url', url, '--port', '0', '--wait', '0'], options),
      tollgate(['chaos', '--url', url, '--only', 'floods'], options),
    ]);
    expect(unreached.code).toBe(4);
    expect(unreached.error).toMatch(/has not reached the upstreams\. The last answer: broken: ECONNREFUSED/);
    expect(unknown.code).toBe(2);
    expect(unknown.error).toContain('--only: there is no "floods"');
  });
});
