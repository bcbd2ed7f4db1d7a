import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../process/host.ts";
import { at, listAt, textAt } from "../support/at.ts";
import { startOrg } from "../support/org.ts";
import type { Answer, TestServer } from "../support/server.ts";
import {
  type Args,
  admin,
  fieldsOf,
  fillArgs,
  type Given,
  lines,
  NOBODY,
  named,
  person,
  snapshot,
  type Things,
  world,
  writes,
} from "./support.ts";

const w = world();
const folder = mkdtempSync(join(tmpdir(), "okta-users-mcp-undo-"));
const journal = join(folder, "journal.jsonl");
let server: TestServer;
beforeAll(async () => {
  server = await w.another({ OKTA_AUDIT_LOG: journal });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two people, `id` and `other`. */
const two: Given = async (org) => ({ ...(await org.person()), other: (await org.person()).id });

/** Two people, the first of whom the second manages. */
const managed: Given = async (org) => {
  const things = await two(org);
  await org.api("PUT", `/api/v1/users/${things.id}/linkedObjects/manager/${things.other}`);
  return things;
};

/** A person whom somebody manages, and somebody else. */
const managedByAnother: Given = async (org) => {
  const things = await managed(org);
  return { ...things, other: (await org.person()).id, first: things.other ?? "" };
};

/** A help desk admin with so many of two groups, `one` and `two`, as targets. */
function helpDesk(targets: number): Given {
  return async (org) => {
    const made = await admin("HELP_DESK_ADMIN")(org);
    const [one = "", second = ""] = listAt(await snapshot(org), "groups")
      .map((group) => textAt(group, "id"))
      .slice(1, 3);
    for (const group of [one, second].slice(0, targets))
      await org.api("PUT", `/api/v1/users/${made.id}/roles/${made.role}/targets/groups/${group}`);
    return { ...made, one, two: second };
  };
}

/** An admin of apps with so many of two apps as targets, and the id of an instance of a third. */
function appAdmin(...targets: string[]): Given {
  return async (org) => {
    const made = await admin("APP_ADMIN")(org);
    for (const app of targets)
      await org.api("PUT", `/api/v1/users/${made.id}/roles/${made.role}/targets/catalog/apps/${app}`);
    return { ...made, zoom: await named(org, "apps", "zoomus") };
  };
}

const USER = "/api/v1/users/{id}";
const ROLES = "/api/v1/users/{id}/roles";
const GROUPS = "/api/v1/users/{id}/roles/{role}/targets/groups";
const APPS = "/api/v1/users/{id}/roles/{role}/targets/catalog/apps";
const MANAGER = "/api/v1/users/{id}/linkedObjects/manager";

/** What the org says there, without what changes with every write. */
async function stands(path: string, things: Things): Promise<unknown> {
  const body = await w.org.api("GET", textAt(fillArgs({ path }, things), "path"));
  const essence = (value: unknown): unknown => {
    const { id, name, status, profile, type, _links } = fieldsOf(value);
    if (path === MANAGER) return at(_links, "self.href");
    return path === ROLES ? { type } : { id, name, status, profile };
  };
  return Array.isArray(body) ? body.map(essence) : essence(body);
}

async function change(tool: string, args: Args, things: Things): Promise<Answer & { changeId: string }> {
  const answer = await server.call(tool, fillArgs(args, things));
  return { ...answer, changeId: textAt(answer.reply, "changeId") };
}

describe("undo_change brings back what was", () => {
  /** [tool, given, arguments, the call that takes it back, where it shows] */
  const cases: readonly [string, Given, Args, string, string][] = [
    ["suspend_user", person(), { userId: "{login}", confirm: true }, "unsuspend_user", USER],
    ["update_user", person(), { userId: "{id}", profile: { city: "Oslo", title: "Boss" } }, "update_user", USER],
    [
      "update_user",
      person("ACTIVE", { city: "Rome" }),
      { userId: "{id}", profile: { city: null } },
      "update_user",
      USER,
    ],
    [
      "update_user",
      person(),
      { userId: "{id}", profile: { secondEmail: "two@example.com" }, confirm: true },
      "update_user",
      USER,
    ],
    [
      "assign_role_to_user",
      person(),
      { userId: "{login}", type: "HELP_DESK_ADMIN", confirm: true },
      "unassign_role_from_user",
      ROLES,
    ],
    [
      "unassign_role_from_user",
      admin("APP_ADMIN"),
      { userId: "{id}", roleAssignmentId: "{role}", confirm: true },
      "assign_role_to_user",
      ROLES,
    ],
    [
      "assign_group_target_to_role",
      helpDesk(1),
      { userId: "{id}", roleAssignmentId: "{role}", groupId: "{two}", confirm: true },
      "unassign_group_target_from_role",
      GROUPS,
    ],
    [
      "unassign_group_target_from_role",
      helpDesk(2),
      { userId: "{id}", roleAssignmentId: "{role}", groupId: "{one}", confirm: true },
      "assign_group_target_to_role",
      GROUPS,
    ],
    [
      "assign_app_target_to_role",
      appAdmin(),
      { userId: "{id}", roleAssignmentId: "{role}", appName: "salesforce", confirm: true },
      "assign_all_apps_target_to_role",
      APPS,
    ],
    [
      "assign_app_target_to_role",
      appAdmin("zoomus"),
      { userId: "{id}", roleAssignmentId: "{role}", appName: "salesforce", confirm: true },
      "unassign_app_target_from_role",
      APPS,
    ],
    [
      "unassign_app_target_from_role",
      appAdmin("salesforce", "zoomus"),
      { userId: "{id}", roleAssignmentId: "{role}", appName: "salesforce", confirm: true },
      "assign_app_target_to_role",
      APPS,
    ],
    [
      "assign_app_instance_target_to_role",
      appAdmin("salesforce"),
      { userId: "{id}", roleAssignmentId: "{role}", appName: "zoomus", appId: "{zoom}", confirm: true },
      "unassign_app_instance_target_from_role",
      APPS,
    ],
    [
      "set_linked_object_for_user",
      two,
      { userId: "{id}", primaryRelationshipName: "manager", primaryUserId: "{other}" },
      "delete_linked_object_for_user",
      MANAGER,
    ],
    [
      "set_linked_object_for_user",
      managedByAnother,
      { userId: "{id}", primaryRelationshipName: "manager", primaryUserId: "{other}" },
      "set_linked_object_for_user",
      MANAGER,
    ],
    [
      "delete_linked_object_for_user",
      managed,
      { userId: "{id}", relationshipName: "manager", confirm: true },
      "set_linked_object_for_user",
      MANAGER,
    ],
  ];
  it.each(cases)("%s %#", async (tool, given, args, back, path) => {
    const things = await given(w.org);
    const before = await stands(path, things);
    const { changeId } = await change(tool, args, things);
    const after = await stands(path, things);
    expect(after).not.toEqual(before);

    const [shown, sent] = await w.org.watch(() => server.call("undo_change", { changeId }));
    expect([at(shown.reply, "error.code"), at(shown.reply, "preview.action")]).toEqual(["confirmation_required", back]);
    expect(at(shown.reply, "preview.target.id")).toBe(things.id);
    expect(at(shown.reply, "preview.undoes")).toMatchObject({ changeId, tool });
    expect(at(shown.reply, "hint")).toContain("undo_change again with confirm: true");
    expect(writes(sent)).toEqual([]);
    expect(await stands(path, things)).toEqual(after);

    const undone = await server.call("undo_change", { changeId, confirm: true });
    expect([undone.failed, typeof at(undone.reply, "changeId")]).toEqual([false, "string"]);
    expect(await stands(path, things)).toEqual(before);

    const again = await server.call("undo_change", { changeId, confirm: true });
    expect(at(again.reply, "error.code")).toBe("state_changed");
    expect(await stands(path, things)).toEqual(before);
  });

  it("leaves a journal that tells of it, and verifies", async () => {
    const { id } = await w.org.person();
    const { changeId } = await change("suspend_user", { userId: id, confirm: true }, {});
    const undone = await server.call("undo_change", { changeId, confirm: true });
    const entry = readFileSync(journal, "utf8")
      .split("\n")
      .find((line) => line.includes(`"kind":"intent"`) && line.includes(textAt(undone.reply, "changeId")));
    const { tool, consent, arguments: args, undoes } = JSON.parse(entry ?? "{}");
    const expected = { tool: "unsuspend_user", consent: "argument", args: { userId: id }, undoes: changeId };
    expect({ tool, consent, args, undoes }).toEqual(expected);
    const { ending } = await run(["journal", "--verify"], { OKTA_AUDIT_LOG: journal });
    expect(ending).toBe(0);
  });

  it("can itself be undone where there is a way back", async () => {
    const { id } = await w.org.person();
    const first = await change("update_user", { userId: id, profile: { city: "Oslo" } }, {});
    const undone = await server.call("undo_change", { changeId: first.changeId, confirm: true });
    const redone = await server.call("undo_change", { changeId: textAt(undone.reply, "changeId"), confirm: true });
    expect(redone.failed).toBe(false);
    expect(at(await w.org.api("GET", `/api/v1/users/${id}`), "profile.city")).toBe("Oslo");
  });
});

describe("undo_change does nothing", () => {
  async function refused(server: TestServer, changeId: string): Promise<unknown> {
    const [{ reply }, sent] = await w.org.watch(() => server.call("undo_change", { changeId, confirm: true }));
    expect(writes(sent)).toEqual([]);
    return at(reply, "error");
  }

  /** [why, given, tool, arguments, what is said] */
  const without: readonly [string, Given, string, Args, string][] = [
    [
      "of what has no way back",
      person(),
      "deactivate_user",
      { userId: "{id}", confirm: true },
      "is not among the changes",
    ],
    ["of credentials", person(), "expire_password", { userId: "{id}", confirm: true }, "is not among the changes"],
    [
      "of attributes beside credentials",
      person(),
      "update_user",
      {
        userId: "{id}",
        profile: { city: "Oslo" },
        credentials: { password: { value: "Another-horse-9" } },
        confirm: true,
      },
      "do not come back",
    ],
    ["of what changed nothing", person(), "update_user", { userId: "{id}", profile: {} }, "it changed nothing"],
    [
      "of a role that was narrowed",
      helpDesk(1),
      "unassign_role_from_user",
      { userId: "{id}", roleAssignmentId: "{role}", confirm: true },
      "it would reach further than before",
    ],
    [
      "of the first group target",
      helpDesk(0),
      "assign_group_target_to_role",
      { userId: "{id}", roleAssignmentId: "{role}", groupId: "{one}", confirm: true },
      "the last cannot be removed",
    ],
    [
      "of what was there before",
      managed,
      "set_linked_object_for_user",
      { userId: "{id}", primaryRelationshipName: "manager", primaryUserId: "{other}" },
      "it changed nothing",
    ],
  ];
  it.each(without)("%s", async (_, given, tool, args, said) => {
    const { changeId } = await change(tool, args, await given(w.org));
    expect(await refused(server, changeId)).toMatchObject({
      code: "invalid_arguments",
      causes: [expect.stringMatching(new RegExp(`^changeId: .*${said}`))],
    });
  });

  /** [changeId] */
  const unknown = ["", "nonsense", "0123456789abcdef-1", "__proto__", "../journal", "0123456789abcdef-1\n", "\u202e"];
  it.each(unknown)("of %j", async (changeId) => {
    expect(await refused(server, changeId)).toMatchObject({
      code: "invalid_arguments",
      causes: ["changeId: is not in this journal"],
    });
  });

  it("of a change that Okta refused", async () => {
    const { id } = await w.org.person("STAGED");
    const { reply } = await server.call("suspend_user", { userId: id, confirm: true });
    expect(at(reply, "error.code")).toMatch(/^E/);
    const line = readFileSync(journal, "utf8").trim().split("\n").at(-1) ?? "";
    expect(await refused(server, textAt(JSON.parse(line), "changeId"))).toMatchObject({
      causes: ["changeId: is a change that was refused: there is nothing to undo"],
    });
  });

  it("of what nobody could see the state of", async () => {
    const { id } = await w.org.person();
    await w.org.fault({ kind: "status", status: 403, method: "GET", path: `/api/v1/users/${id}/roles`, count: 1 });
    const { changeId } = await change("assign_role_to_user", { userId: id, type: "APP_ADMIN", confirm: true }, {});
    expect(await refused(server, changeId)).toMatchObject({
      causes: ["changeId: the journal does not say how it stood"],
    });
  });

  it("when somebody has changed it since, and says so before it asks", async () => {
    const { id } = await w.org.person("ACTIVE", { city: "Rome" });
    const { changeId } = await change("update_user", { userId: id, profile: { city: "Oslo", title: "Boss" } }, {});
    await w.org.api("POST", `/api/v1/users/${id}`, { profile: { title: "Clerk" } });
    expect(await refused(server, changeId)).toMatchObject({ code: "state_changed" });
    const { reply } = await server.call("undo_change", { changeId });
    expect(at(reply, "error.code")).toBe("state_changed");
  });

  it("when a role that was given has been narrowed since", async () => {
    const { one, ...things } = await helpDesk(0)(w.org);
    const { id } = await w.org.person();
    const { changeId, reply } = await change(
      "assign_role_to_user",
      { userId: id, type: "HELP_DESK_ADMIN", confirm: true },
      things,
    );
    await w.org.api("PUT", `/api/v1/users/${id}/roles/${textAt(reply, "role.id")}/targets/groups/${one}`);
    expect(await refused(server, changeId)).toMatchObject({ code: "state_changed" });
  });

  it("in another org", async () => {
    const { id } = await w.org.person();
    const { changeId } = await change("suspend_user", { userId: id, confirm: true }, {});
    const other = await startOrg("--users", "5");
    const there = await w.another({ ...other.env, OKTA_AUDIT_LOG: journal });
    expect(await refused(there, changeId)).toMatchObject({ causes: ["changeId: is a change of another org"] });
    await other.stop();
  });

  it("for another account", async () => {
    const { id } = await w.org.person();
    const { changeId } = await change("suspend_user", { userId: id, confirm: true }, {});
    const { clientId, privateKey, keyId } = w.org.app;
    const env = { OKTA_API_TOKEN: "", OKTA_CLIENT_ID: clientId, OKTA_PRIVATE_KEY: privateKey, OKTA_KEY_ID: keyId };
    const app = await w.another({ ...env, OKTA_AUDIT_LOG: journal });
    expect(await refused(app, changeId)).toMatchObject({ causes: ["changeId: is a change that another account made"] });
  });

  it("from a journal that somebody has changed", async () => {
    const path = join(folder, "changed.jsonl");
    const own = await w.another({ OKTA_AUDIT_LOG: path });
    const { id } = await w.org.person("ACTIVE", { city: "Rome" });
    const { reply } = await own.call("update_user", { userId: id, profile: { city: "Oslo" } });
    await own.call("update_user", { userId: id, profile: { title: "Boss" } });
    writeFileSync(
      path,
      readFileSync(path, "utf8").replace('"before":{"profile.city":"Rome"}', '"before":{"profile.city":"Bonn"}'),
    );
    expect(await refused(own, textAt(reply, "changeId"))).toMatchObject({ code: "journal_unavailable" });
  });

  /** [why, settings, code] */
  const settings: readonly [string, (things: Things) => Record<string, string>, string][] = [
    ["with a tool that is switched off", () => ({ OKTA_TOOLS: "-unsuspend_user" }), "tool_disabled"],
    ["in read-only mode", () => ({ OKTA_READ_ONLY: "true" }), "read_only"],
    ["to protected people", ({ login = "" }) => ({ OKTA_PROTECTED_USERS: login.toUpperCase() }), "protected_user"],
    ["that no person approves", () => ({ OKTA_CONFIRM: "human" }), "declined"],
  ];
  it.each(settings)("%s", async (_, env, code) => {
    const things = await person()(w.org);
    const { changeId } = await change("suspend_user", { userId: "{id}", confirm: true }, things);
    const other = await w.another({ ...env(things), OKTA_AUDIT_LOG: journal });
    expect(await refused(other, changeId)).toMatchObject({ code });
  });
});

describe("without a journal", () => {
  it("there is no undo_change, and a call of it says which setting it needs", async () => {
    expect((await w.server.tools()).map(({ name }) => name)).not.toContain("undo_change");
    const { reply } = await w.server.call("undo_change", { changeId: "x" });
    expect(at(reply, "error.code")).toBe("tool_disabled");
    expect(at(reply, "error.summary")).toContain("OKTA_AUDIT_LOG");
  });

  it("with one there is", async () => {
    const tool = (await server.tools()).find(({ name }) => name === "undo_change");
    expect(tool?.annotations).toMatchObject({ readOnlyHint: false, destructiveHint: true });
  });
});

describe("update_user with preview", () => {
  /** [arguments, what changes] */
  const cases: readonly [Args, object][] = [
    [{ profile: { city: "Oslo" }, preview: true }, { "profile.city": { from: "Rome", to: "Oslo" } }],
    [{ profile: { city: null }, preview: true, confirm: true }, { "profile.city": { from: "Rome", to: null } }],
    [
      { profile: { city: "Rome", email: "new@example.com" }, preview: true, confirm: true },
      { "profile.email": { from: "{login}", to: "new@example.com" } },
    ],
  ];
  it.each(cases)("%j shows the change and makes none", async (args, changes) => {
    const things = await person("ACTIVE", { city: "Rome" })(w.org);
    const [{ reply }, sent] = await w.org.watch(() => w.server.call("update_user", { userId: things.id, ...args }));
    expect(at(reply, "error.code")).toBe("confirmation_required");
    expect(at(reply, "preview.changes")).toEqual(fillDeep(changes, things));
    expect(writes(sent)).toEqual([]);
    expect(lines(sent).length).toBeLessThan(4);
  });

  it("false is as if it were not there", async () => {
    const { id } = await w.org.person();
    const { failed } = await w.server.call("update_user", { userId: id, profile: { city: "Oslo" }, preview: false });
    expect(failed).toBe(false);
  });

  it("of nobody is Okta's 404", async () => {
    const { reply } = await w.server.call("update_user", { userId: NOBODY, profile: { city: "Oslo" }, preview: true });
    expect(at(reply, "error.code")).toBe("E0000007");
  });
});

function fillDeep(value: unknown, things: Things): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll("{login}", things.login ?? ""));
}
