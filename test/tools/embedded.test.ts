import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import { startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** Whoever comes first in the sandbox. */
async function somebody(status: string): Promise<string> {
  const { reply } = await server.call("list_users", { search: `status eq "${status}"`, limit: 1 });
  return textAt(reply, "users.0.id");
}

describe("with no settings the sandbox org is served, and nobody can miss it", () => {
  it("in the server's title and instructions", () => {
    expect(server.client.getServerVersion()?.title).toMatch(/sandbox/i);
    expect(server.client.getInstructions()?.split("\n")[0]).toMatch(/sandbox/i);
  });

  it("in the first line of stderr", async () => {
    // stderr comes by a pipe of its own.
    await vi.waitFor(() => expect(server.stderr()).toContain("\n"), { timeout: 5_000 });
    expect(server.stderr().split("\n")[0]).toMatch(/sandbox/i);
  });

  const replies: [title: string, tool: string, args: (id: string) => Record<string, unknown>, failed: boolean][] = [
    ["a list", "list_users", () => ({}), false],
    ["one user", "get_user", (userId) => ({ userId }), false],
    ["a write", "update_user", (userId) => ({ userId, profile: { city: "Oslo" } }), false],
    ["what is done", "revoke_user_sessions", (userId) => ({ userId, confirm: true }), false],
    ["a preview", "suspend_user", (userId) => ({ userId }), true],
    ["a refusal of Okta", "unsuspend_user", (userId) => ({ userId }), true],
    ["bad input", "get_user", () => ({ userId: ".." }), true],
  ];
  for (const [title, tool, args, failed] of replies)
    it(`as the first key of each reply: ${title}`, async () => {
      const answer = await server.call(tool, args(await somebody("ACTIVE")));
      expect(answer.failed).toBe(failed);
      expect(Object.entries(Object(answer.reply))[0]).toEqual(["org", "sandbox"]);
      expect(answer.text.startsWith('{"org":"sandbox",')).toBe(true);
    });

  it("and it works: what was changed is changed in the next call", async () => {
    const userId = await somebody("SUSPENDED");
    expect((await server.call("unsuspend_user", { userId })).reply).toEqual({
      org: "sandbox",
      done: "unsuspend_user",
      userId,
    });
    expect(at((await server.call("get_user", { userId })).reply, "user.status")).not.toBe("SUSPENDED");
  });

  it("and 25 people come within 6 KB here too", async () => {
    const { reply, text } = await server.call("list_users");
    expect(listAt(reply, "users")).toHaveLength(25);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(6 * 1024);
  });
});

describe("with an org nothing speaks of a sandbox", () => {
  it("in title, instructions, stderr or replies", async () => {
    const real = await startServer({ OKTA_ORG_URL: "http://127.0.0.1:9", OKTA_API_TOKEN: "00token" });
    try {
      await vi.waitFor(() => expect(real.stderr()).toContain("\n"), { timeout: 5_000 });
      expect(real.client.getServerVersion()?.title).toContain("127.0.0.1:9");
      const { reply, text } = await real.call("get_user", { userId: ".." });
      expect(Object.keys(Object(reply))[0]).toBe("error");
      for (const said of [text, real.stderr(), real.client.getServerVersion()?.title, real.client.getInstructions()])
        expect(said).not.toMatch(/sandbox/i);
    } finally {
      await real.stop();
    }
  });
});
