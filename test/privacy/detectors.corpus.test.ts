import { existsSync, globSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { detectorsByKind } from '../../src/privacy/detectors/index.ts';
import { readableText } from '../../src/privacy/readable-text.ts';
import { corpusFolder } from '../support/corpus.ts';

interface Labelled {
  readonly text: string;
  readonly spans: readonly { readonly start: number; readonly end: number; readonly type: string }[];
  readonly scope: readonly string[];
  readonly weak?: boolean;
}

const folder = corpusFolder('pii');
const hasCorpus = existsSync(folder);
const records: readonly Labelled[] = hasCorpus
  ? globSync(`${folder}/*.jsonl.gz`).flatMap(file =>
      gunzipSync(readFileSync(file))
        .toString('utf8')
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line) as Labelled),
    )
  : [];

/** Recall: a labelled span counts as found where 90 % of it is covered. Precision: a find is right where it overlaps one. */
function measure(kind: string, type: string) {
  const detector = detectorsByKind.get(kind);
  if (detector === undefined) throw new TypeError(`there is no ${kind}`);
  let [labelled, covered, finds, right] = [0, 0, 0, 0];
  for (const { text, spans, scope, weak } of records) {
    if (!scope.includes(type) || weak === true) continue;
    const readable = readableText(text);
    const found = detector
      .find(readable.text)
      .map(({ start, end }) => ({ start: readable.originalAt(start), end: readable.originalAt(end) }));
    const gold = spans.filter(span => span.type === type);
    labelled += gold.length;
    for (const { start, end } of gold) {
      const overlap = found.reduce(
        (sum, one) => sum + Math.max(0, Math.min(end, one.end) - Math.max(start, one.start)),
        0,
      );
      if (overlap >= 0.9 * (end - start)) covered += 1;
    }
    finds += found.length;
    right += found.filter(one => gold.some(({ start, end }) => one.start < end && one.end > start)).length;
  }
  return { labelled, recall: covered / labelled, precision: right / finds };
}

const name = hasCorpus ? 'labelled texts' : 'labelled texts (corpus absent: skipped)';

/** The labels of e-mail addresses lack some that are there, which caps precision. */
describe.skipIf(!hasCorpus)(name, () => {
  test.each([
    ['EMAIL', 'EMAIL', 0.98, 0.94],
    ['PAYMENT_CARD', 'CREDIT_CARD', 0.95, 0.95],
    ['IBAN', 'IBAN', 0.96, 0.98],
  ] as const)('%s is found, and little else', (kind, type, recall, precision) => {
    const measured = measure(kind, type);
    expect(measured.labelled).toBeGreaterThan(20);
    expect(measured.recall, JSON.stringify(measured)).toBeGreaterThanOrEqual(recall);
    expect(measured.precision, JSON.stringify(measured)).toBeGreaterThanOrEqual(precision);
  });
});
