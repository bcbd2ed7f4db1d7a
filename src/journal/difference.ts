import { isJsonObject, type Json } from "../schema.ts";

/** An attribute that is not what it was; undefined where it was not, or is not any more. */
export interface Difference {
  /** Dotted: `profile.department`. */
  readonly attribute: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** The attributes that differ, in the order they stand in; lists are compared whole. */
export function differences(before: Json | undefined, after: Json | undefined, attribute = ""): Difference[] {
  // Nesting costs a call each: what is nested deeper than any of Okta's objects is compared whole.
  if (isJsonObject(before) && isJsonObject(after) && attribute.split(".").length < 20) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) =>
      differences(own(before, key), own(after, key), attribute === "" ? key : `${attribute}.${key}`),
    );
  }
  return text(before) === text(after) ? [] : [{ attribute, before, after }];
}

function own(object: { readonly [key: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function text(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}
