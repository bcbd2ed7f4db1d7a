import { describe, expect, it } from "vitest";
import { at, list, nextAfter, profile, sandboxFor, short, text } from "./harness.ts";

const org = sandboxFor({ users: 120 });
const GROUPS = "/api/v1/groups";
const names = (body: unknown) => list(body).map((group) => text(group, "profile", "name"));
const search = (expression: string, more = "") => `?search=${encodeURIComponent(expression)}${more}`;

async function groupNamed(name: string): Promise<string> {
  const { body } = await org.api("GET", GROUPS + search(`profile.name eq "${name}"`));
  return text(body, 0, "id");
}

async function person(): Promise<string> {
  return text((await org.api("POST", "/api/v1/users", { profile: profile() })).body, "id");
}

describe("finding groups", () => {
  const FOUND: [query: string, names: string | RegExp][] = [
    ["?q=mana", "Managers"],
    ["?q=anagers", ""],
    [search('profile.name sw "Rem"'), "Remote"],
    [search('profile.name co "EMOT"'), "Remote"],
    [search('profile.description co "agency"'), "Contractors"],
    [search('type eq "BUILT_IN"'), "Everyone"],
    [search('type eq "APP_GROUP" and profile.name sw "on"'), "on-call@larkspur.example"],
    [search('created gt "2100-01-01T00:00:00.000Z"'), ""],
    [search('lastMembershipUpdated gt "2000-01-01T00:00:00.000Z" and profile.name eq "sales"'), "Sales"],
    [`?filter=${encodeURIComponent('type eq "BUILT_IN"')}`, "Everyone"],
    [search('type eq "APP_GROUP"', "&sortBy=profile.name"), "all-staff@larkspur.example on-call@larkspur.example"],
    [search('type eq "APP_GROUP"', "&sortBy=profile.name&sortOrder=desc&limit=1"), "on-call@larkspur.example"],
  ];
  it.each(FOUND)("%s", async (query, expected) => {
    expect(names((await org.api("GET", GROUPS + query)).body).join(" ")).toBe(expected);
  });

  const REFUSED: [query: string, expected: string][] = [
    [search("profile.name ne"), "400 E0000031"],
    [search('profile.size eq "1"'), "400 E0000031"],
    [`${search('type eq "x"')}&filter=x`, "400 E0000033"],
    [`?filter=${encodeURIComponent('lastUpdated gt "yesterday"')}`, "400 E0000030"],
    [`?filter=${encodeURIComponent('profile.name eq "Sales"')}`, "400 E0000031"],
    ["?after=nonsense", "400 E0000029"],
    [search('type eq "x"', "&after=nonsense"), "400 E0000031"],
    [search('type eq "x"', "&sortBy=size"), "400 E0000031"],
    ["/00g0000000000000none", "404 E0000007"],
  ];
  it.each(REFUSED)("refuses %s", async (query, expected) => {
    expect(short(await org.api("GET", GROUPS + query))).toBe(expected);
  });

  it.each(["?limit=5", search('created gt "2000-01-01T00:00:00.000Z"', "&limit=5&sortBy=profile.name")])(
    "walks %s",
    async (query) => {
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await org.api("GET", `${GROUPS}${query}${after === undefined ? "" : `&after=${after}`}`);
        seen.push(...names(page.body));
        after = nextAfter(page);
      } while (after !== undefined);
      const all = names((await org.api("GET", GROUPS)).body);
      expect([...seen].sort()).toEqual([...all].sort());
      expect(new Set(seen).size).toBe(19);
    },
  );

  it("expand=stats counts", async () => {
    const { body } = await org.api("GET", `${GROUPS}?q=Report&expand=stats`);
    expect(at(body, 0, "_embedded", "stats")).toMatchObject({ usersCount: 2, appsCount: 0, hasAdminPrivilege: true });
  });
});

