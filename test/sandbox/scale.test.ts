import { describe, expect, it } from "vitest";
import { at, list, nextAfter, profile, sandboxFor, text } from "./harness.ts";

const PEOPLE = process.env.LONG === "1" ? 100_000 : 5000;

describe(`an org of ${PEOPLE} people`, () => {
  const org = sandboxFor({ users: PEOPLE, rateLimit: 1_000_000 });

  async function pages(query: Record<string, string>, each?: (page: unknown[]) => Promise<void>): Promise<unknown[]> {
    const found: unknown[] = [];
    for (let after: string | undefined = ""; after !== undefined; ) {
      const fields = "id,status,created,profile:(login,lastName,department,remote)";
      const asked = new URLSearchParams({ limit: "200", fields, ...query, ...(after !== "" && { after }) });
      const reply = await org.api("GET", `/api/v1/users?${asked}`);
      expect(reply.status).toBe(200);
      found.push(...list(reply.body));
      await each?.(list(reply.body));
      after = nextAfter(reply);
    }
    return found;
  }
  const idsOf = (users: unknown[]) => users.map((user) => text(user, "id"));
  const key = (user: unknown, ...path: string[]) => `${text(user, ...path).toLowerCase()} ${text(user, "id")}`;

  /** Long lists by hand: to compare them whole, and to print them when they differ, takes longer than to walk them. */
  const same = (found: readonly string[], wanted: readonly string[]): void => {
    expect(found).toHaveLength(wanted.length);
    expect(found.findIndex((entry, i) => entry !== wanted[i])).toBe(-1);
  };

  let everybody: unknown[] = [];

  it("is walked through in every order, everybody once", async () => {
    everybody = await pages({ search: "profile.login pr" });
    expect(new Set(idsOf(everybody)).size).toBe(PEOPLE);
    same(idsOf(everybody), idsOf(everybody).sort());

    const plain = await pages({});
    same(idsOf(plain).sort(), idsOf(everybody.filter((user) => at(user, "status") !== "DEPROVISIONED")));

    const sorted = await pages({ search: "profile.login pr", sortBy: "profile.lastName" });
    const byName = everybody.map((user) => key(user, "profile", "lastName")).sort();
    same(
      sorted.map((user) => key(user, "profile", "lastName")),
      byName,
    );
    const newestFirst = await pages({ search: 'status eq "ACTIVE"', sortBy: "created", sortOrder: "desc" });
    const times = newestFirst.map((user) => text(user, "created"));
    same(times, [...times].sort().reverse());
    expect(times).toHaveLength(everybody.filter((user) => at(user, "status") === "ACTIVE").length);
  });

  const SEARCHES: [search: string, matches: (user: unknown) => boolean][] = [
    ['profile.department eq "sales"', (user) => at(user, "profile", "department") === "Sales"],
    ['profile.lastName sw "MA"', (user) => text(user, "profile", "lastName").startsWith("Ma")],
    [
      'profile.login sw "ma" and status eq "SUSPENDED"',
      (user) => text(user, "profile", "login").startsWith("ma") && at(user, "status") === "SUSPENDED",
    ],
    [
      'created gt "2020-01-01T00:00:00.000Z" and profile.remote eq true',
      (user) => at(user, "profile", "remote") === true,
    ],
  ];
  it("finds by index and by scan what a look at everybody finds", async () => {
    for (const [search, matches] of SEARCHES) {
      const wanted = idsOf(everybody.filter(matches));
      same(idsOf(await pages({ search })), wanted);
      same(idsOf(await pages({ search, sortBy: "profile.lastName" })).sort(), wanted);
    }
  });

  it("repeats and skips nobody who stays the same while others change", async () => {
    const touched = new Set<string>();
    const seen = await pages({ search: "id pr", sortBy: "lastUpdated" }, async (page) => {
      const id = text(page[0], "id");
      touched.add(id);
      await org.api("POST", `/api/v1/users/${id}`, { profile: { title: "Changed" } });
      await org.api("POST", "/api/v1/users", { profile: profile() });
    });
    const counts = new Map<string, number>();
    for (const id of idsOf(seen)) counts.set(id, (counts.get(id) ?? 0) + 1);
    const untouched = idsOf(everybody).filter((id) => !touched.has(id));
    expect(untouched.filter((id) => counts.get(id) !== 1)).toEqual([]);
  });
});
