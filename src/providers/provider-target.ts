/** Where a provider is, and what goes to it with every call. */
export interface ProviderTarget {
  readonly origin: string;
  /** The base URL's path, without a slash at its end. */
  readonly basePath: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

export interface ProviderTargetOptions {
  readonly baseUrl: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

const headerName = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Set by the transport with every call, lower-case: no configuration may. */
export const reservedHeaders: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Checks a provider's address.
 *
 * @throws {TypeError} Naming the option that is wrong, without its value: it may be a secret.
 */
export function readProviderTarget(options: ProviderTargetOptions): ProviderTarget {
  if (!URL.canParse(options.baseUrl)) throw new TypeError('baseUrl: not a URL');
  const url = new URL(options.baseUrl);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError('baseUrl: http or https only');
  if (url.username !== '' || url.password !== '') throw new TypeError('baseUrl: holds a credential');
  if (url.hash !== '') throw new TypeError('baseUrl: holds a fragment');
  return {
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ''),
    headers: checkHeaders(options.headers ?? {}, 'headers'),
    query: { ...Object.fromEntries(url.searchParams), ...options.query },
  };
}

/** Headers with lower-case names; throws a TypeError that names `option`. */
export function checkHeaders(
  headers: Readonly<Record<string, string>>,
  option: string,
): Readonly<Record<string, string>> {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lowerName = name.toLowerCase();
    if (!headerName.test(name)) throw new TypeError(`${option}: a name is no header name`);
    if (reservedHeaders.has(lowerName)) throw new TypeError(`${option}.${lowerName}: set by the transport`);
    if (!headerValue.test(value)) throw new TypeError(`${option}.${lowerName}: not a header value`);
    checked[lowerName] = value;
  }
  return checked;
}

/** The path of one call, with its query; members of `query` come after those of the target. */
export function pathOf(target: ProviderTarget, path: string, query: Readonly<Record<string, string>> = {}): string {
  const search = new URLSearchParams({ ...target.query, ...query }).toString();
  return `${target.basePath}${path}${search === '' ? '' : `?${search}`}`;
}