describe("changing groups", () => {
  it("create, read, replace, delete", async () => {
    const made = await org.api("POST", GROUPS, { profile: { name: "Chess", description: "Thursdays" } });
    const path = `${GROUPS}/${text(made.body, "id")}`;
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject({ type: "OKTA_GROUP", profile: { name: "Chess", description: "Thursdays" } });
    expect((await org.api("GET", path)).body).toEqual(made.body);
    const replaced = await org.api("PUT", path, { profile: { name: "Go" } });
    expect(at(replaced.body, "profile")).toEqual({ name: "Go", description: null });
    expect(short(await org.api("PUT", path, { ...Object(made.body), profile: { name: "Go" } }))).toBe("200");
    const id = await person();
    await org.api("PUT", `${path}/users/${id}`);
    expect(short(await org.api("DELETE", path))).toBe("204");
    expect(short(await org.api("DELETE", path))).toBe("404 E0000007");
    expect(names((await org.api("GET", `/api/v1/users/${id}/groups`)).body)).toEqual(["Everyone"]);
  });

  const BAD: [why: string, body: unknown, cause: string][] = [
    ["no name", { profile: {} }, "name: The field cannot be left blank"],
    ["a taken name", { profile: { name: "sales" } }, "name: An object with this field already exists"],
    ["a long name", { profile: { name: "x".repeat(256) } }, "name: The field is longer"],
    ["an unknown attribute", { profile: { name: "y", size: 1 } }, "Property name 'size' is not defined"],
  ];
  it.each(BAD)("refuses %s", async (_why, body, cause) => {
    const reply = await org.api("POST", GROUPS, body);
    expect(short(reply)).toBe("400 E0000001");
    expect(text(reply.body, "errorCauses", 0, "errorSummary")).toContain(cause);
  });

  const FIXED: [name: string, method: string, rest: string, expected: string][] = [
    ["Everyone", "PUT", "/users/{user}", "501 E0000060"],
    ["Everyone", "DELETE", "/users/{user}", "501 E0000060"],
    ["Everyone", "DELETE", "", "501 E0000060"],
    ["on-call@larkspur.example", "PUT", "/users/{user}", "501 E0000060"],
    ["on-call@larkspur.example", "PUT", "", "501 E0000060"],
    ["Sales", "PUT", "/users/00u0000000000000nobo", "404 E0000007"],
    ["Sales", "PUT", "/users/somebody@larkspur.example", "404 E0000007"],
  ];
  it.each(FIXED)("%s: %s %s is %s", async (name, method, rest, expected) => {
    const path = `${GROUPS}/${await groupNamed(name)}${rest.replace("{user}", await person())}`;
    const body = method === "PUT" && rest === "" ? { profile: { name: "Other" } } : undefined;
    expect(short(await org.api(method, path, body ?? (method === "PUT" ? {} : undefined)))).toBe(expected);
  });
});

describe("members", () => {
  it("come and go, twice with the same answer, and only a change moves the time", async () => {
    const made = await org.api("POST", GROUPS, { profile: { name: "Movers" } });
    const path = `${GROUPS}/${text(made.body, "id")}`;
    const moved = async () => text((await org.api("GET", path)).body, "lastMembershipUpdated");
    const id = await person();
    await org.control("POST", "/sandbox/clock", { advanceSeconds: 2 });
    const times = [await moved()];
    for (const method of ["PUT", "PUT", "DELETE", "DELETE"]) {
      expect(short(await org.api(method, `${path}/users/${id}`, method === "PUT" ? {} : undefined))).toBe("204");
      times.push(await moved());
      await org.control("POST", "/sandbox/clock", { advanceSeconds: 2 });
    }
    expect(times.map((time, i) => i > 0 && time !== times[i - 1])).toEqual([false, true, false, true, false]);
  });

  it("get roles and apps with the group, and lose them", async () => {
    const user = `/api/v1/users/${await person()}`;
    const id = user.split("/").at(-1);
    const held = async () => [
      list((await org.api("GET", `${user}/roles`)).body).map((role) => text(role, "assignmentType")),
      list((await org.api("GET", `${user}/appLinks`)).body).map((link) => text(link, "appName")),
    ];
    const before = await held();
    for (const name of ["Report Readers", "Engineering"]) {
      await org.api("PUT", `${GROUPS}/${await groupNamed(name)}/users/${id}`, {});
    }
    expect(await held()).toEqual([["GROUP"], ["google", "workday", "githubcloud", "slack"]]);
    for (const name of ["Report Readers", "Engineering"]) {
      await org.api("DELETE", `${GROUPS}/${await groupNamed(name)}/users/${id}`);
    }
    expect(await held()).toEqual(before);
  });

  it("are listed in pages, everybody in Everyone", async () => {
    const path = `${GROUPS}/${await groupNamed("Everyone")}/users`;
    const first = await org.api("GET", `${path}?limit=70`);
    const second = await org.api("GET", `${path}?limit=70&after=${nextAfter(first)}`);
    const ids = [...list(first.body), ...list(second.body)].map((user) => text(user, "id"));
    expect(nextAfter(second)).toBeUndefined();
    expect(ids).toEqual(list(at(await org.snapshot(), "users")).map((user) => text(user, "id")));
    expect(Object.keys(Object(at(first.body, 0, "_links")))).toEqual(["self"]);
    expect((await org.api("GET", path)).headers.get("link")).toContain("limit=1000");
  });
});

describe("people with roles", () => {
  it("are listed with the next page in the body", async () => {
    const path = "/api/v1/iam/assignees/users";
    const whole = await org.api("GET", path);
    const ids = list(at(whole.body, "value")).map((user) => text(user, "id"));
    expect(ids.length).toBeGreaterThan(6);
    expect(Object.keys(Object(whole.body))).toEqual(["value"]);
    expect(Object.keys(Object(at(whole.body, "value", 0)))).toEqual(["id", "orn", "_links"]);
    const first = await org.api("GET", `${path}?limit=2`);
    const next = new URL(text(first.body, "_links", "next", "href"));
    const second = await org.api("GET", next.pathname + next.search);
    expect(list(at(second.body, "value")).map((user) => text(user, "id"))).toEqual(ids.slice(2, 4));
  });
});
