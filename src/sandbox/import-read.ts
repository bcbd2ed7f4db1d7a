import { BadInput } from "./control-input.ts";
import { isObject, isString, type Json } from "./guard.ts";
import type { IdKind } from "./id.ts";
import type { Org } from "./org.ts";

/** What is wrong with the body of `POST /sandbox/import`. */
export class ImportError extends BadInput {}

export function objectAt(value: unknown, where: string): Json {
  if (!isObject(value)) throw new ImportError(`${where} must be an object.`);
  return value;
}

/** The entries of a section, each an object; none when the section is absent. */
export function entries(body: Json, section: string): readonly Json[] {
  const list = body[section] ?? [];
  if (!Array.isArray(list)) throw new ImportError(`${section} must be a list.`);
  return list.map((entry, i) => objectAt(entry, `${section}[${i}]`));
}

export function textAt(entry: Json, name: string, byDefault?: string): string {
  const value = entry[name] ?? byDefault;
  if (!isString(value)) throw new ImportError(`${name} must be a string.`);
  return value;
}

export function textsAt(entry: Json, name: string): readonly string[] {
  const value = entry[name] ?? [];
  if (!Array.isArray(value) || !value.every(isString)) throw new ImportError(`${name} must be a list of strings.`);
  return value;
}

export function flagAt(entry: Json, name: string, byDefault = false): boolean {
  const value = entry[name] ?? byDefault;
  if (typeof value !== "boolean") throw new ImportError(`${name} must be true or false.`);
  return value;
}

export function countAt(entry: Json, name: string): number {
  const value = entry[name] ?? 0;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
    throw new ImportError(`${name} must be a whole number.`);
  }
  return value;
}

/** The id of the entry, or the next one of that kind. */
export function idAt(org: Org, entry: Json, kind: IdKind): string {
  return entry.id === undefined ? org.ids.next(kind) : textAt(entry, "id");
}

/** Epoch milliseconds of an ISO time; `byDefault` when it is absent. */
export function timeAt<T extends number | null>(entry: Json, name: string, byDefault: T): number | T {
  const value = entry[name];
  if (value === undefined || value === null) return byDefault;
  const time = isString(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw new ImportError(`${name} must be a time such as 2026-01-31T09:30:00.000Z.`);
  return time;
}

/** Like {@link timeAt}, but null in the body stays null. */
export function timeOrNullAt(entry: Json, name: string, byDefault: number | null): number | null {
  return entry[name] === null ? null : timeAt(entry, name, byDefault);
}
