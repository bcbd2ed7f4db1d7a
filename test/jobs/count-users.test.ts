import type { Progress } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, it } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import { world } from "../tools/support.ts";
import { causesOf, everybody, tallied } from "./support.ts";

const w = world({}, 650);

/** Counts of one value, as the reply has them. */
function groups(reply: unknown, word: string): [unknown, unknown][] {
  return listAt(reply, "groups").map((group) => [Object(group)[word], at(group, "count")]);
}

function sorted(counts: Map<unknown, number>): [unknown, number][] {
  return [...counts].sort(([a, more], [b, less]) => less - more || (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

describe("count_users", () => {
  it("counts everybody, DEPROVISIONED too, which a plain list leaves out", async () => {
    const people = await everybody(w.org);
    const [{ reply }, requests] = await w.org.watch(() => w.server.call("count_users"));
    expect(reply).toEqual({ total: people.length, groups: [], complete: true, requests: requests.length });
    expect(people.length).toBeGreaterThan(600);
    expect(tallied(people, "status").get("DEPROVISIONED")).toBeGreaterThan(0);
  });

  it("asks for whole pages, and in them for what it counts", async () => {
    const by = ["status", "profile.department"];
    const [{ reply }, requests] = await w.org.watch(() => w.server.call("count_users", { by }));
    expect(at(reply, "requests")).toBe(4);
    for (const { path, query } of requests) {
      const asked = new URLSearchParams(query);
      expect([path, asked.get("limit"), asked.get("fields")]).toEqual([
        "/api/v1/users",
        "200",
        "id,status,profile:(department)",
      ]);
    }
  });

  /** [by, where the value is, how many characters of it count] */
  const words: readonly [string, string, number?][] = [
    ["status", "status"],
    ["type.id", "type.id"],
    ["profile.department", "profile.department"],
    ["profile.city", "profile.city"],
    ["profile.remote", "profile.remote"],
    ["profile.agency", "profile.agency"],
    ["lastLogin:month", "lastLogin", 7],
  ];
  it.each(words)("groups by %s, largest first", async (by, path, cut) => {
    const { reply } = await w.server.call("count_users", { by: [by] });
    expect(groups(reply, by)).toEqual(sorted(tallied(await everybody(w.org), path, cut)));
  });

  it("shows who has no value apart", async () => {
    const { reply } = await w.server.call("count_users", { by: ["profile.agency"] });
    const none = (await everybody(w.org)).filter((person) => at(person, "profile.agency") === undefined);
    expect(listAt(reply, "groups")).toContainEqual({ "profile.agency": null, count: none.length });
  });

  it("groups by two, within a search", async () => {
    const search = 'profile.department eq "IT" or profile.department eq "Legal"';
    const { reply } = await w.server.call("count_users", { search, by: ["profile.department", "status"] });
    const people = await everybody(w.org, search);
    expect(at(reply, "total")).toBe(people.length);
    for (const group of listAt(reply, "groups"))
      expect(at(group, "count")).toBe(
        people.filter(
          (person) =>
            at(person, "status") === at(group, "status") &&
            at(person, "profile.department") === Object(group)["profile.department"],
        ).length,
      );
  });

  it.each([["profile.login"], ["profile.skills"], ["created:month"], ["profile.city", "profile.title"]])(
    "stays under 1 KB however many groups there are: by %s",
    async (...by) => {
      const { reply, text } = await w.server.call("count_users", { by });
      expect(Buffer.byteLength(text)).toBeLessThan(1_024);
      const counts = listAt(reply, "groups").map((group) => Number(at(group, "count")));
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(at(reply, "total"));
      expect(listAt(reply, "groups").at(-1)).toEqual({ otherGroups: expect.any(Number), count: expect.any(Number) });
    },
  );

  it("shows values somebody wrote inert", async () => {
    await w.org.person("ACTIVE", { department: "Sa\u202Eles\u0000" });
    const { text } = await w.server.call("count_users", {
      search: 'profile.department sw "Sa"',
      by: ["profile.department"],
    });
    expect(text).toContain("Sa\\\\u{202E}les\\\\u{0}");
  });

  /** [arguments, the refusal] */
  const refusals: readonly [Record<string, unknown>, RegExp][] = [
    [{ by: ["department"] }, /^invalid_arguments: .*did you mean profile\.department\?/],
    [{ by: ["lastLogin"] }, /did you mean lastLogin:month\?/],
    [{ by: ["profile.departmnt"] }, /profile\.departmnt.* is no attribute.*did you mean profile\.department\?/],
    [{ by: ["profile.(x)"] }, /by: is no attribute/],
    [{ by: ["status", "status"] }, /names the same twice/],
    [{ by: ["status", "type.id", "created:month"] }, /takes at most 2 entries/],
    [{ resume: "x", by: ["status"] }, /resume: goes alone/],
    [{ resume: "x" }, /resume: is none of the last replies/],
    [{ search: "nonsense" }, /^E0000031/],
  ];
  it.each(refusals)("refuses %j", async (args, why) => {
    const { failed, reply } = await w.server.call("count_users", args);
    expect([failed, causesOf(reply)]).toEqual([true, expect.stringMatching(why)]);
  });

  it("goes on where time was over, and counts nobody twice", async () => {
    const server = await w.another({ OKTA_TIMEOUT_SECONDS: "1" });
    await w.org.fault({ kind: "delay", delayMs: 1, path: "/api/v1/users", count: 2 });
    await w.org.fault({ kind: "delay", delayMs: 2_500, path: "/api/v1/users" });
    const first = await server.call("count_users", { by: ["status"] });
    expect(first.reply).toMatchObject({ total: 400, complete: false, requests: 2 });
    expect(Buffer.byteLength(first.text)).toBeLessThan(1_024);
    const resume = textAt(first.reply, "resume");
    const whole = await w.server.call("count_users", { by: ["status"] });
    // Twice, since the first answer may be lost.
    for (let turn = 0; turn < 2; turn += 1) {
      const { reply } = await server.call("count_users", { resume });
      expect(reply).toEqual(whole.reply);
    }
  });

  it("waits out a rate limit while the call may last, and tells who follows progress", async () => {
    const server = await w.another({ OKTA_MAX_WAIT_SECONDS: "0" });
    await w.org.fault({ kind: "delay", delayMs: 1_100, path: "/api/v1/users" });
    await w.org.fault({ kind: "status", status: 429, resetInSeconds: 2, path: "/api/v1/users" });
    const told: Progress[] = [];
    const { structuredContent } = await server.client.callTool({ name: "count_users", arguments: {} }, undefined, {
      onprogress: (progress) => told.push(progress),
    });
    expect(structuredContent).toMatchObject({ complete: true, requests: 4 });
    const messages = told.map(({ message }) => message ?? "");
    expect(messages.join()).toMatch(/^200 people counted so far/);
    expect(messages.join()).toMatch(/Waiting \d s for Okta's rate limit/);
  });

  it("does nothing that list_users may not", async () => {
    const server = await w.another({ OKTA_TOOLS: "count_users" });
    const { failed, reply } = await server.call("count_users");
    expect([failed, at(reply, "error.code")]).toEqual([true, "tool_disabled"]);
  });
});
