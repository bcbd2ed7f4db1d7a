import { describe, expect, it } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import { world } from "../tools/support.ts";
import { causesOf, everybody } from "./support.ts";

const w = world({}, 650);

const DAY_MS = 86_400_000;
const daysAgo = (time: unknown): number => (typeof time === "string" ? (Date.now() - Date.parse(time)) / DAY_MS : -1);
const isHere = (person: unknown): boolean => at(person, "status") !== "DEPROVISIONED";
const isIn = (person: unknown, ...statuses: string[]): boolean => statuses.includes(textAt(person, "status"));
const lastSeen = (person: unknown): unknown => at(person, "lastLogin") ?? at(person, "created");
const isNew = (person: unknown): boolean => at(person, "lastLogin") === null;

/** [arguments, who is meant, since when they are absent] */
const cases: readonly [Record<string, unknown>, (person: unknown) => boolean, (person: unknown) => unknown][] = [
  [{ notSignedInDays: 30 }, (person) => isHere(person) && daysAgo(lastSeen(person)) > 30, lastSeen],
  [{ neverSignedIn: true }, (person) => isHere(person) && isNew(person), lastSeen],
  [
    { neverSignedIn: true, notSignedInDays: 400 },
    (person) => isHere(person) && isNew(person) && daysAgo(at(person, "created")) > 400,
    lastSeen,
  ],
  [
    { neverSignedIn: false, notSignedInDays: 20 },
    (person) => isHere(person) && daysAgo(lastSeen(person)) > 20,
    lastSeen,
  ],
  [
    { passwordOlderThanDays: 500 },
    (person) => isHere(person) && daysAgo(at(person, "passwordChanged")) > 500,
    (person) => at(person, "passwordChanged"),
  ],
  [
    { stuckIn: ["STAGED", "PROVISIONED"] },
    (person) => isIn(person, "STAGED", "PROVISIONED"),
    (person) => at(person, "statusChanged") ?? at(person, "created"),
  ],
  [{ stuckIn: ["DEPROVISIONED"], neverSignedIn: true }, (person) => !isHere(person) && isNew(person), lastSeen],
  [
    { notSignedInDays: 30, passwordOlderThanDays: 300, stuckIn: ["ACTIVE", "LOCKED_OUT"] },
    (person) =>
      isIn(person, "ACTIVE", "LOCKED_OUT") &&
      daysAgo(lastSeen(person)) > 30 &&
      daysAgo(at(person, "passwordChanged")) > 300,
    lastSeen,
  ],
  [
    { notSignedInDays: 10, search: 'profile.department eq "IT"' },
    (person) => isHere(person) && at(person, "profile.department") === "IT" && daysAgo(lastSeen(person)) > 10,
    lastSeen,
  ],
  [
    { neverSignedIn: true, search: 'status eq "DEPROVISIONED" or status eq "STAGED"' },
    (person) => isIn(person, "DEPROVISIONED", "STAGED") && isNew(person),
    lastSeen,
  ],
];

