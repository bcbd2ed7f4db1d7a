import { describe, expect, it } from "vitest";
import { gate, type Stale } from "../../src/confirm.ts";
import type { Okta } from "../../src/okta/client.ts";
import { UnsendableError } from "../../src/okta/error.ts";
import type { Target } from "../../src/operation.ts";
import { isUserId, nameOf, newcomer } from "../../src/person.ts";
import { previewOf } from "../../src/preview.ts";
import { Refusal } from "../../src/refusal.ts";
import { buildRequest, withoutSecrets } from "../../src/request.ts";
import type { JsonObject } from "../../src/schema.ts";
import { operations } from "../../tools/index.ts";
import { named } from "./named.ts";

type Arguments = Readonly<Record<string, unknown>>;

describe("buildRequest", () => {
  const OMIT_ALL = "application/json; okta-response=omitCredentials,omitCredentialsLinks,omitTransitioningToStatus";
  /** [tool, checked arguments, parts of the request that matter] */
  const cases: readonly [string, Arguments, object][] = [
    [
      "get_user",
      { userId: "me" },
      { method: "GET", path: { userId: "me" }, query: {}, headers: { "content-type": OMIT_ALL }, effect: "read" },
    ],
    ["get_user", { userId: "me", detail: "full" }, { headers: {} }],
    ["get_user", { userId: "me", expand: "blocks" }, { query: { expand: "blocks" }, headers: {} }],
    [
      "get_user",
      { userId: "me", oktaResponse: ["omitCredentials"] },
      { headers: { "content-type": "application/json; okta-response=omitCredentials" } },
    ],
    ["get_user", { userId: "me", oktaResponse: [] }, { headers: { "content-type": "application/json" } }],
    ["list_users", { limit: 5, q: "a" }, { query: { limit: "5", q: "a" }, headers: { "content-type": OMIT_ALL } }],
    ["list_users", { limit: 5, fields: "id" }, { query: { limit: "5", fields: "id" }, headers: {} }],
    ["suspend_user", { userId: "u", confirm: true }, { method: "POST", query: {}, headers: {}, effect: "write" }],
    [
      "deactivate_user",
      { userId: "u", sendEmail: false, prefer: "respond-async" },
      { query: { sendEmail: "false" }, headers: { prefer: "respond-async" } },
    ],
    [
      "update_user",
      { userId: "u", profile: { city: null }, ifMatch: 'W/"1"', strict: true },
      { body: { profile: { city: null } }, headers: { "if-match": 'W/"1"' }, query: { strict: "true" } },
    ],
    ["update_user", { userId: "u" }, { body: {}, query: {} }],
    [
      "list_user_events",
      { userId: '00u"\\', limit: 5 },
      {
        path: {},
        query: {
          limit: "5",
          filter: 'actor.id eq "00u\\"\\\\" or target.id eq "00u\\"\\\\"',
          sortOrder: "DESCENDING",
        },
      },
    ],
    [
      "list_user_events",
      { userId: "u", filter: 'severity eq "WARN"', limit: 5 },
      { query: { filter: '(actor.id eq "u" or target.id eq "u") and (severity eq "WARN")' } },
    ],
    [
      "create_user",
      { profile: {}, activate: false, groupIds: ["g"], realmId: "r" },
      { path: {}, query: { activate: "false" }, body: { profile: {}, groupIds: ["g"], realmId: "r" } },
    ],
    [
      "assign_role_to_user",
      { userId: "u", type: "CUSTOM", role: "c", "resource-set": "r", disableNotifications: true },
      { body: { type: "CUSTOM", role: "c", "resource-set": "r" }, query: { disableNotifications: "true" } },
    ],
    [
      "delete_user",
      { userId: "u", confirm: true },
      { method: "DELETE", template: "/api/v1/users/{userId}", query: {} },
    ],
  ];
  it.each(cases)("%s with %j", (tool, args, parts) => {
    expect(buildRequest(named(tool), args)).toMatchObject(parts);
  });

  it.each([["a\nb"], ["W/\u00E9"], ["\u202E"], ["a\u0000"], [""]])(
    "refuses an etag no header can carry, by the argument's name, case %#",
    (ifMatch) => {
      const build = (): unknown => buildRequest(named("update_user"), { userId: "u", ifMatch });
      expect(build).toThrow(UnsendableError);
      expect(build).toThrow(expect.objectContaining({ field: "ifMatch" }));
    },
  );

  it("never sends what is for us alone", () => {
    const sent = operations.map((operation) => {
      const args = Object.fromEntries(Object.keys(operation.input.shape).map((name) => [name, `value-of-${name}`]));
      return JSON.stringify(buildRequest(operation, args));
    });
    expect(sent.filter((request) => /value-of-(confirm|detail)/.test(request))).toEqual([]);
    expect(sent).toHaveLength(operations.length);
  });

  it("sends every other argument exactly once, and those it only makes a query of inside that", () => {
    const wrong = operations.flatMap((operation) => {
      const names = Object.keys(operation.input.shape).filter(
        (name) => !["confirm", "detail", "preview"].includes(name),
      );
      const args = Object.fromEntries(names.map((name) => [name, [`value-of-${name}.`]]));
      const request = JSON.stringify(buildRequest(operation, args));
      const times = (name: string): number => request.split(`value-of-${name}.`).length - 1;
      return names
        .filter((name) => (name in operation.unsent ? times(name) === 0 : times(name) !== 1))
        .map((name) => `${operation.name} ${name}`);
    });
    expect(wrong).toEqual([]);
  });

  it("has a body exactly where the operation has fields for one", () => {
    const wrong = operations.filter((operation) => {
      const has = "body" in buildRequest(operation, {});
      return has !== Object.keys(operation.body).length > 0;
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it("is a read exactly for operations that read", () => {
    const wrong = operations.filter(
      (operation) => (buildRequest(operation, {}).effect === "read") !== (operation.effect === "read"),
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});

describe("people", () => {
  it.each([
    ["00u1ab2cd3EF4gh5IJ67", true],
    ["00u1ab2cd3EF4gh5IJ6", false],
    ["00u1ab2cd3EF4gh5IJ678", false],
    ["00g1ab2cd3EF4gh5IJ67", false],
    ["00u1ab2cd3EF4gh5IJ6_", false],
    [" 00u1ab2cd3EF4gh5IJ67", false],
    ["00u1ab2cd3EF4gh5IJ67\n", false],
    ["ada@example.com", false],
    ["me", false],
    ["", false],
  ])("%j is surely an id: %s", (value, surely) => {
    expect(isUserId(value)).toBe(surely);
  });

  it.each([
    [{ firstName: "Ada", lastName: "Example" }, "Ada Example"],
    [{ firstName: "Ada" }, "Ada"],
    [{ lastName: "Example", displayName: "x" }, "Example"],
    [{ firstName: null, lastName: "", displayName: "The Countess" }, "The Countess"],
    [{ firstName: 7 }, ""],
    [{}, ""],
  ])("%j is called %j", (profile, name) => {
    expect(nameOf(profile)).toBe(name);
  });

  it("to be created have no id and no status", () => {
    const profile = { login: "ada@example.com", firstName: "Ada" };
    expect(newcomer(profile)).toEqual({ id: null, login: "ada@example.com", name: "Ada", status: null, profile });
    expect(newcomer(undefined)).toEqual({ id: null, login: "", name: "", status: null, profile: {} });
  });
});

describe("arguments that are kept", () => {
  const profile = { value: "kept", answer: "kept", salt: "kept", list: ["kept", null, 7, true] };
  /** [arguments, what may be kept] */
  const cases: readonly [Arguments, object][] = [
    [{ userId: "ada", confirm: true }, { userId: "ada" }],
    [
      { profile, strict: true },
      { profile, strict: true },
    ],
    [
      { oldPassword: { value: "s3cret" }, newPassword: { value: "s3cret" } },
      { oldPassword: { value: "[secret]" }, newPassword: { value: "[secret]" } },
    ],
    [
      {
        credentials: {
          password: { hash: { algorithm: "SHA-1", value: "s3cret", salt: "s3cret", saltOrder: "PREFIX" } },
        },
      },
      {
        credentials: {
          password: { hash: { algorithm: "SHA-1", value: "[secret]", salt: "[secret]", saltOrder: "PREFIX" } },
        },
      },
    ],
    [
      { password: { value: "abc" }, recovery_question: { question: "Pet?", answer: "s3cret" } },
      { password: { value: "[secret]" }, recovery_question: { question: "Pet?", answer: "[secret]" } },
    ],
  ];
  it.each(cases)("%j", (args, kept) => {
    expect(withoutSecrets(args)).toEqual(kept);
    expect(JSON.stringify(withoutSecrets(args))).not.toContain("s3cret");
  });
});

describe("the gate", () => {
  const ada: Target = {
    id: "00u1ab2cd3EF4gh5IJ67",
    login: "ada@example.com",
    name: "Ada \u202EExample",
    status: "ACTIVE",
    profile: { login: "ada@example.com", email: "ada@example.com" },
  };

  /** An org where nothing goes with anything, and nobody is an admin. */
  const okta: Okta = {
    check: () => {},
    send: async () => ({ status: 200, body: [], etag: undefined, next: undefined, requestId: undefined }),
    now: () => 0,
    buckets: () => [],
    limitFor: () => undefined,
    close: async () => {},
  };

  async function ask(
    tool: string,
    args: Arguments,
    person: Target = ada,
    stale?: Stale,
  ): Promise<{ refusal: unknown; reads: number; previews: number; passed: unknown }> {
    let [reads, previews] = [0, 0];
    const read = async (): Promise<Target> => {
      reads += 1;
      return person;
    };
    const preview = (target: Target, consequence: string): Promise<JsonObject> => {
      previews += 1;
      return previewOf(named(tool), args, target, consequence, { okta, operation: named }, {});
    };
    try {
      return {
        passed: await gate(named(tool), args, { read, preview, stale, confirm: args.confirm === true }),
        refusal: undefined,
        reads,
        previews,
      };
    } catch (refusal) {
      return { passed: undefined, refusal, reads, previews };
    }
  }

  const unasked = { passed: { consent: "none" }, refusal: undefined, reads: 0, previews: 0 };

  it.each(operations.filter(({ effect }) => effect === "destructive").map(({ name }) => [name]))(
    "%s does nothing without confirm: true, and nothing else counts as that",
    async (tool) => {
      for (const confirm of [undefined, false, null, "true", "yes", 1, {}, []]) {
        const { refusal, reads, previews } = await ask(tool, { userId: "ada", confirm });
        expect(refusal).toBeInstanceOf(Refusal);
        expect(refusal).toMatchObject({
          code: "confirmation_required",
          summary: `Nothing was done: ${tool} needs the person's consent.`,
        });
        expect([reads, previews]).toEqual([1, 1]);
      }
      expect(await ask(tool, { userId: "ada", confirm: true })).toEqual({
        ...unasked,
        passed: { consent: "argument", consequence: expect.stringMatching(/\S/) },
      });
    },
  );

  it.each(["target_changed", "confirmation_required"] as const)(
    "takes no consent that was for something else: %s",
    async (code) => {
      const stale = { code, summary: "that was for something else." };
      for (const confirm of [true, false, undefined])
        expect(await ask("delete_user", { userId: "ada", confirm }, ada, stale)).toMatchObject({
          passed: undefined,
          refusal: {
            code,
            summary: "Nothing was done: that was for something else.",
            hint: "Show the preview to the person you work for. Only when they agree, call again with confirm: true.",
            preview: { action: "delete_user", target: { id: ada.id } },
          },
          reads: 1,
          previews: 1,
        });
      // Also what needs no consent is meant for one person, and for no other.
      const unneeded = await ask("unsuspend_user", { userId: "ada" }, ada, stale);
      if (code === "target_changed") expect(unneeded).toMatchObject({ refusal: { code }, reads: 1, previews: 1 });
      else expect(unneeded).toEqual(unasked);
    },
  );

  it.each(operations.filter(({ confirm }) => confirm === undefined).map(({ name }) => [name]))(
    "%s passes unasked and unread",
    async (tool) => {
      expect(await ask(tool, { userId: "ada" })).toEqual(unasked);
    },
  );

  it("shows whom and what it is about, with hidden characters made visible", async () => {
    const { refusal } = await ask("suspend_user", { userId: "ada" });
    expect(refusal).toMatchObject({
      hint: "Show the preview to the person you work for. Only when they agree, call again with confirm: true.",
      preview: {
        action: "suspend_user",
        consequence: "They cannot sign in until unsuspended; apps and groups stay.",
        undoneBy: "unsuspend_user",
        target: { id: ada.id, login: ada.login, name: "Ada \\u{202E}Example", status: "ACTIVE" },
        changes: { status: { from: "ACTIVE", to: "SUSPENDED" } },
      },
    });
    expect(refusal instanceof Refusal && Object.keys(refusal.preview ?? {})).toEqual([
      "action",
      "consequence",
      "undoneBy",
      "target",
      "changes",
    ]);
  });

  it("passes an update that changes no way into the account, having read the person once", async () => {
    const same = { userId: "ada", profile: { email: ada.login, city: "Here" } };
    expect(await ask("update_user", same)).toEqual({ ...unasked, reads: 1 });
    expect((await ask("update_user", { userId: "ada", profile: { city: "Here" } })).reads).toBe(0);
  });

  it("says what a delete does by the status of the person", async () => {
    const gone = { ...ada, status: "DEPROVISIONED" as const };
    expect((await ask("delete_user", { userId: "ada" })).refusal).toMatchObject({
      preview: { consequence: expect.stringContaining("is deactivated") },
    });
    expect((await ask("delete_user", { userId: "ada" }, gone)).refusal).toMatchObject({
      preview: { consequence: expect.stringContaining("erases it for good") },
    });
  });

  it.each([
    ["suspend_user", "STAGED", "Okta refuses this while the user is STAGED."],
    ["suspend_user", "SUSPENDED", "The user is SUSPENDED already; Okta may refuse this."],
    ["suspend_user", "RECOVERY", "Okta may refuse this while the user is RECOVERY."],
    ["suspend_user", "ACTIVE", undefined],
    ["deactivate_user", "DEPROVISIONED", "The user is DEPROVISIONED already; Okta may refuse this."],
    ["expire_password", "PASSWORD_EXPIRED", "The user is PASSWORD_EXPIRED already."],
    ["reset_password", "RECOVERY", "The user is RECOVERY already."],
    ["reset_factors", "STAGED", undefined],
    ["suspend_user", null, undefined],
  ] as const)("%s of a user who is %s warns: %s", async (tool, status, warning) => {
    const { refusal } = await ask(tool, { userId: "ada" }, { ...ada, status });
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal instanceof Refusal && refusal.preview?.warning).toBe(warning);
  });

  it("lets Okta's answer through when the person cannot be read", async () => {
    const failed = new Error("E0000007");
    const asking = {
      read: () => Promise.reject(failed),
      preview: () => Promise.reject(new Error("never made")),
      confirm: false,
    };
    await expect(gate(named("suspend_user"), { userId: "x" }, asking)).rejects.toBe(failed);
  });
});
