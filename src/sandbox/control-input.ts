import { isObject, isString, type Json } from "./guard.ts";

/** Something wrong with the body of a control request; `field` is the key it is about, if it is about one. */
export class BadInput extends Error {
  readonly field: string | undefined;

  constructor(message: string, field?: string) {
    super(message);
    this.field = field;
  }
}

/**
 * The body as an object with none but these keys.
 *
 * @throws BadInput for anything else
 */
export function objectIn(body: string, allowed: readonly string[]): Json {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new BadInput("The body must be a JSON object.");
  }
  if (!isObject(value)) throw new BadInput("The body must be a JSON object.");
  const unknown = Object.keys(value).find((key) => !allowed.includes(key));
  if (unknown !== undefined) throw new BadInput(`${unknown} is unknown. Known are ${allowed.join(", ")}.`, unknown);
  return value;
}

export interface Range {
  readonly least: number;
  readonly most: number;
  /** For a missing key; without it the key is required. */
  readonly byDefault?: number;
}

/** @throws BadInput when it is no whole number in the range */
export function wholeNumber(body: Json, field: string, { least, most, byDefault }: Range): number {
  const value = body[field] ?? byDefault;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new BadInput(`${field} must be a whole number from ${least} to ${most}.`, field);
}

/** @throws BadInput when it is there and no string, or an empty one */
export function optionalText(body: Json, field: string): string | undefined {
  const value = body[field];
  if (value === undefined || (isString(value) && value !== "")) return value;
  throw new BadInput(`${field} must be a string that is not empty.`, field);
}

/** @throws BadInput when it is there and not true or false */
export function optionalFlag(body: Json, field: string): boolean {
  const value = body[field] ?? false;
  if (typeof value === "boolean") return value;
  throw new BadInput(`${field} must be true or false.`, field);
}

const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
/** Printable ASCII and tabs: anything else Node refuses to send. */
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;

/** @throws BadInput when it is there and no object of header values */
export function optionalHeaders(body: Json, field: string): Record<string, string> {
  const value = body[field] ?? {};
  if (!isObject(value)) throw new BadInput(`${field} must be an object.`, field);
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => {
      const name = key.toLowerCase();
      if (!HEADER_NAME.test(name)) throw new BadInput(`${field} has a name that no header can have.`, field);
      if (!isString(text) || !HEADER_VALUE.test(text)) {
        throw new BadInput(`${field}.${key} must be a string of printable ASCII characters.`, `${field}.${key}`);
      }
      return [name, text];
    }),
  );
}
