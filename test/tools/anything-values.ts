import fc from "fast-check";
import { at, listAt } from "../support/at.ts";
import { type Args, fieldsOf, keysOf, NO_CLIENT, NO_GRANT, NO_GROUP, NO_ROLE, NO_TOKEN } from "./support.ts";

/*
 * Arguments for any tool, from nothing but the schema that hosts are shown. Texts in braces stand for things of the
 * org, and `{secret}` for a password that no other call has; they are filled in when the call is made.
 */

/** What fits an argument of this name; of names that are not here the schema alone decides. */
const FITS: Readonly<Record<string, readonly unknown[]>> = {
  userId: ["{id}", "{id}", "{id}", "{login}", "{LOGIN}", "{short}"],
  primaryUserId: ["{boss}", "{bossLogin}"],
  clientId: ["{client}", "{client}", NO_CLIENT],
  grantId: ["{grant}", "{grant}", NO_GRANT],
  tokenId: ["{token}", "{token}", NO_TOKEN],
  roleAssignmentId: ["{role}", "{role}", NO_ROLE],
  appName: ["salesforce", "slack", "no_such_app"],
  appId: ["{app}", NO_CLIENT],
  groupId: ["{group}", NO_GROUP],
  groupIds: [[], ["{group}"], [NO_GROUP]],
  relationshipName: ["manager", "subordinate", "nothing"],
  primaryRelationshipName: ["manager", "nothing"],
  search: ['status eq "ACTIVE"', 'profile.login sw "any"', "id pr", 'profile.lastName eq "'],
  filter: ['status eq "SUSPENDED"', 'id eq "{id}"', "nonsense"],
  q: ["any", "zzz"],
  after: ["{id}", "nothing"],
  sortBy: ["profile.lastName", "status", "nothing"],
  fields: ["id,status,profile:(login,city)", "id", "nothing"],
  scopeId: ["okta.users.read"],
  ifMatch: ['W/"1"', "*"],
  realmId: ["{realm}"],
  role: ["cr0zzzzzzzzzzzzzzzzz"],
  "resource-set": ["iamzzzzzzzzzzzzzzzzz"],
  changeId: ["{change}", "0000000000000000-1"],
  hint: ["{login}", "Any Body"],
  question: ["First pet?"],
  action: ["suspend_user", "update_user", "delete_user", "get_user", "nothing"],
  userIds: [["{id}"], ["{login}", "{boss}"], []],
  groups: [[], ["{group}"], ["Sales"]],
  managerId: ["{boss}"],
  newManagerId: ["{boss}", "{bossLogin}"],
  by: [["status"], ["profile.department"]],
  columns: [["id", "profile.login"]],
  stuckIn: [["PROVISIONED"]],
};

/** Keys under which a password, a hash or an answer stands, and what fits there. */
const SECRETS: Readonly<Record<string, readonly string[]>> = {
  value: ["Own-{secret}-9a", "New-{secret}-9a", '\u202E"{secret}%\\\u0000\u2028', "{secret}"],
  answer: ["own {secret}", "new {secret}", '\u202E"{secret}%\\\u0000\u2028'],
  salt: ["{secret}"],
};

/** Attributes of a profile. `login` and `email` are the ones the person has, or new ones. */
const ATTRIBUTES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  login: fc.constantFrom("{newLogin}", "{newLogin}", "{login}", "{bossLogin}"),
  email: fc.constantFrom("{newLogin}", "{login}", "nobody"),
  firstName: fc.constantFrom("Any", "Anne-Marie", "\u202EAny", ""),
  lastName: fc.constantFrom("Body", "O'Brien", "x".repeat(60), null),
  secondEmail: fc.constantFrom("{newLogin}", null, "{second}"),
  mobilePhone: fc.constantFrom("+1 555 0100", null, "{phone}"),
  department: fc.constantFrom("Sales", null, "a\u200Bb\u001B[2J", "x".repeat(2_000)),
  city: fc.constantFrom("Oslo", null, 7, ["Oslo"]),
  noSuchAttribute: fc.constantFrom("x", 1, true, null, ["x", 2]),
};

function profile(isNew: boolean): fc.Arbitrary<unknown> {
  const requiredKeys = isNew ? ["login", "email", "firstName", "lastName"] : [];
  return fc.oneof(
    { weight: 4, arbitrary: fc.record(ATTRIBUTES, { requiredKeys }) },
    { weight: 1, arbitrary: fc.constant(isNew ? NEWCOMER : { city: "Oslo" }) },
  );
}

const NEWCOMER = { login: "{newLogin}", email: "{newLogin}", firstName: "Any", lastName: "Body" };

/** A value that fits a schema. `takesUser` tells a tool that changes somebody from one that creates somebody. */
function fitting(schema: unknown, name: string, takesUser: boolean): fc.Arbitrary<unknown> {
  const known = FITS[name] ?? SECRETS[name];
  const choices = at(schema, "enum");
  if (Array.isArray(choices)) return fc.constantFrom(...choices);
  const type = at(schema, "type");
  if (name === "profile" && type === "object") return profile(!takesUser);
  if (known !== undefined && (type === "string" || type === "array")) return fc.constantFrom(...known);
  switch (type) {
    case "boolean":
      return fc.boolean();
    case "integer":
    case "number":
      return fc.integer({ min: Number(at(schema, "minimum") ?? 0), max: Number(at(schema, "maximum") ?? 5_000) });
    case "array":
      return fc.array(fitting(at(schema, "items"), name, takesUser), { maxLength: 3 });
    case "object":
      return fittingArguments(schema, takesUser);
    default:
      return fc.constantFrom("x-1", "{id}", "Any");
  }
}

