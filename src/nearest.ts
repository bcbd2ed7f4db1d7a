import { closest, distance } from "fastest-levenshtein";

const SEPARATORS = /[_-]/g;

/** The known word a mistyped one was probably meant to be, or undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || word.length > 100) return undefined;
  if (known.includes(word)) return word;
  const plain = (name: string): string => name.toLowerCase().replaceAll(SEPARATORS, "");
  const close = closest(plain(word), known.map(plain));
  if (distance(plain(word), close) <= Math.max(1, Math.floor(word.length / 4)))
    return known.find((name) => plain(name) === close);
  const parts = word.toLowerCase().split(SEPARATORS);
  const fuller = known.find((name) => parts.every((part) => name.toLowerCase().split(SEPARATORS).includes(part)));
  if (fuller !== undefined) return fuller;
  // "port" is no part of "export-dir".
  const begins = (name: string): boolean =>
    parts.length > 1
      ? plain(name).includes(plain(word))
      : name
          .toLowerCase()
          .split(SEPARATORS)
          .some((part) => part.startsWith(plain(word)));
  return known.find((name) => word.length > 2 && begins(name));
}
