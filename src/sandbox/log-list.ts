import { exactNow } from "./clock.ts";
import { invalid, OktaError } from "./error.ts";
import type { LogRecord } from "./log-events.ts";
import { LOG_CONTAINS, LOG_PROPERTIES, subject, wordsOf } from "./log-query.ts";
import { eventView } from "./log-view.ts";
import { limitOf } from "./page.ts";
import { type Predicate, parseSearch, QueryError } from "./query/index.ts";
import { type Answer, type Call, type Route, route } from "./route.ts";

const DAY = 86_400_000;
const PAGE = { byDefault: 100, max: 1000 } as const;
const DEFAULT_DAYS = 7;

export const logRoutes: readonly Route[] = [route("GET /api/v1/logs", listEvents)];

/**
 * The system log. Without `until` and in ascending order it can be polled: the last page still has a `next` link, which
 * leads to what happens from now on (Okta's system log documentation).
 *
 * @throws OktaError 400 E0000031 for a bad filter, E0000030 for a bad date in it, E0000001 for bad bounds or keywords
 */
function listEvents(call: Call): Answer {
  const { query, org } = call;
  const descending = readOrder(call) === "DESCENDING";
  // unverified: a limit above 1000, which is cut; 0 is allowed (OpenAPI 2026.06.3).
  const limit = query.get("limit") === "0" ? 0 : limitOf(call, PAGE);
  const untilText = query.get("until");
  const until = untilText === null ? exactNow() : readTime("until", untilText);
  const sinceText = query.get("since");
  const since = sinceText === null ? until - DEFAULT_DAYS * DAY : readTime("since", sinceText);
  const keep = readFilter(query.get("filter"));
  const words = readKeywords(query.get("q"));
  const records = org.events.all();
  const after = readCursor(query.get("after"));

  const [first = records.length, step] = descending
    ? [after === undefined ? records.length - 1 : indexOf(records, after) - 1, -1]
    : [after === undefined ? 0 : indexOf(records, after) + 1, 1];
  const page: LogRecord[] = [];
  let more = false;
  for (let i = first; i >= 0 && i < records.length; i += step) {
    const record = records[i];
    if (record === undefined || !within(record, since, until) || !keep(record)) continue;
    if (words.length > 0 && !holdsAll(record, words)) continue;
    more = page.length === limit;
    if (more) break;
    page.push(record);
  }
  const polling = untilText === null && !descending;
  const end = page.at(-1) ?? (polling ? records.at(-1) : undefined);
  const next = limit > 0 && (more || polling) ? (end?.sequence ?? after) : undefined;
  return { status: 200, body: page.map(eventView), headers: { link: linkLines(call, limit, next) } };
}

/** Both bounds are part of the range. unverified: the upper one. */
function within({ published }: LogRecord, since: number, until: number): boolean {
  return published >= since && published <= until;
}

/** Position of a sequence number; sequence numbers have no gaps. */
function indexOf(records: readonly LogRecord[], sequence: number): number {
  return sequence - (records[0]?.sequence ?? 1);
}

function readOrder(call: Call): string {
  const order = call.query.get("sortOrder") ?? "ASCENDING";
  // unverified: the refusal.
  if (order !== "ASCENDING" && order !== "DESCENDING") throw invalid("sortOrder", "sortOrder: ASCENDING or DESCENDING");
  return order;
}

/** unverified: the refusal. */
function readTime(name: string, text: string): number {
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw invalid(name, `${name}: Invalid date.`);
  return time;
}

function readFilter(filter: string | null): (record: LogRecord) => boolean {
  if (filter === null || filter === "") return () => true;
  const predicate = parsed(filter);
  return (record) => predicate.matches(subject(record));
}

/** The language of `search`. unverified: whether values ignore case; `ne`, `ew` and `not`, which Okta has here, are not served. */
function parsed(filter: string): Predicate {
  try {
    return parseSearch(filter, LOG_PROPERTIES, { contains: LOG_CONTAINS });
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    if (error.kind === "date") throw new OktaError("E0000030");
    throw new OktaError("E0000031", ["Invalid search syntax.", `At position ${error.position}: ${error.message}`]);
  }
}

/** At most 10 keywords of at most 40 characters (OpenAPI 2026.06.3); all must be found. unverified: the refusal, and "all". */
function readKeywords(q: string | null): readonly string[] {
  const words = (q ?? "")
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length > 10) throw invalid("q", "q: At most 10 keywords.");
  if (words.some((word) => word.length > 40)) throw invalid("q", "q: A keyword has at most 40 characters.");
  return words;
}

function holdsAll(record: LogRecord, words: readonly string[]): boolean {
  const text = wordsOf(record);
  return words.every((word) => text.includes(word));
}

const MARK = "LG";

/** @throws OktaError 400 E0000031 "Invalid cursor."; unverified for this collection */
function readCursor(after: string | null): number | undefined {
  if (after === null || after === "") return undefined;
  const digits = after.startsWith(MARK) ? Buffer.from(after.slice(MARK.length), "base64url").toString() : "";
  if (!/^\d{1,15}$/.test(digits)) throw new OktaError("E0000031", ["Invalid cursor."]);
  return Number(digits);
}

function linkLines(call: Call, limit: number, next: number | undefined): string[] {
  const line = (relation: string, after: string | null): string => {
    const query = new URLSearchParams();
    for (const name of ["since", "until"]) {
      const value = call.query.get(name);
      if (value !== null) query.set(name, value);
    }
    query.set("limit", String(limit));
    for (const name of ["filter", "q", "sortOrder"]) {
      const value = call.query.get(name);
      if (value !== null) query.set(name, value);
    }
    if (after !== null) query.set("after", after);
    return `<${call.origin}${call.path}?${query}>; rel="${relation}"`;
  };
  const self = line("self", call.query.get("after"));
  if (next === undefined) return [self];
  return [self, line("next", MARK + Buffer.from(String(next)).toString("base64url"))];
}
