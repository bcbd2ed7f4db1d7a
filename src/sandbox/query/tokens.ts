import { QueryError } from "./error.ts";

/**
 * A piece of an expression. A word is any run of characters without blanks, parentheses and double quotes: a property,
 * an operator, a number or a boolean, told apart by where it stands. `position` and `end` are offsets in the text.
 */
export type Token =
  | { readonly kind: "word"; readonly text: string; readonly position: number; readonly end: number }
  | { readonly kind: "string"; readonly value: string; readonly position: number; readonly end: number }
  | { readonly kind: "open" | "close" | "end"; readonly position: number; readonly end: number };

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);
const UNICODE_ESCAPE = /^[0-9a-fA-F]{4}$/;
const FIRST_PRINTABLE = 0x20;

function isBlank(char: string | undefined): boolean {
  return char === " " || char === "\t" || char === "\n" || char === "\r";
}

function endsWord(char: string | undefined): boolean {
  return char === undefined || isBlank(char) || char === "(" || char === ")" || char === '"';
}

/**
 * The token that starts at or after `from`; an `end` token, as often as asked, when nothing but blanks is left.
 * Each call reads only the characters of its own token and the blanks before it.
 *
 * @throws QueryError of kind `syntax` for a string literal that is not a valid JSON string, which Okta's core API
 *   documentation demands.
 */
export function nextToken(text: string, from: number): Token {
  let start = from;
  while (isBlank(text[start])) start++;
  switch (text[start]) {
    case undefined:
      return { kind: "end", position: start, end: start };
    case "(":
      return { kind: "open", position: start, end: start + 1 };
    case ")":
      return { kind: "close", position: start, end: start + 1 };
    case '"':
      return stringToken(text, start);
    default: {
      let end = start + 1;
      while (!endsWord(text[end])) end++;
      return { kind: "word", text: text.slice(start, end), position: start, end };
    }
  }
}

function stringToken(text: string, start: number): Token {
  let value = "";
  let copied = start + 1;
  for (let at = copied; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      return { kind: "string", value: value + text.slice(copied, at), position: start, end: at + 1 };
    }
    if (text.charCodeAt(at) < FIRST_PRINTABLE) {
      throw new QueryError("syntax", "A control character in a string is written as an escape, such as \\n.", at);
    }
    if (char !== "\\") continue;
    value += text.slice(copied, at);
    const [meaning, length] = escapeAt(text, at);
    value += meaning;
    copied = at + length;
    at = copied - 1;
  }
  throw new QueryError("syntax", "The string that starts here has no closing double quote.", start);
}

/** What the escape at a backslash stands for, and how many characters it takes. */
function escapeAt(text: string, backslash: number): [meaning: string, length: number] {
  const letter = text[backslash + 1] ?? "";
  const meaning = ESCAPES.get(letter);
  if (meaning !== undefined) return [meaning, 2];
  const hex = text.slice(backslash + 2, backslash + 6);
  if (letter === "u" && UNICODE_ESCAPE.test(hex)) return [String.fromCharCode(Number.parseInt(hex, 16)), 6];
  throw new QueryError(
    "syntax",
    'A backslash in a string starts a JSON escape; write \\\\ for a backslash and \\" for a double quote.',
    backslash,
  );
}
