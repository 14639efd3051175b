import { isIP } from 'node:net';
import { ConfigError } from '../errors.ts';
import { type LogLevel, logLevels, type ProxyConfig, type TelemetryConfig } from './config-shape.ts';
import type { Environment } from './environment.ts';
import { createSecret, type Secret } from './secret.ts';

const hostName = /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}))*$/;

/** Where to listen: HOST, else loopback; throws a ConfigError for what is no address. */
export function readHost(environment: Environment): string {
  const host = environment.text('HOST') ?? '127.0.0.1';
  if (isIP(host) !== 0 || hostName.test(host)) return host;
  throw new ConfigError({
    setting: 'HOST',
    problem: 'is no address',
    allowed: 'an IP address or a host name, such as 0.0.0.0',
  });
}

/** PORT, else 4000; throws a ConfigError for what is no port. */
export function readPort(environment: Environment): number {
  const text = environment.text('PORT') ?? '4000';
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new ConfigError({ setting: 'PORT', problem: 'is no port', allowed: 'a whole number from 0 to 65535' });
}

/** Whether only programs of this machine reach a server that listens there. */
export function isLoopbackHost(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === '::1' || host.toLowerCase() === 'localhost';
}

/** LOG_LEVEL, else info; throws a ConfigError for what is no level. */
export function readLogLevel(environment: Environment): LogLevel {
  const text = environment.text('LOG_LEVEL') ?? 'info';
  const level = logLevels.find(known => known === text);
  if (level !== undefined) return level;
  throw new ConfigError({ setting: 'LOG_LEVEL', problem: 'is no level', allowed: logLevels.join(', ') });
}

/** @param machineName What stands where nothing is set; characters that an id may not have become dashes. */
export function readNodeId(environment: Environment, machineName: string): string {
  const text = environment.text('TOLLGATE_NODE_ID');
  if (text === undefined) return machineName.replace(/[^A-Za-z0-9._-]/g, '-').slice(0, 64) || 'node';
  if (/^[A-Za-z0-9._-]{1,64}$/.test(text)) return text;
  throw new ConfigError({
    setting: 'TOLLGATE_NODE_ID',
    problem: 'is no id',
    allowed: 'letters, digits, ".", "_" and "-", at most 64',
  });
}

/** The proxies towards providers, by HTTPS_PROXY, HTTP_PROXY and NO_PROXY; throws a ConfigError for what is no URL. */
export function readProxy(environment: Environment): ProxyConfig {
  const httpsProxy = proxyUrl('HTTPS_PROXY', environment);
  const httpProxy = proxyUrl('HTTP_PROXY', environment);
  const noProxy = environment.firstOf('no_proxy', 'NO_PROXY') ?? '';
  return {
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    ...(httpProxy === undefined ? {} : { httpProxy }),
    noProxy: noProxy.split(/[\s,]+/).filter(entry => entry !== ''),
  };
}

/** The lower-case name goes first, as with curl. */
function proxyUrl(name: string, environment: Environment): Secret | undefined {
  const value = environment.firstOf(name.toLowerCase(), name);
  if (value === undefined) return undefined;
  const url = value.includes('://') ? value : `http://${value}`;
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return createSecret(url);
  throw new ConfigError({
    setting: name,
    problem: 'is no URL of a proxy',
    allowed: 'http://host:port or https://host:port',
  });
}

/** Traces are sent where `OTEL_EXPORTER_OTLP_ENDPOINT` is set: the variables of the OpenTelemetry specification. */
export function readTelemetry(environment: Environment): TelemetryConfig | undefined {
  const endpoint = environment.httpUrl('OTEL_EXPORTER_OTLP_ENDPOINT');
  if (endpoint === undefined) return undefined;
  return {
    endpoint,
    serviceName: environment.text('OTEL_SERVICE_NAME') ?? 'tollgate',
    headers: telemetryHeaders(environment.text('OTEL_EXPORTER_OTLP_HEADERS') ?? ''),
  };
}

function telemetryHeaders(text: string): Readonly<Record<string, Secret>> {
  const headers: Record<string, Secret> = {};
  for (const entry of text.split(',')) {
    if (entry.trim() === '') continue;
    const match = /^\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)\s*=(.*)$/.exec(entry);
    const value = match?.[2] === undefined ? undefined : decoded(match[2].trim());
    if (match?.[1] === undefined || value === undefined) {
      throw new ConfigError({
        setting: 'OTEL_EXPORTER_OTLP_HEADERS',
        problem: 'is no list of headers',
        allowed: 'name=value pairs with commas between them, values percent-encoded',
      });
    }
    headers[match[1].toLowerCase()] = createSecret(value);
  }
  return headers;
}

function decoded(text: string): string | undefined {
  try {
    const value = decodeURIComponent(text);
    return /^[\t\x20-\x7e]*$/.test(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
