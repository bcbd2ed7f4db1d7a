import { inertText } from "../../src/job.ts";
import type { Json, JsonObject } from "../../src/schema.ts";
import { columnProblem, fieldsFor, isAttribute, type Reader, readerOf } from "./columns.ts";

/** How many people there are of each kind. */
export interface Tally {
  readonly by: readonly string[];
  readonly readers: readonly Reader[];
  total: number;
  /** By the values of `by` as JSON text. */
  readonly counts: Map<string, number>;
}

const MONTHS = ["created:month", "lastLogin:month"];

/** More kinds than this are no kinds; the bound keeps memory flat. */
export const MOST_GROUPS = 10_000;

/** The longest value shown, in characters. */
const LONGEST = 40;

export function emptyTally(by: readonly string[]): Tally {
  return { by, readers: by.map(kindReader), total: 0, counts: new Map() };
}

/** One that can be counted on without a change to this one. */
export function copyOf(tally: Tally): Tally {
  return { ...tally, counts: new Map(tally.counts) };
}

/** What is wrong with a word people are counted by; undefined when nothing is. */
export function byProblem(word: string): string | undefined {
  if (["status", "type.id", ...MONTHS].includes(word) || isAttribute(word)) return undefined;
  const month = `${word}:month`;
  if (MONTHS.includes(month)) return `"${word}" is counted by month; did you mean ${month}?`;
  const problem = columnProblem(word) ?? "people do not share it";
  return `${problem} (there are status, type.id, profile.<attribute>, ${MONTHS.join(", ")})`;
}

/** Okta's `fields` for what is counted by. */
export function countedFields(by: readonly string[]): string {
  return fieldsFor(by.map((word) => word.replace(/:month$/, "")));
}

/** Counts a person. */
export function add(tally: Tally, user: JsonObject): void {
  tally.total += 1;
  if (tally.readers.length === 0) return;
  const kind = JSON.stringify(tally.readers.map((read) => read(user)));
  tally.counts.set(kind, (tally.counts.get(kind) ?? 0) + 1);
}

/** Reads a value of a person, or the month of a time, in UTC as Okta's times are; null where there is none. */
function kindReader(word: string): Reader {
  const read = readerOf(word.replace(/:month$/, ""));
  if (!MONTHS.includes(word)) return read;
  return (user) => {
    const time = read(user);
    return typeof time === "string" && /^\d{4}-\d\d-/.test(time) ? time.slice(0, 7) : null;
  };
}

/** The groups, largest first, in at most `bytes` of JSON: what does not fit is summed up as the last one. */
export function groupsOf({ by, counts }: Tally, bytes: number): JsonObject[] {
  const sorted = [...counts].sort(([a, more], [b, less]) => less - more || (a < b ? -1 : 1));
  const groups: JsonObject[] = [];
  const size = (entry: JsonObject): number => Buffer.byteLength(JSON.stringify(entry)) + 1;
  let [left, rest] = [bytes - size(others(sorted.length, Number.MAX_SAFE_INTEGER)), 0];
  for (const [kind, count] of sorted) {
    const values: Json[] = JSON.parse(kind);
    const group = { ...Object.fromEntries(by.map((word, index) => [word, shown(values[index] ?? null)])), count };
    left -= size(group);
    // A small group after a large one that was left out would look as if it came next.
    if (left >= 0) groups.push(group);
    else rest += count;
  }
  return groups.length === sorted.length ? groups : [...groups, others(sorted.length - groups.length, rest)];
}

function others(groups: number, count: number): JsonObject {
  return { otherGroups: groups, count };
}

function shown(value: Json): Json {
  if (typeof value === "string") return inertText(value, LONGEST);
  return typeof value === "object" && value !== null ? inertText(JSON.stringify(value), LONGEST) : value;
}
