import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Refusal } from "../../src/refusal.ts";
import { invalid, validate } from "../../src/validate.ts";
import { operations } from "../../tools/index.ts";
import { named } from "./named.ts";
import { RUNS } from "./runs.ts";
import { titled } from "./texts.ts";

type Arguments = Readonly<Record<string, unknown>>;

function causes(tool: string, args: Arguments): readonly string[] {
  try {
    validate(named(tool), args);
  } catch (error) {
    if (error instanceof Refusal && error.code === "invalid_arguments") return error.causes;
    throw error;
  }
  throw new Error(`${tool} takes ${JSON.stringify(args)}`);
}

const profile = { login: "ada@example.com", email: "ada@example.com", firstName: "Ada", lastName: "Example" };

describe("arguments that fit", () => {
  /** [tool, given, what the operation gets] */
  const cases: readonly [string, Arguments, Arguments][] = [
    ["get_user", { userId: "me" }, { userId: "me" }],
    ["get_user", { userId: "me", expand: null, detail: null, oktaResponse: null }, { userId: "me" }],
    ["get_user", { userId: "me", wait_for_previous: true }, { userId: "me" }],
    ["get_user", { userId: "me", confirm: true }, { userId: "me" }],
    ["get_user", { userId: "me", confirm: "yes" }, { userId: "me" }],
    ["get_user", { userId: "me", detail: "full" }, { userId: "me", detail: "full" }],
    ["list_users", {}, { limit: 25 }],
    ["list_users", { limit: null }, { limit: 25 }],
    ["list_users", { limit: 200 }, { limit: 200 }],
    ["list_users", { limit: 25, detail: "full" }, { limit: 25, detail: "full" }],
    [
      "list_users",
      { search: 'status eq "ACTIVE"', sortBy: "profile.lastName", sortOrder: "desc" },
      { search: 'status eq "ACTIVE"', sortBy: "profile.lastName", sortOrder: "desc", limit: 25 },
    ],
    ["list_users", { oktaResponse: ["omitCredentials"] }, { oktaResponse: ["omitCredentials"], limit: 25 }],
    ["list_users", { search: "x", filter: null }, { search: "x", limit: 25 }],
    ["suspend_user", { userId: "ada", confirm: true }, { userId: "ada", confirm: true }],
    ["suspend_user", { userId: "ada", confirm: false }, { userId: "ada", confirm: false }],
    ["suspend_user", { userId: "ada", confirm: null }, { userId: "ada" }],
    ["create_user", { profile }, { profile }],
    [
      "create_user",
      { profile: { ...profile, badge: 7, tags: ["a", null], vip: true } },
      { profile: { ...profile, badge: 7, tags: ["a", null], vip: true } },
    ],
    ["create_user", { profile, groupIds: Array(20).fill("00g1") }, { profile, groupIds: Array(20).fill("00g1") }],
    [
      "update_user",
      { userId: "a", profile: { city: null, manager: null } },
      { userId: "a", profile: { city: null, manager: null } },
    ],
    ["update_user", { userId: "a", credentials: null, profile: {} }, { userId: "a", profile: {} }],
    ["update_user", { userId: "a", credentials: { password: {} } }, { userId: "a", credentials: { password: {} } }],
    ["assign_role_to_user", { userId: "a", type: "APP_ADMIN" }, { userId: "a", type: "APP_ADMIN" }],
    [
      "assign_role_to_user",
      { userId: "a", type: "CUSTOM", role: "cr0", "resource-set": "iam" },
      { userId: "a", type: "CUSTOM", role: "cr0", "resource-set": "iam" },
    ],
    ["reset_password", { userId: "a", sendEmail: false }, { userId: "a", sendEmail: false }],
  ];
  it.each(cases.map(([tool, given, got]) => [tool, titled(given), given, got] as const))(
    "%s takes %s",
    (tool, _, given, got) => {
      expect(validate(named(tool), given)).toEqual(got);
    },
  );

  it("are not changed in place", () => {
    const given = Object.freeze({ userId: "me", confirm: true, expand: null });
    validate(named("get_user"), given);
    expect(given).toEqual({ userId: "me", confirm: true, expand: null });
  });
});

