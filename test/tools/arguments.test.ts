import { describe, expect, it } from "vitest";
import { at, listAt } from "../support/at.ts";
import { type Args, lines, refusesArguments, world } from "./support.ts";

const w = world();

/** Arguments that must not change the request. */
const DROPPED: [tool: string, needless: Args, wire: string][] = [
  ["get_user", { confirm: true }, "GET /api/v1/users/{id}"],
  ["get_user", { confirm: "yes" }, "GET /api/v1/users/{id}"],
  ["get_user", { wait_for_previous: true }, "GET /api/v1/users/{id}"],
  ["get_user", { expand: null, oktaResponse: null, detail: null }, "GET /api/v1/users/{id}"],
  ["list_user_grants", { scopeId: null, after: null, limit: null }, "GET /api/v1/users/{id}/grants?limit=20"],
  ["unsuspend_user", { confirm: false }, "POST /api/v1/users/{id}/lifecycle/unsuspend"],
  ["unlock_user", { confirm: { agreed: 1 }, wait_for_previous: false }, "POST /api/v1/users/{id}/lifecycle/unlock"],
  [
    "suspend_user",
    { confirm: true, wait_for_previous: true, nothing: null },
    "POST /api/v1/users/{id}/lifecycle/suspend",
  ],
];

describe("arguments", () => {
  for (const [tool, needless, wire] of DROPPED)
    it(`${tool} drops ${JSON.stringify(needless)}`, async () => {
      const { id } = await w.org.person();
      const [{ reply }, requests] = await w.org.watch(() => w.server.call(tool, { userId: id, ...needless }));
      expect(lines(requests)).toEqual([wire.replace("{id}", id)]);
      expect(at(reply, "error.code")).not.toBe("invalid_arguments");
    });

  it("wait_for_previous is no way around what is strict", async () => {
    await refusesArguments(w, "get_user", { userId: "me", wait_for_next: true }, /^wait_for_next: is not an argument/);
    await refusesArguments(w, "get_user", { wait_for_previous: true }, /^userId: is required/);
  });

  it("a call without any arguments is one with none", async () => {
    const [result, requests] = await w.org.watch(() => w.server.client.callTool({ name: "list_users" }));
    expect(lines(requests)).toEqual(["GET /api/v1/users?limit=25"]);
    expect(listAt(result, "structuredContent.users")).toHaveLength(25);
  });

  it("every mistake is told at once", async () => {
    const args = { limt: 5, fields: 7, detail: "terse", limit: 500 };
    const { reply } = await w.server.call("list_users", args);
    expect(listAt(reply, "error.causes").map((cause) => String(cause).split(":")[0])).toEqual(
      expect.arrayContaining(["limt", "fields", "detail", "limit"]),
    );
  });

  it("names somebody made up come back escaped and short", async () => {
    const wrong = `lim\u202Eit${"x".repeat(5_000)}`;
    const { reply, text } = await w.server.call("list_users", { [wrong]: 1 });
    expect(at(reply, "error.code")).toBe("invalid_arguments");
    expect(text).toContain("lim\\\\u{202E}it");
    expect(text).not.toContain("\u202E");
    expect(text.length).toBeLessThan(1_500);
  });

  it("a thousand mistakes still make a reply of bounded length", async () => {
    const wrong = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, n) => [`nonsense${n}${"\u202E".repeat(40)}`, n]),
    );
    const flat = await w.server.call("list_users", wrong);
    const profile = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`attribute${n}`, { no: "object" }]));
    const deep = await w.server.call("update_user", { userId: "me", profile });
    for (const { reply, text } of [flat, deep]) {
      expect(at(reply, "error.code")).toBe("invalid_arguments");
      expect(listAt(reply, "error.causes").length).toBeGreaterThan(0);
      expect(text.length).toBeLessThanOrEqual(60_000);
    }
  });

  it("a value that was refused is not repeated: it may be a secret", async () => {
    const secret = "S3cret-in-the-wrong-place";
    const { id } = await w.org.person();
    for (const args of [
      { userId: id, oldPassword: secret, newPassword: { value: secret } },
      { userId: id, oldPassword: { value: secret, hint: secret }, newPassword: [secret] },
      { userId: id, oldPassword: { value: secret }, newPassword: { value: secret }, strict: secret },
    ]) {
      const { reply, text } = await w.server.call("change_password", args);
      expect(at(reply, "error.code")).toBe("invalid_arguments");
      expect(text).not.toContain(secret);
    }
  });
});
