import type { Json } from "../../src/schema.ts";

/** What a spreadsheet takes for the begin of a formula, full-width forms too (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

/**
 * The same inside a text, where a reader with another separator begins a cell. To such a reader our quotes are text,
 * save those at the begin of a line, so that they alone keep nothing together.
 */
const FORMULA_INSIDE = /(?<=[;\t\r\n])(?="*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g;

/**
 * A line of CSV as RFC 4180 has it. What a spreadsheet would take for a formula gets a `'` in front, also behind what
 * other readers take for a separator, so such a value is not the raw one; lists and objects are JSON text, and what is
 * missing is empty.
 */
export function csvLine(values: readonly Json[]): string {
  return `${values.map(cell).join()}\r\n`;
}

function cell(value: Json): string {
  if (value === null) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const inside = text.replaceAll(FORMULA_INSIDE, "'");
  const harmless = FORMULA.test(text) ? `'${inside}` : inside;
  return /[",;\t\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
