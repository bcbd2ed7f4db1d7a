import type { UserType } from "./org.ts";
import type { Profile } from "./user.ts";

/**
 * What a profile breaks of the rules that custom attributes add: required ones, and those with a list of values.
 * unverified: both texts for custom attributes; the first is recorded for base attributes.
 */
export function rulesBroken(profile: Profile, { custom }: UserType): [name: string, cause: string][] {
  return custom.flatMap(({ name, required, enum: allowed }): [string, string][] => {
    const value = profile[name];
    if (value === undefined || value === "") return required === true ? [[name, "The field cannot be left blank"]] : [];
    const values: readonly (string | number | boolean)[] = typeof value === "object" ? value : [value];
    if (allowed === undefined || values.every((entry) => allowed.some((choice) => choice === entry))) return [];
    return [[name, "The value is not one of the values allowed"]];
  });
}
