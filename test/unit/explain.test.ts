import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explain } from "../../src/explain.ts";
import { type Failure, OktaError, UnsendableError } from "../../src/okta/error.ts";
import { Refusal } from "../../src/refusal.ts";
import { LONGEST_REPLY } from "../../src/shape.ts";
import { validate } from "../../src/validate.ts";
import { jobs, operations } from "../../tools/index.ts";
import { at, textAt } from "../support/at.ts";
import { named } from "./named.ts";
import { RUNS } from "./runs.ts";
import { anyText } from "./texts.ts";

const GENERAL = "Read summary and causes; if they do not help, an Okta admin can look up requestId in the system log.";
const INSIDE = {
  code: "bad_response",
  status: null,
  summary: "The call failed inside the server.",
  causes: [],
  requestId: null,
};

const told = (failure: Failure, tool = "get_user"): unknown => explain(new OktaError(failure), named(tool));
const hint = (code: Failure["code"], tool?: string): string => textAt(told({ code, summary: "x" }, tool), "hint");

describe("a failure of Okta's", () => {
  it("is told with all that helps", () => {
    const failure: Failure = {
      code: "E0000001",
      status: 400,
      summary: "Api validation failed: login",
      causes: ["login: The field cannot be left blank", "email: Does not match"],
      requestId: "aXyz",
    };
    expect(told(failure, "update_user")).toEqual({
      error: { ...failure },
      hint: "Correct what causes names, then call again.",
    });
  });

  it("is told in the same form where little is known", () => {
    expect(told({ code: "timeout", summary: "Okta did not answer in time." })).toEqual({
      error: { code: "timeout", status: null, summary: "Okta did not answer in time.", causes: [], requestId: null },
      hint: "Nothing was changed. Try again; OKTA_TIMEOUT_SECONDS sets how long to wait.",
    });
  });

  it("says when to come back", () => {
    const retryAt = "2026-01-01T00:00:00.000Z";
    expect(at(told({ code: "rate_limited", summary: "x", status: 429, retryAt }), "error.retryAt")).toBe(retryAt);
    expect(at(told({ code: "E0000007", summary: "x" }), "error")).not.toHaveProperty("retryAt");
  });

  it("shows Okta's texts with hidden characters made visible, and long ones cut", () => {
    const failure = told({
      code: "E0000007",
      summary: "a\u202Eb",
      causes: ["c\u0000d", "e".repeat(1_001)],
      requestId: "r\u200B",
    });
    expect(at(failure, "error.summary")).toBe("a\\u{202E}b");
    expect(at(failure, "error.causes.0")).toBe("c\\u{0}d");
    expect(at(failure, "error.causes.1")).toBe(`${"e".repeat(500)}… [cut; 1001 characters in all]`);
    expect(at(failure, "error.requestId")).toBe("r\\u{200B}");
  });

  it("shows no more than twenty causes", () => {
    const causes = Array.from({ length: 50 }, (_, index) => `cause ${index}`);
    expect(at(told({ code: "E0000001", summary: "x", causes }), "error.causes")).toEqual([
      ...causes.slice(0, 20),
      "… and 30 more",
    ]);
  });
});

describe("a hint", () => {
  const OURS: readonly Failure["code"][] = [
    "rate_limited",
    "timeout",
    "unreachable",
    "outcome_unknown",
    "not_done",
    "bad_response",
    "unauthorized",
    "insufficient_scope",
    "cancelled",
  ];
  it.each(OURS)("of its own comes with %s", (code) => {
    expect(hint(code)).not.toBe(GENERAL);
    expect(hint(code)).toMatch(/^[A-Z].*\.$/);
  });

  const OKTAS: readonly Failure["code"][] = [
    "E0000001",
    "E0000003",
    "E0000006",
    "E0000007",
    "E0000011",
    "E0000014",
    "E0000015",
    "E0000016",
    "E0000023",
    "E0000029",
    "E0000031",
    "E0000032",
    "E0000034",
    "E0000038",
    "E0000087",
    "E0000090",
    "E0000091",
    "E0000112",
    "E0000231",
  ];
  it.each(OKTAS)("of its own comes with Okta's %s", (code) => {
    expect(hint(code)).not.toBe(GENERAL);
    expect(hint(code)).toMatch(/^[A-Z].*\.$/);
  });

  it("that always helps comes with any other code", () => {
    expect(hint("E9999999")).toBe(GENERAL);
  });

  it("names only tools and settings there are", () => {
    const texts = [...OURS, ...OKTAS].flatMap((code) => operations.map(({ name }) => hint(code, name)));
    const words = new Set(texts.join(" ").match(/\b[a-z]+(_[a-z]+)+\b/g));
    const known = new Set([...operations, ...jobs].map(({ name }) => name));
    expect([...words].filter((word) => !known.has(word))).toEqual([]);
    expect(words.size).toBeGreaterThan(5);
  });

  it.each([
    ["suspend_user", "Do not send suspend_user again yet: first look with get_user (detail full) whether it was done."],
    [
      "revoke_user_grant",
      "Do not send revoke_user_grant again yet: first look with list_user_grants whether it was done.",
    ],
    ["create_user", "Do not send create_user again yet: first look with get_user (detail full) whether it was done."],
    ["revoke_user_sessions", "No read shows whether it was done; sending it again does no harm."],
    ["forgot_password", "No read shows whether it was done. Tell the person before sending it again."],
  ])("after a lost answer to %s: %s", (tool, expected) => {
    expect(hint("outcome_unknown", tool)).toBe(expected);
  });

  it.each([
    ["get_user", "okta.users.read"],
    ["suspend_user", "okta.users.manage"],
    ["assign_role_to_user", "okta.roles.manage"],
  ])("names the scope %s lacks: %s", (tool, scope) => {
    expect(hint("insufficient_scope", tool)).toContain(`grant ${scope} under Okta API Scopes`);
  });
});