describe("arguments that do not fit", () => {
  const NOT_OURS = "is not an argument of this tool";
  const PLAIN = "must be text, a number, true, false, null, or a list of these";
  const CONSENT = "confirm: must be the boolean true, not a text or number";
  /** [tool, given, every cause] */
  const cases: readonly [string, Arguments, readonly string[]][] = [
    ["get_user", {}, ["userId: is required; give text"]],
    ["get_user", { userId: null }, ["userId: is required; give text"]],
    ["get_user", { userId: 7 }, ["userId: must be text, not a number"]],
    ["get_user", { userId: ["a"] }, ["userId: must be text, not a list"]],
    ["get_user", { userId: {} }, ["userId: must be text, not an object"]],
    ["get_user", { userId: true }, ["userId: must be text, not true or false"]],
    ["get_user", { userid: "me" }, ["userId: is required; give text", `userid: ${NOT_OURS}; did you mean userId?`]],
    ["get_user", { userId: "me", zzzzzz: 1 }, [`zzzzzz: ${NOT_OURS}`]],
    ["get_user", { userId: "me", id: "x" }, [`id: ${NOT_OURS}; did you mean userId?`]],
    ["update_user", { userId: "me", title: "x" }, [`title: ${NOT_OURS}; did you mean profile.title?`]],
    ["list_users", { query: "x" }, [`query: ${NOT_OURS}; did you mean q?`]],
    ["list_users", { cursor: "x" }, [`cursor: ${NOT_OURS}; did you mean after?`]],
    ["list_users", { status: "ACTIVE" }, [`status: ${NOT_OURS}; did you mean search?`]],
    [
      "list_users",
      { q: "x", search: "id pr" },
      ["q: cannot be combined with search or filter; put the condition into search"],
    ],
    ["get_user", { userId: "me", detail: "all" }, ["detail: must be one of concise, full"]],
    ["get_user", { userId: "me", expand: "groups" }, ["expand: must be one of blocks, classification"]],
    ["get_user", { userId: "me", "a\u202Eb": 1 }, [`a\\u{202E}b: ${NOT_OURS}`]],
    [
      "get_user",
      { userId: "me", ["k".repeat(200)]: 1 },
      [`${"k".repeat(60)}… [cut; 200 characters in all]: ${NOT_OURS}`],
    ],
    ["list_users", { limit: 0 }, ["limit: must be at least 1"]],
    ["list_users", { limit: 201 }, ["limit: must be at most 200"]],
    ["list_users", { limit: "25" }, ["limit: must be a number, not text"]],
    ["list_users", { limit: 1.5 }, [expect.stringMatching(/^limit: must be a whole number, not /)]],
    ["list_users", { limit: 26, detail: "full" }, ["limit: must be at most 25 with detail full"]],
    [
      "list_users",
      { search: "a", filter: "b" },
      ["filter: cannot be combined with search; put the condition into search"],
    ],
    ["list_users", { sortBy: "id" }, ["sortBy: has no effect without search; add a search"]],
    ["list_users", { q: "a", after: "b" }, ["after: does not go with q, which has one page; use search"]],
    ["list_users", { oktaResponse: "omitCredentials" }, ["oktaResponse: must be a list, not text"]],
    [
      "list_users",
      { oktaResponse: ["x"] },
      ["oktaResponse.0: must be one of omitCredentials, omitCredentialsLinks, omitTransitioningToStatus"],
    ],
    ["list_users", { serch: "x" }, [`serch: ${NOT_OURS}; did you mean search?`]],
    ["suspend_user", { userId: "a", confirm: "true" }, [CONSENT]],
    ["suspend_user", { userId: "a", confirm: 1 }, [CONSENT]],
    ["suspend_user", { userId: "a", confirm: {} }, [CONSENT]],
    ["create_user", {}, ["profile: is required; give an object"]],
    ["create_user", { profile: "ada" }, ["profile: must be an object, not text"]],
    ["create_user", { profile: [] }, ["profile: must be an object, not a list"]],
    ["create_user", { profile: { city: 5 } }, ["profile.city: must be text, not a number"]],
    ["create_user", { profile: { badge: {} } }, [`profile.badge: ${PLAIN}`]],
    ["create_user", { profile: { tags: [["a"]] } }, [`profile.tags: ${PLAIN}`]],
    ["create_user", { profile, groupIds: Array(21).fill("g") }, ["groupIds: takes at most 20 entries"]],
    ["create_user", { profile, groupIds: [1] }, ["groupIds.0: must be text, not a number"]],
    ["create_user", { profile, type: { id: "x", name: "y" } }, [`type.name: ${NOT_OURS}`]],
    ["create_user", { profile, credentials: { pasword: {} } }, [`credentials.pasword: ${NOT_OURS}`]],
    [
      "create_user",
      { profile, credentials: { password: { hash: { algorithm: "BCRYPT" } } } },
      ["credentials.password.hash.value: is required; give text"],
    ],
    [
      "create_user",
      { profile, credentials: { password: { hash: { algorithm: "ROT13", value: "x" } } } },
      ["credentials.password.hash.algorithm: must be one of BCRYPT, PBKDF2, SHA-512, SHA-256, SHA-1, MD5"],
    ],
    [
      "assign_role_to_user",
      { userId: "a", type: "KING" },
      [expect.stringMatching(/^type: must be one of SUPER_ADMIN, ORG_ADMIN, .*, CUSTOM$/)],
    ],
    ["assign_role_to_user", { userId: "a", type: "CUSTOM" }, ["role: is required when type is CUSTOM"]],
    [
      "assign_role_to_user",
      { userId: "a", type: "CUSTOM", role: "cr0" },
      ["resource-set: is required when type is CUSTOM"],
    ],
    ["assign_role_to_user", { userId: "a", type: "APP_ADMIN", role: "cr0" }, ["role: goes only with type CUSTOM"]],
    [
      "assign_role_to_user",
      { userId: "a", type: "APP_ADMIN", "resource-set": "x" },
      ["resource-set: goes only with type CUSTOM"],
    ],
    ["reset_password", { userId: "a" }, ["sendEmail: is required; give true or false"]],
    ["reset_password", { userId: "a", sendEmail: null }, ["sendEmail: is required; give true or false"]],
    ["reset_password", { userId: "a", sendEmail: "false" }, ["sendEmail: must be true or false, not text"]],
    [
      "change_password",
      { userId: "a", oldPassword: "x", newPassword: { value: 1 } },
      ["oldPassword: must be an object, not text", "newPassword.value: must be text, not a number"],
    ],
  ];
  it.each(cases.map(([tool, given, told]) => [tool, titled(given), given, told] as const))(
    "%s refuses %s",
    (tool, _, given, expected) => {
      expect(causes(tool, given)).toEqual(expected);
    },
  );

  it("are refused with what the tool takes", () => {
    const refusal = invalid(named("get_user"), ["userId: x"]);
    expect([refusal.code, refusal.summary, refusal.causes, refusal.hint]).toEqual([
      "invalid_arguments",
      "Nothing was sent: get_user cannot take these arguments.",
      ["userId: x"],
      "Correct what causes names. get_user takes: userId, expand, oktaResponse, detail.",
    ]);
  });

  it("keep prototypes out: a key of every object is an argument like any other", () => {
    expect(causes("get_user", JSON.parse('{"userId":"me","__proto__":{"a":1}}'))).toEqual([`__proto__: ${NOT_OURS}`]);
    expect(causes("get_user", { userId: "me", constructor: 1 })).toEqual([`constructor: ${NOT_OURS}`]);
  });

  it("never repeat a value, which may be a password", () => {
    const password = "Correct-horse-9";
    const told = causes("change_password", { userId: "a", oldPassword: password, newPassword: { value: [password] } });
    expect(told.length).toBe(2);
    expect(told.join()).not.toContain(password);
  });
});

describe("any arguments", () => {
  const tool = fc.constantFrom(...operations);
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.string(), fc.boolean(), fc.nat(300));
  it("are taken or refused with a cause, and never anything else", () => {
    fc.assert(
      fc.property(
        tool,
        fc.dictionary(fc.string(), value, { maxKeys: 3 }),
        fc.infiniteStream(value),
        (operation, extra, stream) => {
          const own = Object.keys(operation.input.shape).map((name) => [name, stream.next().value]);
          let refusal: unknown;
          try {
            const taken = validate(operation, { ...Object.fromEntries(own), ...extra });
            expect(Object.keys(operation.input.shape)).toEqual(expect.arrayContaining(Object.keys(taken)));
            expect([undefined, true, false]).toContain(taken.confirm);
            return;
          } catch (error) {
            refusal = error;
          }
          expect(refusal).toBeInstanceOf(Refusal);
          if (refusal instanceof Refusal) expect(refusal.causes.length).toBeGreaterThan(0);
        },
      ),
      RUNS,
    );
  });
});