describe("list_inactive_users", () => {
  it.each(cases)("%j", async (args, isMeant, since) => {
    const meant = (await everybody(w.org)).filter(isMeant);
    const order = (person: unknown): number => Date.parse(String(since(person)));
    meant.sort((one, other) => order(one) - order(other));
    expect(meant.length).toBeGreaterThan(0);
    const { reply } = await w.server.call("list_inactive_users", { ...args, limit: 10 });
    expect(reply).toMatchObject({ total: meant.length, complete: true });
    expect(listAt(reply, "users").map((user) => at(user, "id"))).toEqual(
      meant.slice(0, 10).map((user) => at(user, "id")),
    );
  });

  it("shows who it is and the times that matter", async () => {
    const seen = await w.server.call("list_inactive_users", { notSignedInDays: 1, limit: 200 });
    const [signedIn] = listAt(seen.reply, "users").filter((user) => at(user, "lastLogin") !== null);
    expect(Object.keys(Object(signedIn)).join()).toBe("id,login,name,status,lastLogin");
    const never = await w.server.call("list_inactive_users", { neverSignedIn: true, limit: 1 });
    expect(Object.keys(Object(listAt(never.reply, "users")[0])).join()).toBe("id,login,name,status,lastLogin,created");
    const both = await w.server.call("list_inactive_users", {
      passwordOlderThanDays: 1,
      stuckIn: ["ACTIVE"],
      limit: 1,
    });
    expect(Object.keys(Object(listAt(both.reply, "users")[0])).join()).toBe(
      "id,login,name,status,passwordChanged,statusChanged",
    );
  });

  it("shows 25 unless told otherwise, and up to 500 in a reply of bounded size", async () => {
    const some = await w.server.call("list_inactive_users", { notSignedInDays: 1 });
    expect(listAt(some.reply, "users")).toHaveLength(25);
    expect(at(some.reply, "hint")).toMatch(/limit takes up to 500/);
    const { reply, text } = await w.server.call("list_inactive_users", { notSignedInDays: 1, limit: 500 });
    expect(text.length).toBeLessThanOrEqual(60_000);
    expect(listAt(reply, "users")).toHaveLength(500);
    expect(Number(at(reply, "total"))).toBeGreaterThan(500);
    expect(at(reply, "hint")).not.toMatch(/limit/);
  });

  it("lets Okta leave out who cannot be meant", async () => {
    const args = { notSignedInDays: 100, passwordOlderThanDays: 300, stuckIn: ["ACTIVE"] };
    const [, [request]] = await w.org.watch(() => w.server.call("list_inactive_users", args));
    const search = new URLSearchParams(request?.query).get("search") ?? "";
    const [, created = ""] = /^\(created lt "([^"]+)"\) and \(status eq "ACTIVE"\)$/.exec(search) ?? [];
    expect(Math.round(daysAgo(created))).toBe(300);
  });

  it("says so when time was over", async () => {
    const server = await w.another({ OKTA_TIMEOUT_SECONDS: "1" });
    await w.org.fault({ kind: "delay", delayMs: 1, path: "/api/v1/users" });
    await w.org.fault({ kind: "delay", delayMs: 2_500, path: "/api/v1/users" });
    const { reply } = await server.call("list_inactive_users", { neverSignedIn: true });
    expect(reply).toMatchObject({ complete: false, hint: expect.stringContaining("search") });
    expect(Number(at(reply, "total"))).toBeGreaterThan(0);
  });

  it("shows names somebody wrote inert", async () => {
    const { login } = await w.org.person("STAGED", { lastName: "O\u202EHara" });
    const args = { stuckIn: ["STAGED"], search: `profile.login eq "${login}"` };
    const { text } = await w.server.call("list_inactive_users", args);
    expect(text).toContain("Test O\\\\u{202E}Hara");
  });

  /** [arguments, the refusal] */
  const refusals: readonly [Record<string, unknown>, RegExp][] = [
    [{}, /notSignedInDays: is required where none of neverSignedIn/],
    [{ neverSignedIn: false }, /is required/],
    [{ notSignedInDays: 0 }, /notSignedInDays: must be at least 1/],
    [{ stuckIn: [] }, /stuckIn: must name statuses: STAGED/],
    [{ stuckIn: ["STUCK"] }, /stuckIn: must name statuses: STAGED/],
    [{ neverSignedIn: true, limit: 501 }, /limit: must be at most 500/],
    [{ neverSignedIn: true, search: "nonsense" }, /^E0000031/],
  ];
  it.each(refusals)("refuses %j", async (args, why) => {
    const { failed, reply } = await w.server.call("list_inactive_users", args);
    expect([failed, causesOf(reply)]).toEqual([true, expect.stringMatching(why)]);
  });

  it("takes any number of days", async () => {
    const { reply } = await w.server.call("list_inactive_users", { notSignedInDays: 10_000_000 });
    expect(reply).toEqual({ users: [], total: 0, complete: true });
  });
});
