import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { GatewayError } from '../../errors.ts';
import type { SchemaNames } from '../../graphql/rename-schema.ts';
import { sendFault } from '../send-json.ts';
import { createPage } from './page.ts';
import { startScript } from './start-script.ts';

/** The page for people at the GraphQL endpoint, with everything that it loads. */
export interface Graphiql {
  /** Whether this request is one for the page or its assets. */
  answers(request: IncomingMessage, path: string): boolean;
  answer(request: IncomingMessage, response: ServerResponse, path: string): void;
}

export interface GraphiqlOptions {
  /** The path of the endpoint; assets lie below it. */
  readonly path: string;
  readonly names: SchemaNames;
}

interface Asset {
  readonly contentType: string;
  readonly zipped: Buffer;
  readonly plain: Buffer;
  readonly tag: string;
}

const assetMembers = {
  'graphiql.js': ['js', 'text/javascript; charset=utf-8'],
  'graphiql.css': ['css', 'text/css; charset=utf-8'],
  'editor.worker.js': ['editorWorkerService', 'text/javascript; charset=utf-8'],
  'json.worker.js': ['jsonWorker', 'text/javascript; charset=utf-8'],
  'graphql.worker.js': ['graphqlWorker', 'text/javascript; charset=utf-8'],
} as const;

type AssetName = keyof typeof assetMembers | 'start.js';

/** Scripts, styles and data come from this server alone; styles inside elements are what the editor draws with. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const compress = promisify(gzip);

/**
 * Serves GraphiQL out of the installed package, so that it works where no network is.
 *
 * Its nine megabytes are read at the first request for them, and kept compressed.
 */
export function createGraphiql({ path, names }: GraphiqlOptions): Graphiql {
  const page = createPage(path);
  const assets = new Map<AssetName, Promise<Asset>>();

  function assetOf(name: AssetName): Promise<Asset> {
    let asset = assets.get(name);
    if (asset === undefined) {
      asset = loadAsset(name, path, names);
      assets.set(name, asset);
      asset.catch(() => assets.delete(name));
    }
    return asset;
  }

  function sendPage(response: ServerResponse): void {
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-length': Buffer.byteLength(page),
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    });
    response.end(page);
  }

  async function sendAsset(request: IncomingMessage, response: ServerResponse, name: AssetName): Promise<void> {
    const { contentType, zipped, plain, tag } = await assetOf(name);
    const headers = {
      'content-type': contentType,
      etag: tag,
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      vary: 'accept-encoding',
    };
    if (request.headers['if-none-match'] === tag) {
      response.writeHead(304, headers).end();
    } else if (/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
      response.writeHead(200, { ...headers, 'content-encoding': 'gzip', 'content-length': zipped.length }).end(zipped);
    } else {
      response.writeHead(200, { ...headers, 'content-length': plain.length }).end(plain);
    }
  }

  return {
    answers: ({ method, headers }, requested) =>
      method === 'GET' && (requested === path ? takesHtml(headers.accept) : isAsset(requested.slice(path.length + 1))),
    answer(request, response, requested) {
      const name = requested.slice(path.length + 1);
      if (!isAsset(name)) return sendPage(response);
      sendAsset(request, response, name).catch(() => {
        sendFault(response, new GatewayError('INTERNAL', 'this part of GraphiQL could not be read'));
      });
    },
  };
}

function takesHtml(accept: string | undefined): boolean {
  return accept?.toLowerCase().includes('text/html') ?? false;
}

function isAsset(name: string): name is AssetName {
  return name === 'start.js' || Object.hasOwn(assetMembers, name);
}

async function loadAsset(name: AssetName, path: string, names: SchemaNames): Promise<Asset> {
  const [text, contentType] =
    name === 'start.js' ? [startScript(path, names), 'text/javascript; charset=utf-8'] : await bundled(name);
  // One copy for all who read it: of a string every answer would make its own.
  const plain = Buffer.from(text);
  return {
    plain,
    contentType,
    zipped: await compress(plain),
    tag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 24)}"`,
  };
}

async function bundled(name: keyof typeof assetMembers): Promise<readonly [string, string]> {
  const [member, contentType] = assetMembers[name];
  const bundle = await import('@graphql-yoga/render-graphiql/graphiql');
  return [bundle[member], contentType];
}
