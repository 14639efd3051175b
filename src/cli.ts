#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { text } from 'node:stream/consumers';
import type { Terminal } from './cli/terminal.ts';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(
    `Node.js 22.15 or later is needed, and this is ${process.versions.node}. "npm ci" brings Node.js 24 along, by the install ` +
      'script of its package "node": with --ignore-scripts or --omit=dev, install a later Node.js yourself.\n',
  );
  process.exit(4);
}

// What follows is imported only now, so that compiled code comes from the cache from the second start on.
nodeModule.enableCompileCache();
const [{ main }, { loadConfig }] = await Promise.all([import('./cli/main.ts'), import('./config.ts')]);

const interrupted = new AbortController();
const terminal: Terminal = {
  out: written => void process.stdout.write(written),
  error: written => void process.stderr.write(written),
  readInput: () => text(process.stdin),
  isInteractive: process.stdin.isTTY === true,
  interrupted: interrupted.signal,
};
process.once('SIGINT', () => interrupted.abort());

// A reader that closes its end early, such as `head`, is no fault: what runs for it ends, and is booked.
let hasReader = true;
process.stdout.on('error', (fault: NodeJS.ErrnoException) => {
  if (fault.code !== 'EPIPE') throw fault;
  hasReader = false;
  interrupted.abort();
});

const exitCode = await main({
  argv: process.argv.slice(2),
  terminal,
  version: readVersion(),
  loadConfig: () => loadConfig({ env: process.env, cwd: process.cwd() }),
});
process.exitCode = hasReader ? exitCode : 0;

/** The package file stands one level above the sources, and two above what is built from them. */
function readVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as Record<
        string,
        string
      >;
      if (name === 'tollgate' && version !== undefined) return version;
    } catch {
      // It stands in the other place.
    }
  }
  return 'unknown';
}
