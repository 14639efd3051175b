import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type NginxOptions, startNginx } from '../../examples/several-nodes/start-nginx.ts';
import { temporaryFolder } from '../support/command.ts';
import { freePort } from '../support/free-port.ts';

const program = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
  .map(folder => join(folder, 'nginx'))
  .find(path => existsSync(path));

/** Appended to the name of what is skipped without the program. */
export const nginxAbsence = program === undefined ? ' (nginx absent)' : '';

/** nginx before nodes of the test's own. */
export interface OpenNginx {
  readonly url: string;
  /** Where all that it writes lies. */
  readonly folder: string;
  close(): Promise<void>;
}

/** Starts nginx with the rules of `deploy/nginx.conf`, or with changed ones for a control. */
export async function openNginx(
  nodeUrls: readonly string[],
  change?: NonNullable<NginxOptions['change']>,
): Promise<OpenNginx> {
  if (program === undefined) throw new Error('nginx absent');
  const folder = await temporaryFolder();
  const port = await freePort();
  const nodePorts = nodeUrls.map(url => Number(new URL(url).port));
  const options = { program, folder: folder.path, port, nodePorts };
  const nginx = await startNginx(change === undefined ? options : { ...options, change });
  return {
    url: `http://127.0.0.1:${port}`,
    folder: folder.path,
    async close() {
      await nginx.stop(0);
      await folder.close();
    },
  };
}

/** Replaces a line of the rules, which has to be there. */
export function without(piece: string, instead = ''): (text: string) => string {
  return text => {
    if (!text.includes(piece)) throw new Error(`deploy/nginx.conf has no ${piece}`);
    return text.replace(piece, instead);
  };
}
