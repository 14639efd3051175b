/** What a spreadsheet would take for the beginning of a formula. */
const formula = /^[=+\-@\t\r]/;
const special = /[",\r\n]/;

/**
 * One record as RFC 4180 has it, its line break included. A field that a spreadsheet would reckon with gets an apostrophe
 * before it, so that it is shown as it is written (OWASP, "CSV Injection").
 */
export function csvRow(fields: readonly string[]): string {
  return `${fields.map(csvField).join(',')}\r\n`;
}

function csvField(field: string): string {
  const text = formula.test(field) ? `'${field}` : field;
  return special.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
