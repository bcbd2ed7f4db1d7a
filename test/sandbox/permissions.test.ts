import { beforeAll, describe, expect, it } from "vitest";
import { at, list, profile, type Send, sandboxFor, sender, short, text } from "./harness.ts";
import { bearer } from "./oauth-signing.ts";

const org = sandboxFor({ users: 60 });

/** People and groups by the names that the cases use. */
const ids: Record<string, string> = {};

async function person(roles: readonly string[] = [], groupIds: readonly string[] = []): Promise<string> {
  const id = text((await org.api("POST", "/api/v1/users", { profile: profile(), groupIds })).body, "id");
  for (const type of roles) await org.api("POST", `/api/v1/users/${id}/roles`, { type });
  return id;
}

/** Calls with an SSWS token of that person. */
async function as(login: string): Promise<Send> {
  const token = text((await org.control("POST", "/sandbox/tokens", { login })).body, "token");
  return sender(org.sandbox.url, `SSWS ${token}`);
}

beforeAll(async () => {
  const groups = list(at(await org.snapshot(), "groups"));
  const group = (name: string) =>
    text(
      groups.find((entry) => at(entry, "name") === name),
      "id",
    );
  ids.Sales = group("Sales");
  ids.Contractors = group("Contractors");
  ids.Readers = group("Report Readers");
  ids.me = await person();
  ids.admin = await person(["READ_ONLY_ADMIN"]);
  ids.viaGroup = await person([], [ids.Readers]);
});

type Outcome = "yes" | "no";
const ROLES = [
  "ORG_ADMIN",
  "USER_ADMIN",
  "HELP_DESK_ADMIN",
  "GROUP_MEMBERSHIP_ADMIN",
  "READ_ONLY_ADMIN",
  "APP_ADMIN",
] as const;
/** One line a call: who may, in the order of ROLES. `{someone}` is a new person each time. */
const CALLS: [call: string, ...allowed: Outcome[]][] = [
  ["GET /users?limit=1", "yes", "yes", "yes", "yes", "yes", "yes"],
  ["GET /users/{someone}", "yes", "yes", "yes", "yes", "yes", "yes"],
  ["GET /users/{admin}", "yes", "yes", "yes", "yes", "yes", "yes"],
  ["POST /users", "yes", "yes", "no", "no", "no", "no"],
  ["POST /users/{someone}", "yes", "yes", "no", "no", "no", "no"],
  ["DELETE /users/{someone}", "yes", "yes", "no", "no", "no", "no"],
  ["POST /users/{someone}/lifecycle/suspend", "yes", "yes", "no", "no", "no", "no"],
  ["POST /users/{someone}/lifecycle/deactivate", "yes", "yes", "no", "no", "no", "no"],
  ["POST /users/{someone}/lifecycle/reset_password?sendEmail=false", "yes", "yes", "yes", "no", "no", "no"],
  ["POST /users/{someone}/lifecycle/expire_password", "yes", "yes", "yes", "no", "no", "no"],
  ["POST /users/{someone}/lifecycle/reset_factors", "yes", "yes", "yes", "no", "no", "no"],
  ["DELETE /users/{someone}/sessions", "yes", "yes", "yes", "no", "no", "no"],
  ["POST /users/{admin}/lifecycle/reset_factors", "no", "no", "no", "no", "no", "no"],
  ["POST /users/{admin}/lifecycle/suspend", "no", "no", "no", "no", "no", "no"],
  ["DELETE /users/{viaGroup}/sessions", "no", "no", "no", "no", "no", "no"],
  ["GET /users/{someone}/roles", "yes", "no", "no", "no", "yes", "no"],
  ["POST /users/{someone}/roles", "no", "no", "no", "no", "no", "no"],
  ["POST /users/me/lifecycle/suspend", "no", "no", "no", "no", "no", "no"],
  ["GET /groups?limit=1", "yes", "yes", "yes", "yes", "yes", "yes"],
  ["POST /groups", "yes", "no", "no", "no", "no", "no"],
  ["PUT /groups/{Sales}/users/{someone}", "yes", "yes", "no", "yes", "no", "no"],
  ["PUT /groups/{Readers}/users/{someone}", "no", "no", "no", "no", "no", "no"],
  ["GET /logs?limit=1", "yes", "no", "no", "no", "yes", "yes"],
  ["GET /meta/schemas/user/default", "yes", "yes", "yes", "yes", "yes", "yes"],
  ["POST /meta/schemas/user/linkedObjects", "yes", "no", "no", "no", "no", "no"],
];

async function outcome(send: Send, call: string, body: unknown = {}): Promise<string> {
  const [method = "", template = ""] = call.split(" ");
  const someone = template.includes("{someone}") ? await person() : "";
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => (name === "someone" ? someone : (ids[name] ?? "")));
  const reply = await send(method, `/api/v1${path}`, method === "POST" && !/lifecycle/.test(path) ? body : undefined);
  expect(reply.status, short(reply)).toBeLessThan(500);
  return short(reply) === "403 E0000006" ? "no" : "yes";
}

