import type { Json } from "./schema.ts";

/**
 * Characters that can hide text, reorder it or drive a terminal: controls, formatting (bidi, zero-width, tags), lone
 * surrogates, line separators, and everything Unicode lets a renderer ignore (variation selectors, fillers).
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** The longest value shown, in characters, where space allows. */
export const LONGEST_VALUE = 1_000;

/** How long values may stay, tried in turn until what holds them fits. */
export const VALUE_LENGTHS = [LONGEST_VALUE, 200, 60, 20];

/**
 * A text somebody wrote, made safe to show: hidden characters become visible text such as `\u{202E}`, and what is
 * longer than `longest` characters is cut with a note. What is made visible grows, but to no more than about twice that.
 */
export function inertText(text: string, longest = LONGEST_VALUE): string {
  const shown = text.slice(0, longest).replace(HIDDEN, visible);
  const most = 2 * longest + 20;
  if (text.length <= longest && shown.length <= most) return shown;
  // A cut between the halves of a character leaves half a one, which is made visible too.
  return `${shown.slice(0, most).replace(HIDDEN, visible)}… [cut; ${text.length} characters in all]`;
}

function visible(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16).toUpperCase()}}`;
}

/** The same for every string and key inside a JSON value. */
export function inert(value: Json, longest = LONGEST_VALUE): Json {
  if (typeof value === "string") return inertText(value, longest);
  if (Array.isArray(value)) return value.map((item) => inert(item, longest));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [inertText(key, 100), inert(item, longest)]));
}
