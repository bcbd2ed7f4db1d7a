import { describe, expect, it } from "vitest";
import { at, list, nextAfter, profile, sandboxFor, short, text } from "./harness.ts";

const org = sandboxFor();

async function person(...types: string[]): Promise<string> {
  const id = text((await org.api("POST", "/api/v1/users", { profile: profile() })).body, "id");
  for (const type of types) await org.api("POST", `/api/v1/users/${id}/roles`, { type });
  return `/api/v1/users/${id}/roles`;
}

async function idOf(kind: string, name: string): Promise<string> {
  const found = list(at(await org.snapshot(), kind)).find((entry) => at(entry, "name") === name);
  return text(found, "id");
}

const APP = "IFIFAX2BIRGUSTQ";
const HELP = "JBCUYUC7IRCVGS27IFCE2SKO";
const ROLES: [type: string, id: RegExp, label: string][] = [
  ["APP_ADMIN", /^IFIFAX2BIRGUSTQ$/, "Application Administrator"],
  ["USER_ADMIN", /^KVJUKUS7IFCE2SKO$/, "Group Administrator"],
  ["HELP_DESK_ADMIN", /^JBCUYUC7IRCVGS27IFCE2SKO$/, "Help Desk Administrator"],
  ["GROUP_MEMBERSHIP_ADMIN", /^I5JE6VKQL5GUKTKCIVJFGSCJKBPUCRCNJFHA$/, "Group Membership Administrator"],
  ["SUPER_ADMIN", /^ra1\w{17}$/, "Super Administrator"],
  ["READ_ONLY_ADMIN", /^ra1\w{17}$/, "Read-only Administrator"],
];

describe("roles", () => {
  it.each(ROLES)("assign, read, repeat, unassign %s", async (type, id, label) => {
    const roles = await person();
    const made = await org.api("POST", roles, { type });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      id: expect.stringMatching(id),
      label,
      type,
      status: "ACTIVE",
      created: expect.any(String),
      lastUpdated: expect.any(String),
      assignmentType: "USER",
      _links: { assignee: { href: `${org.sandbox.url}${roles.replace("/roles", "")}` } },
    });
    const one = `${roles}/${text(made.body, "id")}`;
    expect((await org.api("GET", one)).body).toEqual(made.body);
    expect((await org.api("GET", roles)).body).toEqual([made.body]);
    expect(short(await org.api("POST", roles, { type }))).toBe("409 E0000090");
    expect(short(await org.api("DELETE", one))).toBe("204");
    const gone = await org.api("DELETE", one);
    expect(at(gone.body, "errorSummary")).toBe(
      `Not found: Resource not found: ${text(made.body, "id")} (RoleAssignment)`,
    );
  });

  it("custom and IAM roles carry role and resource set", async () => {
    const snapshot = await org.snapshot();
    const [role] = Object.keys(Object(at(snapshot, "customRoles")));
    const [set] = Object.keys(Object(at(snapshot, "resourceSets")));
    const roles = await person();
    const body = { type: "CUSTOM", role, "resource-set": set };
    const made = await org.api("POST", roles, body);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ ...body, label: "Password Helper", assignmentType: "USER" });
    expect(short(await org.api("POST", roles, body))).toBe("409 E0000090");
    expect(short(await org.api("POST", roles, { ...body, role: "cr0unknown" }))).toBe("404 E0000007");
    const iam = await org.api("POST", roles, { type: "WORKFLOWS_ADMIN" });
    expect(iam.body).toMatchObject({ role: "WORKFLOWS_ADMIN", type: "WORKFLOWS_ADMIN" });
    expect(short(await org.api("POST", roles, { type: "WORKFLOWS_ADMIN" }))).toBe("409 E0000263");
    expect(short(await org.api("POST", roles, { type: "KING" }))).toBe("400 E0000001");
  });

  it("shows roles held through a group", async () => {
    const groupId = await idOf("groups", "Report Readers");
    const made = await org.api("POST", "/api/v1/users", { profile: profile(), groupIds: [groupId] });
    const { body } = await org.api("GET", `/api/v1/users/${text(made.body, "id")}/roles`);
    expect(list(body)).toHaveLength(1);
    expect(at(body, 0)).toMatchObject({
      id: expect.stringMatching(/^gra/),
      type: "REPORT_ADMIN",
      assignmentType: "GROUP",
    });
  });

  it("only an administrator's token works", async () => {
    const roles = `/api/v1/users/${text((await org.api("GET", "/api/v1/users/me")).body, "id")}/roles`;
    const own = text((await org.api("GET", roles)).body, 0, "id");
    expect(short(await org.api("DELETE", `${roles}/${own}`))).toBe("204");
    expect(short(await org.api("GET", roles))).toBe("403 E0000006");
    await org.control("POST", "/sandbox/reset");
    expect(short(await org.api("GET", roles))).toBe("200");
  });
});

