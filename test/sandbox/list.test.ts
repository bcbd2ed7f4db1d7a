import { describe, expect, it } from "vitest";
import { at, list, nextAfter, sandboxFor, short, text } from "./harness.ts";

const org = sandboxFor();

async function walk(query: string, limit: number): Promise<string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const cursor = after === undefined ? "" : `&after=${encodeURIComponent(after)}`;
    const reply = await org.api("GET", `/api/v1/users?limit=${limit}${query}${cursor}`);
    expect(reply.status).toBe(200);
    ids.push(...list(reply.body).map((user) => text(user, "id")));
    after = nextAfter(reply);
  } while (after !== undefined);
  return ids;
}

async function everybody(matches: (user: unknown) => boolean): Promise<string[]> {
  return list(at(await org.snapshot(), "users"))
    .filter(matches)
    .map((user) => text(user, "id"))
    .sort();
}

const ANYBODY = encodeURIComponent("profile.login pr");
const WALKS: [what: string, query: string, matches: (user: unknown) => boolean][] = [
  ["plain, without DEPROVISIONED", "", (user) => at(user, "status") !== "DEPROVISIONED"],
  ["search, with DEPROVISIONED", `&search=${ANYBODY}`, () => true],
  ["sorted search", `&search=${ANYBODY}&sortBy=profile.department`, () => true],
  ["sorted search, downwards", `&search=${ANYBODY}&sortBy=created&sortOrder=desc`, () => true],
  ["filter", "&filter=status+eq+%22DEPROVISIONED%22", (user) => at(user, "status") === "DEPROVISIONED"],
  [
    "filter on two statuses",
    "&filter=status+eq+%22ACTIVE%22+or+status+eq+%22STAGED%22",
    (user) => ["ACTIVE", "STAGED"].includes(text(user, "status")),
  ],
];

describe("paging", () => {
  it.each(WALKS)("%s: everybody exactly once", async (_what, query, matches) => {
    const ids = await walk(query, 7);
    expect([...ids].sort()).toEqual(await everybody(matches));
  });

  it("walks on although people come and go", async () => {
    const first = await org.api("GET", "/api/v1/users?limit=3");
    const ids = list(first.body).map((user) => text(user, "id"));
    const last = ids.at(-1) ?? "";
    await org.api("DELETE", `/api/v1/users/${last}`);
    await org.api("DELETE", `/api/v1/users/${last}`);
    const second = await org.api("GET", `/api/v1/users?limit=3&after=${nextAfter(first)}`);
    expect(second.status).toBe(200);
    expect(
      list(second.body)
        .map((user) => text(user, "id"))
        .filter((id) => ids.includes(id)),
    ).toEqual([]);
  });

  const LINKS: [query: string, self: string][] = [
    ["", "?limit=200"],
    ["?limit=10", "?limit=10"],
    ["?filter=status+eq+%22ACTIVE%22", "?limit=200&filter=status+eq+%22ACTIVE%22"],
    ["?limit=200&search=id+eq+%22x%40y%22&sortOrder=0&unknown=1", "?limit=200&search=id+eq+%22x%40y%22"],
  ];
  it.each(LINKS)("self link of %s", async (query, self) => {
    const { headers } = await org.api("GET", `/api/v1/users${query}`);
    expect(headers.get("link")?.split(", ")[0]).toBe(`<${org.sandbox.url}/api/v1/users${self}>; rel="self"`);
  });

  const BAD: [query: string, expected: string, cause: string][] = [
    ["after=00u1testcursorvalue", "400 E0000029", "Invalid cursor."],
    ["search=id+pr&after=x", "400 E0000031", "Invalid cursor."],
    ["search=id+pr&sortBy=created&after=x", "400 E0000031", "Invalid cursor."],
    ["search=profile.nothing+eq+1", "400 E0000031", "Invalid search syntax."],
    ["search=status+ne+%22ACTIVE%22", "400 E0000031", "Invalid search syntax."],
    ["filter=created+pr", "400 E0000031", "Invalid search syntax."],
    ["limit=none", "400 E0000029", "Invalid limit."],
  ];
  it.each(BAD)("%s", async (query, expected, cause) => {
    const reply = await org.api("GET", `/api/v1/users?${query}`);
    expect(short(reply)).toBe(expected);
    expect(at(reply.body, "errorCauses", 0, "errorSummary")).toBe(cause);
  });

  it("search beside filter, a bad date in a filter", async () => {
    expect(short(await org.api("GET", "/api/v1/users?search=id+pr&filter=id+eq+%22x%22"))).toBe("400 E0000033");
    expect(short(await org.api("GET", "/api/v1/users?filter=lastUpdated+gt+%22never%22"))).toBe("400 E0000030");
  });
});

describe("finding", () => {
  it("q: prefix of a name or address, ten at most, no next link, nobody DEPROVISIONED", async () => {
    const reply = await org.api("GET", "/api/v1/users?q=a");
    expect(list(reply.body)).toHaveLength(10);
    expect(nextAfter(reply)).toBeUndefined();
    const many = list((await org.api("GET", "/api/v1/users?q=A&limit=200")).body);
    for (const user of many) {
      const names = ["firstName", "lastName", "email"].map((name) => text(user, "profile", name).toLowerCase());
      expect(names.some((name) => name.startsWith("a"))).toBe(true);
      expect(at(user, "status")).not.toBe("DEPROVISIONED");
    }
  });

  const SEARCHES: [search: string, matches: (user: unknown) => boolean][] = [
    ['profile.department eq "sales"', (user) => at(user, "profile", "department") === "Sales"],
    ["profile.costCenterOwner eq true", (user) => at(user, "profile", "costCenterOwner") === true],
    ["profile.badgeNumber lt 4010", (user) => Number(at(user, "profile", "badgeNumber")) < 4010],
    ['profile.skills eq "okta"', (user) => list(at(user, "profile", "skills")).includes("okta")],
    ['profile.lastName sw "O\'"', (user) => text(user, "profile", "lastName").startsWith("O'")],
    ['status eq "SUSPENDED" and created gt "2000-01-01T00:00:00.000Z"', (user) => at(user, "status") === "SUSPENDED"],
  ];
  it.each(SEARCHES)("%s", async (search, matches) => {
    const found = list((await org.api("GET", `/api/v1/users?search=${encodeURIComponent(search)}`)).body);
    expect(found.length).toBeGreaterThan(0);
    expect(found.every(matches)).toBe(true);
    const all = list((await org.api("GET", `/api/v1/users?search=${ANYBODY}`)).body);
    expect(found).toHaveLength(all.filter(matches).length);
  });

  it("sorts without regard to case, ties by id", async () => {
    const users = list((await org.api("GET", `/api/v1/users?search=${ANYBODY}&sortBy=profile.lastName`)).body);
    const keys = users.map((user) => `${text(user, "profile", "lastName").toLowerCase()}\u0000${text(user, "id")}`);
    expect(keys).toEqual([...keys].sort());
  });

  it("fields keeps what it names, and id", async () => {
    const { body } = await org.api("GET", "/api/v1/users?limit=1&fields=status,profile:(firstName,city)");
    expect(Object.keys(Object(at(body, 0)))).toEqual(["id", "status", "profile"]);
    expect(Object.keys(Object(at(body, 0, "profile")))).toEqual(["firstName", "city"]);
  });

  it("list entries link only to themselves", async () => {
    const { body } = await org.api("GET", "/api/v1/users?limit=1");
    expect(Object.keys(Object(at(body, 0, "_links")))).toEqual(["self"]);
  });
});
