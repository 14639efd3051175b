import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvRow } from '../../src/gateway/csv-row.ts';

/** Reads RFC 4180, written for this test alone. */
function readCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (isQuoted) {
      if (char !== '"') field += char;
      else if (text[at + 1] === '"') {
        field += '"';
        at += 1;
      } else isQuoted = false;
    } else if (char === '"' && field === '') isQuoted = true;
    else if (char === ',') {
      row.push(field);
      field = '';
    } else if (text.startsWith('\r\n', at)) {
      rows.push([...row, field]);
      row = [];
      field = '';
      at += 1;
    } else field += char;
  }
  return rows;
}

const guarded = (field: string) => (/^[=+\-@\t\r]/.test(field) ? `'${field}` : field);

test('gives every field back whatever is in it, and lets none begin a formula', () => {
  const hostile = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '=HYPERLINK("http://x","y")',
      '+1',
      '-2+3',
      '@SUM(A1)',
      '\t=1',
      '\r=1',
      'a,b',
      'say "x"',
      'two\r\nlines',
      '',
    ),
  );
  fc.assert(
    fc.property(fc.array(fc.array(hostile, { minLength: 2, maxLength: 6 }), { maxLength: 5 }), rows => {
      const read = readCsv(rows.map(csvRow).join(''));
      expect(read).toEqual(rows.map(fields => fields.map(guarded)));
      for (const field of read.flat()) expect(field).not.toMatch(/^[=+\-@\t\r]/);
    }),
  );
});

test('quotes no field without need', () => {
  expect(csvRow(['a', '1.5', 'x y', 'a"b', '=1,2'])).toBe('a,1.5,x y,"a""b","\'=1,2"\r\n');
});
