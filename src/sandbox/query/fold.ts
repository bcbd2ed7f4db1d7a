const UPPER_A = 65;
const UPPER_Z = 90;
const TO_LOWER = 32;
const LAST_ASCII = 127;

/**
 * Removes the case of a text and nothing else: diacritics stay, as Okta's search wants it (OpenAPI 2026.06.3).
 * Anything looked up by the value of an indexable term must be stored under a key made by this function.
 *
 * Which case mapping Okta applies outside ASCII is unverified; this is Unicode's lower-casing, made independent of
 * context, so that the fold of a prefix is always a prefix of the fold.
 */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  // The only mapping that depends on context is the final sigma; unifying it keeps prefixes prefixes.
  return lower.includes("ς") ? lower.replaceAll("ς", "σ") : lower;
}

function lowerAscii(code: number): number {
  return code >= UPPER_A && code <= UPPER_Z ? code + TO_LOWER : code;
}

/** How string values are compared. Literals are passed through `prepare` once and values are taken as they are. */
export interface Collation {
  prepare(literal: string): string;
  /** Negative, zero or positive: the value sorts before, with or after the prepared literal. */
  compare(value: string, prepared: string): number;
  startsWith(value: string, prepared: string): boolean;
  contains(value: string, prepared: string): boolean;
}

function compareCodeUnits(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/**
 * Case-insensitive comparison in the order of UTF-16 code units after {@link fold}. Values in plain ASCII, which are
 * nearly all of them, are compared without building a folded copy.
 */
export const ignoringCase: Collation = {
  prepare: fold,

  compare(value, prepared) {
    const shared = Math.min(value.length, prepared.length);
    for (let i = 0; i < shared; i++) {
      const code = value.charCodeAt(i);
      if (code > LAST_ASCII) return compareCodeUnits(fold(value), prepared);
      const difference = lowerAscii(code) - prepared.charCodeAt(i);
      if (difference !== 0) return difference;
    }
    return value.length - prepared.length;
  },

  startsWith(value, prepared) {
    const shared = Math.min(value.length, prepared.length);
    for (let i = 0; i < shared; i++) {
      const code = value.charCodeAt(i);
      if (code > LAST_ASCII) return fold(value).startsWith(prepared);
      if (lowerAscii(code) !== prepared.charCodeAt(i)) return false;
    }
    return value.length >= prepared.length;
  },

  contains: (value, prepared) => fold(value).includes(prepared),
};

/** Case-sensitive comparison in the order of UTF-16 code units. */
export const exactly: Collation = {
  prepare: (literal) => literal,
  compare: compareCodeUnits,
  startsWith: (value, prepared) => value.startsWith(prepared),
  contains: (value, prepared) => value.includes(prepared),
};