describe("the owner of a token", () => {
  const tokens = new Map<string, Send>();
  beforeAll(async () => {
    for (const role of ROLES) tokens.set(role, await as(await person([role])));
  });

  it.each(CALLS)("%s", async (call, ...allowed) => {
    const found: string[] = [];
    for (const role of ROLES) found.push(await outcome(tokens.get(role) ?? org.api, call));
    expect(found).toEqual(allowed);
    expect(await outcome(org.api, call.replace("/me/", "/{someone}/"))).toBe("yes");
  });

  it("without any role can do nothing, with two what either allows", async () => {
    expect(short(await (await as(ids.me ?? ""))("GET", "/api/v1/users/me"))).toBe("403 E0000006");
    const both = await as(await person(["READ_ONLY_ADMIN", "HELP_DESK_ADMIN"]));
    expect(await outcome(both, "GET /logs")).toBe("yes");
    expect(await outcome(both, "DELETE /users/{someone}/sessions")).toBe("yes");
  });

  it("acts through a role of a group", async () => {
    const reports = await as(ids.viaGroup ?? "");
    expect(await outcome(reports, "GET /users")).toBe("yes");
    expect(await outcome(reports, "POST /users")).toBe("no");
  });

  it.each(["suspend", "deactivate"])("takes it along: %s", async (how) => {
    const owner = await person(["READ_ONLY_ADMIN"]);
    const send = await as(owner);
    expect((await send("GET", "/api/v1/users/me")).status).toBe(200);
    await org.api("POST", `/api/v1/users/${owner}/lifecycle/${how}`);
    expect(short(await send("GET", "/api/v1/users/me"))).toBe("401 E0000011");
  });
});

describe("a role narrowed to groups", () => {
  /** A new administrator whose role covers only the group. */
  async function narrowed(role: string, group: string): Promise<Send> {
    const admin = await person([role]);
    const [held] = list((await org.api("GET", `/api/v1/users/${admin}/roles`)).body);
    await org.api("PUT", `/api/v1/users/${admin}/roles/${text(held, "id")}/targets/groups/${group}`);
    return as(admin);
  }

  it("reaches only their members, and the administrator himself", async () => {
    const help = await narrowed("HELP_DESK_ADMIN", ids.Sales ?? "");
    const [inside, outside] = [await person([], [ids.Sales ?? ""]), await person()];
    const reset = (id: string) => help("POST", `/api/v1/users/${id}/lifecycle/reset_password?sendEmail=false`);
    expect([short(await reset(inside)), short(await reset(outside))]).toEqual(["200", "403 E0000006"]);
    expect((await help("GET", `/api/v1/users/${inside}`)).status).toBe(200);
    expect(short(await help("GET", `/api/v1/users/${outside}`))).toBe("403 E0000006");
    expect((await help("GET", "/api/v1/users/me")).status).toBe(200);
    expect(short(await help("GET", "/api/v1/users/nobody"))).toBe("404 E0000007");
  });

  it("lists only them", async () => {
    const help = await narrowed("HELP_DESK_ADMIN", ids.Sales ?? "");
    const me = text((await help("GET", "/api/v1/users/me")).body, "id");
    for (const path of ["/api/v1/users", "/api/v1/users?search=id%20pr", "/api/v1/users?search=id%20pr&sortBy=id"]) {
      const seen = list((await help("GET", path)).body).map((user) => text(user, "id"));
      const everybody = list((await org.api("GET", path)).body);
      expect(seen.length).toBeGreaterThan(1);
      expect(seen.length).toBeLessThan(everybody.length);
      const members = list(at(await org.snapshot(), "users"))
        .filter((user) => at(user, "id") === me || list(at(user, "groups")).includes(ids.Sales))
        .map((user) => text(user, "id"));
      expect(seen.every((id) => members.includes(id))).toBe(true);
    }
  });

  it("puts new people into those groups, and nobody into others", async () => {
    const admin = await narrowed("USER_ADMIN", ids.Contractors ?? "");
    const create = (groupIds?: unknown[]) => admin("POST", "/api/v1/users", { profile: profile(), groupIds });
    expect(short(await create([ids.Contractors]))).toBe("200");
    expect(short(await create([ids.Contractors, ids.Sales]))).toBe("403 E0000006");
    expect(short(await create())).toBe("403 E0000006");
    expect(short(await admin("POST", "/api/v1/users", "{"))).toBe("403 E0000006");
    const members = (group = "") => admin("PUT", `/api/v1/groups/${group}/users/${ids.me}`);
    expect([short(await members(ids.Contractors)), short(await members(ids.Sales))]).toEqual(["204", "403 E0000006"]);
  });

  it("covers everybody with the group of everybody", async () => {
    const everyone = text(
      list(at(await org.snapshot(), "groups")).find((group) => at(group, "type") === "BUILT_IN"),
      "id",
    );
    const help = await narrowed("HELP_DESK_ADMIN", everyone);
    expect(short(await help("DELETE", `/api/v1/users/${await person()}/sessions`))).toBe("204");
  });
});

describe("a service app", () => {
  const SCOPES = "okta.users.manage okta.roles.manage";
  const APPS: [roles: string[], call: string, expected: Outcome][] = [
    [["SUPER_ADMIN"], "POST /users/{someone}/roles", "yes"],
    [["ORG_ADMIN"], "POST /users/{someone}/roles", "no"],
    [["READ_ONLY_ADMIN"], "GET /users/{someone}", "yes"],
    [["READ_ONLY_ADMIN"], "DELETE /users/{someone}", "no"],
    [["HELP_DESK_ADMIN"], "DELETE /users/{someone}/sessions", "yes"],
    [[], "GET /users", "no"],
  ];
  it.each(APPS)("with %j: %s", async (roles, call, expected) => {
    const token = await bearer(org, SCOPES, roles);
    expect(await outcome(sender(org.sandbox.url, `Bearer ${token}`), call)).toBe(expected);
  });
});
