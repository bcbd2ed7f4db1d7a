import { closest, distance } from "fastest-levenshtein";

/** The known word a mistyped one was probably meant to be, or undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || word.length > 100) return undefined;
  const close = closest(word, known);
  if (distance(word, close) <= Math.max(1, Math.floor(word.length / 3))) return close;
  const lower = word.toLowerCase();
  return known.find((name) => lower.length > 2 && name.toLowerCase().includes(lower));
}
