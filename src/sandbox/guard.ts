/** Narrowing helpers for JSON that came over the wire. */
export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isString(value: unknown): value is string {
  return typeof value === "string";
}

export function isStringList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isString);
}

export function isNumberList(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "number");
}

/** Membership test that narrows to the literal union of the list. */
export function isOneOf<T extends string>(list: readonly T[], value: unknown): value is T {
  return isString(value) && list.some((entry) => entry === value);
}