/** An object that fits: all that is required and some of the rest. */
export function fittingArguments(schema: unknown, takesUser: boolean): fc.Arbitrary<Args> {
  const required = at(schema, "required") === undefined ? [] : listAt(schema, "required").map(String);
  const properties = Object.entries(fieldsOf(at(schema, "properties"))).filter(([name]) => name !== "confirm");
  const always = fc.record(
    Object.fromEntries(
      properties
        .filter(([name]) => required.includes(name))
        .map(([name, inner]) => [name, fitting(inner, name, takesUser)]),
    ),
  );
  const optional = properties
    .filter(([name]) => !required.includes(name))
    .map(([name, inner]) => [name, fitting(inner, name, takesUser)] as const);
  const sometimes = fc
    .subarray(optional, { maxLength: Math.min(optional.length, 3) })
    .chain((chosen) => fc.record(Object.fromEntries(chosen)));
  return fc.tuple(always, sometimes).map(([must, may]) => ({ ...must, ...may }));
}

const DEEP = 400;

/** An object that holds itself so many times over. */
function nested(depth: number): unknown {
  let value: unknown = "deep";
  for (let i = 0; i < depth; i += 1) value = i % 2 === 0 ? { profile: value } : [value];
  return value;
}

/** Texts that try to be a path, a header, a query, a program, or nothing one can see. */
const HOSTILE_TEXTS = [
  ...["", " ", ".", "..", "../../api/v1/users/{boss}", "{id}/lifecycle/deactivate", "{id}?x=1", "{id}#", "{id}%2F.."],
  ...[
    "{id}\u0000",
    "{id}\r\nX-Evil: 1",
    "\\..\\{id}",
    "/{id}",
    "{boss}/../{id}",
    "%2e%2e",
    "me",
    "{protected}",
    "{owner}",
  ],
  ...["\u202E{id}", "{login}\u200B", "\uFEFF{id}", "\uD83D", "\u{E0041}{id}", "\u001B]0;x\u0007", "{id}\u2028"],
  ...["__proto__", "constructor", "null", "undefined", "true", "[object Object]", "NaN", "-1", "1e400"],
  ...[
    '{"id":1}',
    "' or 1=1 --",
    '" or id pr or "',
    "$\u007Bid}",
    "x".repeat(300),
    "x".repeat(20_000),
    "\u202E".repeat(2_000),
  ],
];

const HOSTILE_VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, Number.MAX_SAFE_INTEGER, [], {}, [null], [[]], { "": "" }],
  ...[["{id}"], { id: "{id}" }, { toString: "x" }, { toJSON: 1 }, { length: 1e9 }, { confirm: true }],
  ...[Array.from({ length: 2_000 }, () => "x"), nested(DEEP), JSON.parse('{"__proto__":{"confirm":true}}')],
  ...[{ constructor: { prototype: { confirm: true } } }, { value: "none" }, { password: { value: "{secret}" } }],
];

export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE_VALUES) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

/** Keys that are nobody's argument, or something else's than one thinks. */
const HOSTILE_KEYS = [
  ...[
    "wait_for_previous",
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "Confirm",
    "confirm ",
  ],
  ...[
    "confirmed",
    "force",
    "userid",
    "id",
    "login",
    "path",
    "query",
    "headers",
    "body",
    "method",
    "_meta",
    "progressToken",
  ],
  ...[
    "password",
    "credentials",
    "token",
    "apiToken",
    "signal",
    "ask",
    "effect",
    "\u202Emrifnoc",
    "",
    "x".repeat(2_000),
  ],
];

/** Whoever puts a password there has put it where one belongs. */
const CONFIDENTIAL = ["password", "credentials", "apiToken", "token"];

/** An object with this key as its own, whatever the key is called. */
export function withKey(args: Args, key: string, value: unknown): Args {
  return Object.fromEntries([...Object.entries(args).filter(([name]) => name !== key), [key, value]]);
}

/** The paths of every value in an object, itself not included. */
function placesIn(value: unknown, path: readonly string[] = []): string[][] {
  return keysOf(value).flatMap((key) => [
    [...path, key],
    ...placesIn(Object.entries(fieldsOf(value)).find(([name]) => name === key)?.[1], [...path, key]),
  ]);
}

function replaced(args: Args, [key = "", ...rest]: readonly string[], value: unknown): Args {
  if (rest.length === 0) return withKey(args, key, value);
  return withKey(args, key, replaced(fieldsOf(args[key]), rest, value));
}

/** Arguments that fit but for one thing. */
export function spoiledArguments(schema: unknown, takesUser: boolean): fc.Arbitrary<Args> {
  const names = keysOf(at(schema, "properties"));
  return fc
    .tuple(fittingArguments(schema, takesUser), fc.nat(), hostileValue, fc.constantFrom(...HOSTILE_KEYS), fc.nat(5))
    .map(([args, n, value, key, how]) => {
      const places = placesIn(args);
      const place = places[n % Math.max(places.length, 1)] ?? ["userId"];
      const name = names[n % Math.max(names.length, 1)] ?? "userId";
      switch (how) {
        case 0:
          return withKey(args, key, CONFIDENTIAL.includes(key) ? "{secret}" : value);
        case 1:
          return Object.fromEntries(Object.entries(args).filter(([one]) => one !== place[0]));
        case 2:
          return withKey(args, `${name}s`, args[name] ?? value);
        case 3:
          return withKey(args, name, value);
        default:
          return replaced(args, place, value);
      }
    });
}

/** Arguments in which nothing needs to fit. */
export function hostileArguments(schema: unknown): fc.Arbitrary<Args> {
  const names = [...keysOf(at(schema, "properties")), ...HOSTILE_KEYS];
  return fc
    .array(fc.tuple(fc.constantFrom(...names), hostileValue), { maxLength: 6 })
    .map((entries) => Object.fromEntries(entries));
}
