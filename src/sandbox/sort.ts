import { isObject, isString } from "./guard.ts";
import { isId } from "./id.ts";

/** How a value of a property sorts: numbers by size, everything else as text whatever its case; unset first. */
export function sortKey(value: unknown, numeric: boolean): string | number {
  if (numeric) return typeof value === "number" ? value : -Number.MAX_VALUE;
  return value === undefined || value === null ? "" : String(value).toLowerCase();
}

/** The cursor of a sorted search: where the page ended, so that a changed org neither repeats nor skips the others. */
export function closeSorted(key: string | number, id: string): string {
  return Buffer.from(JSON.stringify({ key, id })).toString("base64url");
}

/** Undefined for anything that is not such a cursor. */
export function openSorted(cursor: string): { key: string | number; id: string } | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (!isObject(value) || !isString(value.id) || !isId("user", value.id)) return undefined;
    const { key, id } = value;
    return isString(key) || typeof key === "number" ? { key, id } : undefined;
  } catch {
    return undefined;
  }
}
