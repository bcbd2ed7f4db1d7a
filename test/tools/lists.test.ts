import { describe, expect, it } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import { type Args, lines, refusesArguments, snapshot, walk, world } from "./support.ts";

const w = world();

/** Everybody's id and status, as the org knows them from inside. */
async function everyone(): Promise<{ id: string; status: string }[]> {
  return listAt(await snapshot(w.org), "users").map((user) => ({
    id: textAt(user, "id"),
    status: textAt(user, "status"),
  }));
}

function idsOf(users: readonly unknown[]): string[] {
  return users.map((user) => textAt(user, "id"));
}

const CONCISE = ["id", "status", "login", "name", "email", "department", "title", "lastLogin"];
const isSubset = (keys: readonly string[]): boolean => keys.every((key) => CONCISE.includes(key));

describe("list_users", () => {
  it("gives 25 people for one request, within 6 KB", async () => {
    const [{ reply, text }, requests] = await w.org.watch(() => w.server.call("list_users"));
    expect(lines(requests)).toEqual(["GET /api/v1/users?limit=25"]);
    const users = listAt(reply, "users");
    expect(users).toHaveLength(25);
    expect(Object.keys(Object(reply))).toEqual(["users", "next"]);
    expect(users.every((user) => isSubset(Object.keys(Object(user))))).toBe(true);
    expect(users.every((user) => ["id", "status", "login", "name"].every((key) => at(user, key)))).toBe(true);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(6 * 1024);
  });

  it("gives 200 in one request", async () => {
    const [{ reply, text }, requests] = await w.org.watch(() => w.server.call("list_users", { limit: 200 }));
    expect(lines(requests)).toEqual(["GET /api/v1/users?limit=200"]);
    const living = (await everyone()).filter(({ status }) => status !== "DEPROVISIONED");
    expect(listAt(reply, "users")).toHaveLength(Math.min(living.length, 200));
    expect(at(reply, "next") === undefined).toBe(living.length <= 200);
    expect(text.length).toBeLessThanOrEqual(60_000);
  });

  const anyone = (): boolean => true;
  const living = (status: string): boolean => status !== "DEPROVISIONED";
  const walks: [title: string, args: Args, expected: (status: string) => boolean][] = [
    ["plain, without those who left", { limit: 37 }, living],
    ["by the default size", {}, living],
    ["by search, with those who left", { search: 'status pr or status eq "DEPROVISIONED"', limit: 60 }, anyone],
    ["in an order", { search: 'id gt "0"', sortBy: "profile.lastName", sortOrder: "desc", limit: 60 }, anyone],
    ["by filter", { filter: 'status eq "ACTIVE"', limit: 60 }, (status) => status === "ACTIVE"],
  ];
  for (const [title, args, expected] of walks)
    it(`next walks everyone exactly once: ${title}`, async () => {
      const wanted = (await everyone()).filter(({ status }) => expected(status)).map(({ id }) => id);
      const ids = idsOf(await walk(w.server, "list_users", args, "users"));
      expect(ids).toHaveLength(wanted.length);
      expect(new Set(ids)).toEqual(new Set(wanted));
    });

  it("keeps the order that was asked for over the pages", async () => {
    const args = { search: 'status eq "ACTIVE"', sortBy: "profile.lastName", sortOrder: "desc", limit: 50 };
    const users = await walk(w.server, "list_users", { ...args, fields: "profile:(lastName)" }, "users");
    const names = users.map((user) => textAt(user, "profile.lastName").toLowerCase());
    expect(names).toEqual([...names].sort().reverse());
  });

  it("q finds by the start of a name, in one page", async () => {
    const wanted = await w.org.person("ACTIVE", { firstName: "Zebulon" });
    const [{ reply }, requests] = await w.org.watch(() => w.server.call("list_users", { q: "zebu" }));
    expect(lines(requests)).toEqual(["GET /api/v1/users?q=zebu&limit=25"]);
    expect(idsOf(listAt(reply, "users"))).toEqual([wanted.id]);
    expect(at(reply, "next")).toBeUndefined();
  });

  it("search and filter arrive as they were written", async () => {
    const search = 'profile.department eq "R&D + \\"Ops\\" #1 / 100%" or profile.city eq "Kraków"';
    const wanted = await w.org.person("ACTIVE", { department: 'R&D + "Ops" #1 / 100%' });
    const { reply } = await w.server.call("list_users", { search, limit: 200 });
    expect(idsOf(listAt(reply, "users"))).toContain(wanted.id);
    const filter = `profile.login eq "${wanted.login}"`;
    expect(idsOf(listAt((await w.server.call("list_users", { filter })).reply, "users"))).toEqual([wanted.id]);
  });

  it("refuses search with filter before anything leaves", async () => {
    const args = { search: 'status eq "ACTIVE"', filter: 'status eq "ACTIVE"' };
    await refusesArguments(w, "list_users", args, /^filter: /);
  });

  const projections: [fields: string, expected: unknown][] = [
    ["id", { id: expect.any(String) }],
    ["id,status", { id: expect.any(String), status: "ACTIVE" }],
    ["id,profile:(city,login)", { id: expect.any(String), profile: { city: "Oslo", login: expect.any(String) } }],
    ["id,type", { id: expect.any(String), type: { id: expect.stringMatching(/^oty/) } }],
    ["id,profile:(badgeNumber,skills)", { id: expect.any(String), profile: { badgeNumber: 9, skills: ["go"] } }],
  ];
  for (const [fields, expected] of projections)
    it(`fields ${fields} gives exactly those`, async () => {
      const department = `Fields ${fields}`;
      await w.org.person("ACTIVE", { department, city: "Oslo", badgeNumber: 9, skills: ["go"] });
      const search = `profile.department eq "${department}"`;
      const { reply } = await w.server.call("list_users", { search, fields });
      expect(reply).toEqual({ users: [expected] });
    });

  it("detail full gives everything but links and nulls, for at most 25", async () => {
    const { reply, text } = await w.server.call("list_users", { detail: "full", limit: 25 });
    const users = listAt(reply, "users");
    expect(users).toHaveLength(25);
    for (const user of users)
      for (const key of ["id", "status", "created", "lastUpdated", "type.id", "profile.login", "credentials.provider"])
        expect(at(user, key), key).toBeDefined();
    expect(text).not.toMatch(/_links|_embedded|:null/);
    await refusesArguments(w, "list_users", { detail: "full", limit: 26 }, /^limit: must be at most 25/);
  });
});

