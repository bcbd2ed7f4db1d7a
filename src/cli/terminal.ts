import { stripVTControlCharacters } from "node:util";

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** Paints a text where stdout is a terminal that shows colour; NO_COLOR and FORCE_COLOR are honoured. */
export function paint(style: keyof typeof CODES, text: string): string {
  return process.stdout.isTTY && process.stdout.hasColors() ? `\u001B[${CODES[style]}m${text}\u001B[0m` : text;
}

/** Rows as aligned columns, two blanks apart, indented; nothing follows the last column. */
export function table(rows: readonly (readonly string[])[], indent = "    "): string {
  const width = (cell: string): number => stripVTControlCharacters(cell).length;
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(widest[column] ?? 0, width(cell))),
    [],
  );
  const padded = (cell: string, column: number): string => cell + " ".repeat((widths[column] ?? 0) - width(cell));
  return rows.map((row) => indent + row.map(padded).join("  ").trimEnd()).join("\n");
}

// Whoever reads no further, as `| head` does, has seen enough.
process.stdout.on("error", () => process.exit(0));

export function say(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/** Shows a line that the next one replaces; only on a terminal. Without a text it goes away. */
export function status(text = ""): void {
  if (process.stdout.isTTY) process.stdout.write(`\r${text}\u001B[K`);
}
