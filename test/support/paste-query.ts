import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Gives the query that a start printed to a shell, as a person would; without curl it is read as a shell reads it. */
export async function pasteQuery(out: string, env: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const [, command = ''] = /\n\n( *curl [\s\S]+?)\n\n/.exec(out) ?? [];
  const shell = { env: { PATH: process.env.PATH ?? '', NO_PROXY: '*', ...env } };
  try {
    const { stdout } = await promisify(execFile)('sh', ['-c', command], shell);
    return JSON.parse(stdout);
  } catch (fault) {
    // 127: there is no such program.
    if (!(fault instanceof Error && 'code' in fault && fault.code === 127)) throw fault;
    const [, url = '', header = '', body = ''] = /^ *curl -s (\S+) -H "(.+?)" [\s\S]+ -d '(.+)'$/.exec(command) ?? [];
    const authorization = header
      .replace(/^authorization: /, '')
      .replace('$TOLLGATE_API_KEY', env.TOLLGATE_API_KEY ?? '');
    const headers = { 'content-type': 'application/json', authorization };
    return await (await fetch(url, { method: 'POST', headers, body })).json();
  }
}
