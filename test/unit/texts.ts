import fc from "fast-check";
import { HOSTILE } from "./runs.ts";

/** Any text: sequences of UTF-16 units, whole characters and what is known to break things. */
export const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(...HOSTILE),
      fc.string({ unit: "binary", maxLength: 8 }),
      fc.string({ maxLength: 8 }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(""));

/** A value as a test's title can show it: nothing hidden, and long ones cut. */
export function titled(value: unknown): string {
  const escaped = JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return escaped.length > 60 ? `${escaped.slice(0, 60)}...` : escaped;
}
