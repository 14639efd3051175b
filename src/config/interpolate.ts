import { dirname, resolve } from 'node:path';
import { ConfigError } from '../errors.ts';
import { FileFault, type ReadFile } from './read-small-file.ts';

export interface InterpolationSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: ReadFile;
  /** The configuration file; relative names in `${file:…}` start in its folder. */
  readonly configPath: string;
}

const maxSecretBytes = 65_536;
const maxDepth = 64;
const reference = /\$\$\{|\$\{([^}]*)\}|\$\{/g;
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Fills `${NAME}` and `${file:/run/secrets/x}` into every string of a parsed document; `$${` stands for `${`.
 *
 * What was filled in is not read again, so a secret that holds `${` stays as it is. Keys are left alone.
 *
 * @param setting How the document is named in messages: `tollgate.yaml`.
 * @throws {ConfigError} With the path and the name that is missing, never a value.
 */
export function interpolate(document: unknown, setting: string, sources: InterpolationSources): unknown {
  return walk(document, [], 0);

  function walk(value: unknown, path: readonly (string | number)[], depth: number): unknown {
    if (depth > maxDepth) throw fault(path, 'is nested too deeply', `at most ${maxDepth} levels`);
    if (typeof value === 'string') return fill(value, path);
    if (Array.isArray(value)) return value.map((entry, index) => walk(entry, [...path, index], depth + 1));
    if (typeof value !== 'object' || value === null) return value;
    const filled: Record<string, unknown> = {};
    for (const [key, entry] of Object.entries(value)) {
      if (key === '__proto__') throw fault(path, 'has a key named __proto__', 'any other name');
      filled[key] = walk(entry, [...path, key], depth + 1);
    }
    return filled;
  }

  function fill(text: string, path: readonly (string | number)[]): string {
    return text.replace(reference, (whole: string, name: string | undefined) => {
      if (whole === '$${') return '${';
      if (name?.startsWith('file:')) return fileContent(name.slice('file:'.length), path);
      if (name === undefined || !variableName.test(name)) {
        throw fault(
          path,
          'has a reference that can not be read',
          `\${NAME}, \${file:/path}, or $\${ for the characters \${`,
        );
      }
      const value = Object.hasOwn(sources.env, name) ? sources.env[name] : undefined;
      if (value === undefined || value === '') {
        throw fault(
          path,
          `names the environment variable ${name}, which is ${value === '' ? 'empty' : 'not set'}`,
          'a variable with a value',
        );
      }
      return value;
    });
  }

  function fileContent(name: string, path: readonly (string | number)[]): string {
    const file = resolve(dirname(sources.configPath), name);
    let content: string | undefined;
    try {
      content = sources.readFile(file, maxSecretBytes);
    } catch (cause) {
      if (!(cause instanceof FileFault)) throw cause;
      throw fault(path, `names the file ${file}, which ${cause.message}`, `text of at most ${maxSecretBytes} bytes`);
    }
    if (content === undefined) throw fault(path, `names the file ${file}, which does not exist`, 'a file that exists');
    const value = content.replace(/\r?\n$/, '');
    if (value === '') throw fault(path, `names the file ${file}, which is empty`, 'a file with a value');
    return value;
  }

  function fault(path: readonly (string | number)[], problem: string, allowed: string): ConfigError {
    return new ConfigError({ setting: settingAt(setting, path), problem, allowed });
  }
}

/** How a place in a document is named in messages: `tollgate.yaml: providers[0].baseUrl`. */
export function settingAt(document: string, path: readonly PropertyKey[]): string {
  let place = '';
  for (const step of path) {
    if (typeof step === 'number') place += `[${step}]`;
    else place += place === '' ? String(step) : `.${String(step)}`;
  }
  return place === '' ? document : `${document}: ${place}`;
}
