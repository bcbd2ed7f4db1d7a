import { createHash } from "node:crypto";
import { OktaError } from "./error.ts";
import type { Answer, Call } from "./route.ts";

export interface PageRules {
  readonly byDefault: number;
  readonly max: number;
  /** Query parameters that the links repeat; anything else is dropped (behaviour: recorded). */
  readonly repeat?: readonly string[];
  /** `self` names its own page by a cursor, and the default limit whatever was asked (behaviour: recorded, role targets). */
  readonly cursorInSelf?: boolean;
}

/** The page size asked for, within the limits. */
export function limitOf(call: Call, rules: PageRules): number {
  const text = call.query.get("limit");
  if (text === null) return rules.byDefault;
  const limit = Number(text);
  // unverified: whether a limit out of range is an error or is cut; too large is cut here, nonsense is refused.
  if (!/^\d+$/.test(text) || limit < 1) throw new OktaError("E0000029", ["Invalid limit."]);
  return Math.min(limit, rules.max);
}

/**
 * `Link` header lines, one for each relation. The query repeats `after`, `limit` (also when it was not given), then the
 * other known parameters alphabetically, form-encoded (behaviour: recorded).
 */
export function links(call: Call, rules: PageRules, limit: number, next: string | undefined): string[] {
  const line = (relation: string, after: string | null): string => {
    const query = new URLSearchParams();
    if (after !== null) query.set("after", after);
    query.set("limit", String(limit));
    for (const name of rules.repeat ?? []) {
      const value = call.query.get(name);
      // A sortOrder that is none is dropped (behaviour: recorded).
      if (value === null || (name === "sortOrder" && !/^(asc|desc)$/i.test(value))) continue;
      query.set(name, value);
    }
    return `<${call.origin}${call.path}?${query}>; rel="${relation}"`;
  };
  const self = rules.cursorInSelf === true ? ownCursor(call, rules) : line("self", call.query.get("after"));
  return next === undefined ? [self] : [self, line("next", next)];
}

function ownCursor(call: Call, rules: PageRules): string {
  const after = call.query.get("after") ?? firstPage(call);
  const query = new URLSearchParams({ after, limit: String(rules.byDefault) });
  return `<${call.origin}${call.path}?${query}>; rel="self"`;
}

/** The cursor of a list's first page, in the recorded form: `PGE`, 16 bytes, `1`. */
function firstPage(call: Call): string {
  return `PGE${createHash("sha256").update(call.path).digest().subarray(0, 16).toString("base64url")}1`;
}

/** A page of a short list; the cursor is an opaque form of the last entry's key. */
export function pageOf<T>(
  call: Call,
  list: readonly T[],
  key: (entry: T) => string,
  view: (entry: T) => unknown,
  rules: PageRules,
): Answer {
  const limit = limitOf(call, rules);
  const sorted = [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const after = call.query.get("after");
  const last = after === null || after === "" || after === firstPage(call) ? "" : openCursor(after);
  const rest = sorted.filter((entry) => key(entry) > last);
  const page = rest.slice(0, limit);
  const end = page.at(-1);
  const next = rest.length > page.length && end !== undefined ? closeCursor(key(end)) : undefined;
  return { status: 200, body: page.map(view), headers: { link: links(call, rules, limit, next) } };
}

const MARK = "PG";

function closeCursor(key: string): string {
  return MARK + Buffer.from(key).toString("base64url");
}

/** @throws OktaError 400 E0000029 "Invalid cursor." (behaviour: recorded on lists that are no search) */
function openCursor(cursor: string): string {
  const key = cursor.startsWith(MARK) ? Buffer.from(cursor.slice(MARK.length), "base64url").toString() : "";
  if (key === "" || closeCursor(key) !== cursor) throw new OktaError("E0000029", ["Invalid cursor."]);
  return key;
}
