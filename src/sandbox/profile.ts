import { rulesBroken } from "./attribute-rules.ts";
import type { Attribute } from "./attributes.ts";
import { invalid } from "./error.ts";
import { isNumberList, isStringList, type Json } from "./guard.ts";
import { attributesOf, type UserType } from "./org.ts";
import type { Profile, ProfileValue, User } from "./user.ts";
import type { UserStore } from "./user-store.ts";

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
/** Order in which missing required attributes are told (behaviour: recorded). */
const REQUIRED = ["login", "firstName", "lastName", "email"] as const;

/**
 * The profile that results from `sent` on top of `before`; null clears an attribute.
 *
 * @param before empty to create or replace, the present profile to update
 * @throws OktaError 400 E0000001 as recorded: unknown attribute (`newUser`), missing required ones with one cause each,
 *   bad addresses, a login that is taken
 */
export function checkedProfile(type: UserType, before: Profile, sent: Json, users: UserStore, owner?: User): Profile {
  const declared = new Map(attributesOf(type).map((attribute) => [attribute.name, attribute]));
  const unknown = Object.keys(sent).find((name) => !declared.has(name));
  if (unknown !== undefined) throw invalid("newUser", `Property name '${unknown}' is not defined in profile`);

  const profile: Record<string, ProfileValue> = { ...before };
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(sent)) {
    const attribute = declared.get(name);
    if (attribute === undefined) continue;
    if (value === null) {
      delete profile[name];
      continue;
    }
    const typed = typedValue(attribute, value);
    if (typed === undefined) problems.push([name, "The field has the wrong type"]);
    else profile[name] = typed;
  }
  problems.push(...blanks(profile, declared), ...formats(profile), ...lengths(profile, declared));
  problems.push(...rulesBroken(profile, type));
  const login = profile.login;
  if (problems.length === 0 && typeof login === "string" && users.loginTaken(login, owner)) {
    problems.push(["login", "An object with this field already exists in the current organization"]);
  }
  const first = problems[0];
  if (first !== undefined) throw invalid(first[0], ...problems.map(([name, cause]) => `${name}: ${cause}`));
  return profile;
}

type Problem = readonly [name: string, cause: string];

function blanks(profile: Profile, declared: ReadonlyMap<string, Attribute>): Problem[] {
  const needed = REQUIRED.filter((name) => declared.get(name)?.required === true);
  return needed
    .filter((name) => profile[name] === undefined || profile[name] === "")
    .map((name) => [name, "The field cannot be left blank"]);
}

function formats(profile: Profile): Problem[] {
  const problems: Problem[] = [];
  if (!EMAIL.test(String(profile.login ?? ""))) {
    problems.push(["login", "Username must be in the form of an email address"]);
  }
  for (const name of ["email", "secondEmail"]) {
    const value = profile[name];
    if (value !== undefined && value !== "" && !EMAIL.test(String(value))) {
      problems.push([name, "Does not match required pattern"]);
    }
  }
  return problems;
}

// unverified: the texts for a wrong length or type are made up; Okta's are not known.
function lengths(profile: Profile, declared: ReadonlyMap<string, Attribute>): Problem[] {
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(profile)) {
    const { min, max } = declared.get(name) ?? {};
    if (typeof value !== "string" || value === "") continue;
    if (max !== undefined && value.length > max) problems.push([name, `The field is longer than ${max} characters`]);
    if (min !== undefined && value.length < min) problems.push([name, `The field is shorter than ${min} characters`]);
  }
  return problems;
}

function typedValue(attribute: Attribute, value: unknown): ProfileValue | undefined {
  switch (attribute.type) {
    case "string":
      return typeof value === "string" ? value : undefined;
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "number":
      return typeof value === "number" ? value : undefined;
    case "integer":
      return typeof value === "number" && Number.isInteger(value) ? value : undefined;
    case "string[]":
      return isStringList(value) ? value : undefined;
    case "number[]":
      return isNumberList(value) ? value : undefined;
  }
}
