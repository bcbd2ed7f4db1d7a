import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearest } from "../../src/nearest.ts";
import { RUNS } from "./runs.ts";

const TOOLS = ["list_users", "get_user", "create_user", "suspend_user", "unsuspend_user", "revoke_user_sessions"];

describe("nearest", () => {
  it.each([
    ["list_user", TOOLS, "list_users"],
    ["listusers", TOOLS, "list_users"],
    ["suspend_users", TOOLS, "suspend_user"],
    ["unsupend_user", TOOLS, "unsuspend_user"],
    ["sessions", TOOLS, "revoke_user_sessions"],
    ["SESSIONS", TOOLS, "revoke_user_sessions"],
    ["userid", ["userId", "limit"], "userId"],
    ["send_email", ["sendEmail", "userId"], "sendEmail"],
    ["get_user", TOOLS, "get_user"],
    ["completely_different", TOOLS, undefined],
    ["xx", TOOLS, undefined],
    ["us", TOOLS, undefined],
    ["", TOOLS, undefined],
    ["x".repeat(101), TOOLS, undefined],
    ["list_users", [], undefined],
  ])("%j among %j is %j", (word, known, found) => {
    expect(nearest(word, known)).toBe(found);
  });

  it("gives a known word or none, and a known word for itself", () => {
    const words = fc.array(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(words, fc.string({ maxLength: 110 }), (known, word) => {
        expect([undefined, ...known]).toContain(nearest(word, known));
        for (const own of known) expect(nearest(own, known)).toBe(own);
      }),
      RUNS,
    );
  });
});
