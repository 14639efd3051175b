/** How a connection is kept from others, in the words of libpq. */
export type PostgresTls =
  | { readonly mode: 'disable' }
  | {
      /**
       * `require` encrypts and believes any certificate; `verify-ca` wants one that an authority of `rootFile` signed;
       * `verify-full` one for the name of the host too.
       */
      readonly mode: 'require' | 'verify-ca' | 'verify-full';
      /** Certificates of authorities, PEM. Absent: those that Node knows. */
      readonly rootFile?: string;
      /** The certificate and key that this side shows. */
      readonly certificateFile?: string;
      readonly keyFile?: string;
    };

/** Where a database is, and who asks. */
export interface PostgresAddress {
  /** A name, an address, or the folder of a socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password?: string;
  readonly tls: PostgresTls;
  /** What the server gets as `options`. */
  readonly options?: string;
  readonly applicationName?: string;
}

const known = ['host', 'port', 'user', 'password', 'dbname', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'options'];
const allKnown: ReadonlySet<string> = new Set([...known, 'application_name']);

/**
 * Reads the URL of a database: `postgres://user:password@host:5432/name?sslmode=verify-full&sslrootcert=/path.pem`.
 *
 * `sslmode` and its files mean what they mean to libpq. (Read by pg itself, `require` would mean `verify-full`, and other
 * names for a server's settings would be passed over.) Where `sslmode` is absent nothing is encrypted. `allow` and `prefer`
 * are refused: they let who answers decide.
 *
 * @throws {TypeError} Says what is wrong without showing any of the URL.
 */
export function readPostgresAddress(text: string): PostgresAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new TypeError(
      'is no URL of the form postgres://user:password@host:5432/database (encode what is special in it)',
    );
  }
  const given = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (!allKnown.has(name))
      throw new TypeError(
        'has a parameter that is not known: sslmode, sslrootcert, sslcert, sslkey, options, application_name, host, port, user, password and dbname are',
      );
    given.set(name, value);
  }
  const host = given.get('host') ?? decoded(url.hostname).replace(/^\[(.*)\]$/, '$1');
  if (host === '' || host.includes(',')) throw new TypeError('needs one host');
  const port = Number(given.get('port') ?? (url.port === '' ? '5432' : url.port));
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new TypeError('has a port that is none');
  const user = given.get('user') ?? decoded(url.username);
  if (user === '') throw new TypeError('names no user');
  const database = given.get('dbname') ?? decoded(url.pathname.slice(1));
  if (database === '') throw new TypeError('names no database');
  const password = given.get('password') ?? decoded(url.password);
  return {
    host,
    port,
    database,
    user,
    ...(password === '' ? {} : { password }),
    tls: tlsOf(given, host),
    ...named('options', given.get('options')),
    ...named('applicationName', given.get('application_name')),
  };
}

function tlsOf(given: ReadonlyMap<string, string>, host: string): PostgresTls {
  const mode = given.get('sslmode') ?? 'disable';
  const rootFile = given.get('sslrootcert');
  const files = {
    ...named('rootFile', rootFile === 'system' ? undefined : rootFile),
    ...named('certificateFile', given.get('sslcert')),
    ...named('keyFile', given.get('sslkey')),
  };
  if (mode === 'disable') {
    if (rootFile !== undefined || Object.keys(files).length > 0) {
      throw new TypeError('has certificates but no sslmode that uses them: add sslmode=verify-full');
    }
    return { mode };
  }
  if (host.startsWith('/')) throw new TypeError('has an sslmode, which a socket of this machine cannot have');
  if ((files.certificateFile === undefined) !== (files.keyFile === undefined)) {
    throw new TypeError('needs sslcert and sslkey together');
  }
  // As libpq has it: whoever names an authority wants it asked.
  if (mode === 'require') return { mode: files.rootFile === undefined ? 'require' : 'verify-ca', ...files };
  if (mode === 'verify-full') return { mode, ...files };
  if (mode !== 'verify-ca') {
    throw new TypeError('has an sslmode that is not offered: verify-full, verify-ca, require or disable');
  }
  // Any public authority gives anybody a certificate for some name.
  if (files.rootFile === undefined) throw new TypeError('needs sslrootcert, the file of an authority, for verify-ca');
  return { mode, ...files };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError('holds a % that stands for nothing: write it as %25');
  }
}

function named<Name extends string>(name: Name, value: string | undefined): { readonly [Key in Name]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: string };
}
