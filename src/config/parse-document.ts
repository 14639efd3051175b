import { LineCounter, parseDocument } from 'yaml';
import { ConfigError } from '../errors.ts';

/**
 * Reads YAML 1.2, and with it JSON, into plain data.
 *
 * Duplicate keys, tags of other types and alias bombs are refused. Messages name the place and never quote the text:
 * it may hold a secret.
 *
 * @param setting How the document is named in messages: `tollgate.yaml`.
 * @throws {ConfigError} Where the text is not such a document.
 */
export function parseConfigDocument(text: string, setting: string): unknown {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      logLevel: 'silent',
    });
    const [fault] = [...document.errors, ...document.warnings];
    if (fault !== undefined) {
      const { line, col } = lines.linePos(fault.pos[0]);
      throw notReadable(`is not valid YAML at line ${line}, column ${col} (${fault.code})`);
    }
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    if (cause instanceof ReferenceError)
      throw notReadable('uses aliases (&name, *name) that are unknown or expand to too much');
    if (cause instanceof RangeError) throw notReadable('is nested too deeply');
    throw notReadable('is not valid YAML');
  }

  function notReadable(problem: string): ConfigError {
    return new ConfigError({
      setting,
      problem,
      allowed: 'one YAML 1.2 or JSON document, as docs/configuration.md shows',
    });
  }
}