describe("a refusal of ours", () => {
  it("is told as it is, with its preview between", () => {
    const preview = { action: "suspend_user", consequence: "x" };
    const refusal = new Refusal("confirmation_required", "Nothing was done.", { hint: "Ask.", preview });
    const reply = explain(refusal, named("suspend_user"));
    expect(reply).toEqual({
      error: { code: "confirmation_required", status: null, summary: "Nothing was done.", causes: [], requestId: null },
      preview,
      hint: "Ask.",
    });
    expect(Object.keys(reply)).toEqual(["error", "preview", "hint"]);
    expect(Object.keys(explain(new Refusal("read_only", "x", { hint: "y" }), named("get_user")))).toEqual([
      "error",
      "hint",
    ]);
  });

  it("for a value that cannot be sent is one for wrong arguments", () => {
    expect(explain(new UnsendableError("userId", "is empty; give an id"), named("get_user"))).toEqual({
      error: {
        code: "invalid_arguments",
        status: null,
        summary: "Nothing was sent: get_user cannot take these arguments.",
        causes: ["userId: is empty; give an id"],
        requestId: null,
      },
      hint: "Correct what causes names. get_user takes: userId, expand, oktaResponse, detail.",
    });
  });
});

describe("an error nobody foresaw", () => {
  const secret = "00Qe-dGnIWnTjE4zZLxp_RFQU4Wkq21nPGwSJbi3YO";
  const thrown: readonly [string, unknown][] = [
    ["an error", new Error(`failed with ${secret}`)],
    ["an error with a cause", new TypeError("x", { cause: new Error(secret) })],
    [
      "an error with more in it",
      Object.assign(new RangeError("x"), { code: "E0000001", failure: { summary: secret } }),
    ],
    ["a text", secret],
    ["an object", { message: secret, code: "rate_limited" }],
    ["nothing", undefined],
    ["null", null],
  ];
  it.each(thrown)("%s says nothing of itself to the model", (_, error) => {
    const reply = explain(error, named("get_user"));
    expect(reply).toEqual({ error: INSIDE, hint: "Try again; the server's stderr says more." });
    expect(JSON.stringify(reply)).not.toContain(secret);
  });

  it("in a write may have come after the deed", () => {
    const summary = "The call failed inside the server: it may or may not have been done.";
    expect(explain(new Error("x"), named("suspend_user"))).toEqual({
      error: { ...INSIDE, code: "outcome_unknown", summary },
      hint: "Do not send suspend_user again yet: first look with get_user (detail full) whether it was done.",
    });
  });
});

describe("an explanation is never longer than a reply may be", () => {
  const size = (reply: unknown): number => JSON.stringify(reply).length;

  it("however many arguments are wrong", () => {
    const profile = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`attribute${index}`, {}]));
    let refusal: unknown;
    try {
      validate(named("create_user"), { profile });
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(Refusal);
    expect(size(explain(refusal, named("create_user")))).toBeLessThanOrEqual(LONGEST_REPLY);
  });

  it("however much Okta's causes hide", () => {
    const causes = Array(20).fill("\u{E0041}".repeat(500));
    const reply = told({ code: "E0000001", summary: "\u202E".repeat(1_000), causes });
    expect(size(reply)).toBeLessThanOrEqual(LONGEST_REPLY);
  });

  it("and always of the same form, whatever Okta says", () => {
    const failure = fc.record({
      code: fc.constantFrom<Failure["code"]>("E0000001", "E0000007", "outcome_unknown", "bad_response"),
      summary: anyText,
      causes: fc.option(fc.array(anyText, { maxLength: 30 }), { nil: undefined }),
      requestId: fc.option(anyText, { nil: undefined }),
      status: fc.option(fc.nat(), { nil: undefined }),
    });
    fc.assert(
      fc.property(failure, fc.constantFrom(...operations), (said, operation) => {
        const reply = explain(new OktaError(said), operation);
        expect(size(reply)).toBeLessThanOrEqual(LONGEST_REPLY);
        expect(Object.keys(reply)).toEqual(["error", "hint"]);
        expect(Object.keys(Object(reply.error))).toEqual(["code", "status", "summary", "causes", "requestId"]);
        expect(JSON.stringify(reply)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
      RUNS,
    );
  });
});
