import { isObject, isString } from "./guard.ts";
import { type IdKind, isId } from "./id.ts";
import { fold } from "./query/index.ts";

/** What `sortBy` and `sortOrder` ask for. */
export interface Order {
  readonly property: string;
  /** Numbers and times sort by size, everything else as text without case. */
  readonly numeric: boolean;
  readonly direction: "asc" | "desc";
}

/** What a thing is sorted by: text without case, or a number. */
export type Key = string | number;

/** Where a page ended in an order; ties are told apart by id. */
export interface Place {
  readonly key: Key;
  readonly id: string;
}

/** Sorts before every number a profile can hold. */
const UNSET = -Number.MAX_VALUE;

/** How a value of a property sorts: numbers by size, everything else as text whatever its case; unset first. */
export function sortKey(value: unknown, numeric: boolean): Key {
  if (numeric) return typeof value === "number" ? value : UNSET;
  if (typeof value === "string") return fold(value);
  return value === undefined || value === null ? "" : fold(String(value));
}

/** Negative, zero or positive: where one key stands to another. */
export function compareKeys(a: Key, b: Key): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** The cursor of a sorted search: where the page ended, so that a changed org neither repeats nor skips the others. */
export function closeSorted(key: Key, id: string): string {
  return Buffer.from(JSON.stringify({ key, id })).toString("base64url");
}

/** Undefined for anything that is not such a cursor. */
export function openSorted(cursor: string, kind: IdKind): Place | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (!isObject(value) || !isString(value.id) || !isId(kind, value.id)) return undefined;
    const { key, id } = value;
    return isString(key) || typeof key === "number" ? { key, id } : undefined;
  } catch {
    return undefined;
  }
}