describe("targets", () => {
  const WRONG: [role: string, method: string, path: string, expected: string][] = [
    ["APP_ADMIN", "GET", `${APP}/targets/groups`, "400 E0000091"],
    ["HELP_DESK_ADMIN", "GET", `${HELP}/targets/catalog/apps`, "400 E0000091"],
    ["HELP_DESK_ADMIN", "PUT", `${HELP}/targets/catalog/apps/slack`, "400 E0000091"],
    ["APP_ADMIN", "PUT", `${APP}/targets/catalog/apps/unheard_of`, "404 E0000007"],
    ["APP_ADMIN", "PUT", `${APP}/targets/catalog/apps/slack/0oaunknown`, "404 E0000007"],
    ["HELP_DESK_ADMIN", "PUT", `${HELP}/targets/groups/00gunknown`, "404 E0000007"],
    ["APP_ADMIN", "GET", `${HELP}/targets/groups`, "404 E0000007"],
  ];
  it.each(WRONG)("%s: %s %s", async (role, method, path, expected) => {
    expect(short(await org.api(method, `${await person(role)}/${path}`))).toBe(expected);
  });

  it("apps: whole app against instance, last target, all apps", async () => {
    const roles = await person("APP_ADMIN");
    const apps = `${roles}/${APP}/targets/catalog/apps`;
    const sales = await idOf("apps", "salesforce");
    const send = async (method: string, path: string) => short(await org.api(method, apps + path));
    expect(await send("PUT", `/salesforce/${sales}`)).toBe("204");
    expect(await send("DELETE", `/salesforce/${sales}`)).toBe("400 E0000001");
    expect((await org.api("GET", apps)).body).toEqual([
      {
        name: "Salesforce",
        status: "ACTIVE",
        id: sales,
        _links: { self: { href: `${org.sandbox.url}/api/v1/apps/${sales}` } },
      },
    ]);
    expect(await send("PUT", "/salesforce")).toBe("204");
    const whole = (await org.api("GET", apps)).body;
    expect(list(whole)).toHaveLength(1);
    expect(at(whole, 0, "id")).toBeUndefined();
    expect(at(whole, 0, "displayName")).toBe("Salesforce.com");
    expect(await send("PUT", `/salesforce/${sales}`)).toBe("400 E0000001");
    expect(await send("PUT", "/slack")).toBe("204");
    expect(await send("DELETE", "/salesforce")).toBe("204");
    expect(await send("DELETE", "/salesforce")).toBe("404 E0000007");
    expect(await send("DELETE", "/slack")).toBe("400 E0000001");
    expect(await org.api("PUT", apps)).toMatchObject({ status: 200, body: {} });
    expect((await org.api("GET", apps)).body).toEqual([]);
    expect(at((await org.api("GET", `${roles}?expand=targets/catalog/apps`)).body, 0, "_embedded")).toEqual({
      targets: { catalog: { apps: [] } },
    });
  });

  it("groups: add, page, expand, remove", async () => {
    const roles = await person("HELP_DESK_ADMIN");
    const groups = `${roles}/${HELP}/targets/groups`;
    const ids = [await idOf("groups", "Sales"), await idOf("groups", "Legal"), await idOf("groups", "Design")];
    for (const id of ids) expect(short(await org.api("PUT", `${groups}/${id}`))).toBe("204");
    const first = await org.api("GET", `${groups}?limit=2`);
    const second = await org.api("GET", `${groups}?limit=2&after=${nextAfter(first)}`);
    const seen = [...list(first.body), ...list(second.body)].map((group) => text(group, "id"));
    expect(seen.sort()).toEqual([...ids].sort());
    expect(nextAfter(second)).toBeUndefined();
    expect(
      list(at((await org.api("GET", `${roles}?expand=targets/groups`)).body, 0, "_embedded", "targets", "groups")),
    ).toHaveLength(3);
    expect(short(await org.api("DELETE", `${groups}/${ids[0]}`))).toBe("204");
    expect(short(await org.api("DELETE", `${groups}/${ids[0]}`))).toBe("404 E0000007");
    expect(short(await org.api("DELETE", `${groups}/${ids[1]}`))).toBe("204");
    expect(short(await org.api("DELETE", `${groups}/${ids[2]}`))).toBe("400 E0000001");
  });
});