describe("get_user", () => {
  it("detail full gives the whole user and the etag, which guards an update", async () => {
    const { id, login } = await w.org.person("ACTIVE", { department: "Desk", secondEmail: null, skills: ["go"] });
    const { reply, text } = await w.server.call("get_user", { userId: id, detail: "full" });
    expect(Object.keys(Object(reply))).toEqual(["user", "etag"]);
    expect(at(reply, "user.profile")).toEqual({
      login,
      email: login,
      firstName: "Test",
      lastName: expect.stringMatching(/^Person/),
      department: "Desk",
      skills: ["go"],
    });
    expect(text).not.toMatch(/_links|_embedded|:null/);

    const ifMatch = textAt(reply, "etag");
    const update = (department: string): Promise<unknown> =>
      w.server.call("update_user", { userId: id, profile: { department }, ifMatch }).then((answer) => answer.reply);
    expect(at(await update("Front Desk"), "user.department")).toBe("Front Desk");
    expect(at(await update("Back Desk"), "error.code")).toBe("E0000231");
    expect(at(await w.org.api("GET", `/api/v1/users/${id}`), "profile.department")).toBe("Front Desk");
  });

  it("detail full lifts what expand asked for out of _embedded", async () => {
    const { id } = await w.org.person();
    const { reply, text } = await w.server.call("get_user", { userId: id, detail: "full", expand: "blocks" });
    expect(at(reply, "user.blocks")).toEqual([]);
    expect(at(reply, "user.profile.login")).toEqual(expect.any(String));
    expect(text).not.toContain("_embedded");
  });

  it("concise is the default, said or not", async () => {
    const { id } = await w.org.person();
    const replies = await Promise.all(
      [{}, { detail: "concise" }].map((more) => w.server.call("get_user", { userId: id, ...more })),
    );
    expect(replies[0]?.text).toBe(replies[1]?.text);
    expect(Object.keys(Object(replies[0]?.reply))).toEqual(["user"]);
  });
});
