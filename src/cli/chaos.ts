import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';
import { parseArgs } from 'node:util';
import { faultCatalogue } from '../chaos/catalogue.ts';
import { startFaultyUpstreams } from '../chaos/faulty-upstreams.ts';
import { printScorecard } from '../chaos/print-scorecard.ts';
import { runChaos, UnreachedError } from '../chaos/run-chaos.ts';
import type { Scenario } from '../chaos/scenario.ts';
import { describeSettings } from '../chaos/settings.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import { formatTable, type Terminal } from './terminal.ts';

const usage = 'Usage: tollgate chaos --url http://127.0.0.1:PORT [options]; see: tollgate help chaos';

/** `tollgate chaos`: plays the fault catalogue against a gateway on this machine, whoever made it. */
export async function chaos(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      'api-key': { type: 'string' },
      model: { type: 'string', default: 'chaos' },
      only: { type: 'string' },
      port: { type: 'string', default: '8901' },
      patience: { type: 'string', default: '10' },
      settle: { type: 'string', default: '6' },
      wait: { type: 'string', default: '120' },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  });
  if (positionals.length > 0) throw new CommandError(exitCodes.usage, usage);
  if (values.list) {
    terminal.out(`${formatTable(faultCatalogue.map(({ id, fault, demand }) => [id, fault, demand]))}\n`);
    return exitCodes.success;
  }
  if (values.url === undefined) throw new CommandError(exitCodes.usage, usage);
  const scenarios = chosen(values.only);
  const model = modelName(values.model);
  const port = number('--port', values.port, 0, 65_534);
  const patienceMs = number('--patience', values.patience, 0.1, 60) * 1_000;
  const settleMs = number('--settle', values.settle, 0, 60) * 1_000;
  const waitMs = number('--wait', values.wait, 0, 3_600) * 1_000;
  const apiKey = values['api-key'] ?? process.env.TOLLGATE_API_KEY;
  const url = await loopbackUrl(values.url);
  const upstreams = await startUpstreams(port);
  try {
    terminal.error(`${describeSettings({ urls: upstreams.urls, model, patienceMs })}\n`);
    const scorecard = await runChaos({
      url,
      model,
      upstreams,
      scenarios,
      patienceMs,
      waitMs,
      settleMs,
      signal: terminal.interrupted,
      onProgress: line => terminal.error(`${line}\n`),
      ...(apiKey === undefined ? {} : { apiKey }),
    });
    terminal.out(values.json ? `${JSON.stringify(scorecard, undefined, 2)}\n` : printScorecard(scorecard));
    return scorecard.isComplete && scorecard.count.fail === 0 ? exitCodes.success : exitCodes.failure;
  } catch (fault) {
    if (fault instanceof UnreachedError) throw new CommandError(exitCodes.unavailable, fault.message);
    throw fault;
  } finally {
    await upstreams.close();
  }
}

function chosen(only: string | undefined): readonly Scenario[] {
  if (only === undefined) return faultCatalogue;
  const ids = only.split(',').map(id => id.trim());
  const unknown = ids.find(id => !faultCatalogue.some(scenario => scenario.id === id));
  if (unknown !== undefined) {
    throw new CommandError(exitCodes.usage, `--only: there is no "${unknown}"; see: tollgate chaos --list`);
  }
  return faultCatalogue.filter(({ id }) => ids.includes(id));
}

function modelName(text: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,62}$/.test(text)) return text;
  throw new CommandError(exitCodes.usage, '--model: lower-case letters, digits, ".", "_" and "-"');
}

function number(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new CommandError(exitCodes.usage, `${option}: a number from ${least} to ${most}`);
}

/** The faults are for a gateway on this machine, and for none that others depend on. */
async function loopbackUrl(text: string): Promise<string> {
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8);
  loopback.addAddress('::1', 'ipv6');
  const refusal = new CommandError(
    exitCodes.usage,
    '--url: an http URL of this machine, such as http://127.0.0.1:4000',
  );
  if (!URL.canParse(text)) throw refusal;
  const { protocol, hostname, origin, pathname, username, search, hash } = new URL(text);
  if (protocol !== 'http:' || username !== '' || search !== '' || hash !== '') throw refusal;
  const addresses = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  const isHere = ({ address }: { readonly address: string }) =>
    loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  if (addresses.length === 0 || !addresses.every(isHere)) throw refusal;
  return origin + pathname.replace(/\/+$/, '').replace(/\/v1$/, '');
}

async function startUpstreams(port: number): ReturnType<typeof startFaultyUpstreams> {
  try {
    return await startFaultyUpstreams({ port });
  } catch (fault) {
    if (!(fault instanceof Error && 'code' in fault && fault.code === 'EADDRINUSE')) throw fault;
    throw new CommandError(exitCodes.unavailable, `--port: ${port} or ${port + 1} is in use by another program.`);
  }
}
