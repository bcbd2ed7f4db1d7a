import type { Json } from "../../src/schema.ts";

/** What a spreadsheet takes for the begin of a formula, full-width forms too (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

/**
 * A line of CSV as RFC 4180 has it. A text that a spreadsheet would take for a formula gets a `'` in front, so such a
 * value is not the raw one; lists and objects are JSON text, and what is missing is empty.
 */
export function csvLine(values: readonly Json[]): string {
  return `${values.map(cell).join()}\r\n`;
}

function cell(value: Json): string {
  if (value === null) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
