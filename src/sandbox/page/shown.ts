import type { LoggedRequest } from "../request-log.ts";

/** Stands where something secret was. */
const HIDDEN = "•••";
const LONGEST = 300;
const MOST_PARAMETERS = 12;

const SECRET_NAME = /token|secret|passw|passcode|credential|assertion|answer|otp|signature|authorization|key|code$/i;
/** Words of the alphabet of tokens with both letters and digits: none of Okta's ids is so long. */
const LONG_WORD = /[\w~+/=-]{32,}/g;
/** What follows one of these in the path of a page for end users is a one-time secret. */
const BEFORE_SECRET: ReadonlySet<string> = new Set(["tokens", "reset_password", "signin", "verify"]);

/** One request as people may see it: nothing that looks like a secret, and no character that plays tricks. */
export interface ShownRequest {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly status: number;
  readonly ms: number;
  readonly time: string;
  readonly login?: string;
  readonly fault?: string;
}

export function shownRequest(entry: LoggedRequest): ShownRequest {
  const { id, method, status, ms, time, login, fault } = entry;
  return {
    id,
    method: visible(method),
    path: shownPath(entry.path),
    query: shownQuery(entry.query),
    status,
    ms,
    time,
    ...(login !== undefined && { login: visible(login) }),
    ...(fault !== undefined && { fault }),
  };
}

/**
 * A text with every control, format and direction character written out, so that it reads as it is. The two joiners
 * that scripts need for their letters stay.
 */
export function visible(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return short.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/gu, (char) =>
    char === "\u200c" || char === "\u200d" ? char : `⟨U+${hex(char)}⟩`,
  );
}

function hex(char: string): string {
  return (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

function shownPath(path: string): string {
  const segments = path.split("/").map(decoded);
  const forPeople = segments[1] !== "api" && segments[1] !== "oauth2";
  return segments
    .map((segment, i) =>
      forPeople && BEFORE_SECRET.has(segments[i - 1] ?? "") ? HIDDEN : visible(withoutWords(segment)),
    )
    .join("/");
}

function shownQuery(query: string): [name: string, value: string][] {
  return [...new URLSearchParams(query)]
    .slice(0, MOST_PARAMETERS)
    .map(([name, value]) => [visible(name), SECRET_NAME.test(name) ? HIDDEN : visible(withoutWords(value))]);
}

function withoutWords(text: string): string {
  return text.replace(LONG_WORD, (word) => (/\d/.test(word) && /[a-z]/i.test(word) ? HIDDEN : word));
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
