import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operations } from "../../tools/index.ts";
import { at, listAt, textAt } from "../support/at.ts";
import type { LoggedRequest, TestOrg } from "../support/org.ts";
import { sample } from "../support/sample.ts";
import type { Answer, TestServer } from "../support/server.ts";
import { type Between, startBetween } from "./between.ts";
import {
  type Args,
  admin,
  anId,
  enrolled,
  fill,
  fillArgs,
  type Given,
  inside,
  lines,
  memberOf,
  named,
  newcomer,
  PASSWORD,
  person,
  read,
  someone,
  type Things,
  warmUp,
  world,
  writes,
} from "./support.ts";

/*
 * What becomes of every operation when the connection is cut: a read is repeated; a write goes out once, and is called
 * done only where one read proves it.
 */
const w = world({}, 400);

const USER = "/api/v1/users/{id}";

/** Somebody with consents to one client: two or three grants. */
const consenter: Given = async (org) => {
  const found = await someone(org, (user) => [2, 3].includes(Number(at(user, "grants"))));
  const [first] = listAt({ all: await org.api("GET", `/api/v1/users/${found.id}/grants`) }, "all");
  return { ...found, grant: textAt(first, "id"), client: textAt(first, "clientId") };
};

/** Somebody with two refresh tokens for one client. */
const holder: Given = async (org) => {
  const found = await someone(org, (user) => at(user, "tokens") === 2);
  const [client] = listAt({ all: await org.api("GET", `/api/v1/users/${found.id}/clients`) }, "all");
  const clientId = textAt(client, "client_id");
  const path = `/api/v1/users/${found.id}/clients/${clientId}/tokens`;
  const [token] = listAt({ all: await org.api("GET", path) }, "all");
  return { ...found, client: clientId, token: textAt(token, "id") };
};

const lockedOut: Given = (org) => someone(org, (user) => at(user, "status") === "LOCKED_OUT");
const blocked: Given = (org) =>
  someone(org, (user) => at(user, "status") === "ACTIVE" && Number(at(user, "blocks")) > 0);

/** Two people, the second as `boss`. */
const strangers: Given = async (org) => ({ ...(await org.person()), boss: (await org.person()).id });
const linked: Given = async (org) => {
  const things = await strangers(org);
  await org.api("PUT", `/api/v1/users/${things.id}/linkedObjects/manager/${things.boss}`);
  return things;
};

/** Somebody suspended for whom a time has gone by. */
const suspendedFrom =
  (status: string): Given =>
  async (org) => {
    const things = await org.person(status);
    await org.api("POST", `/api/v1/users/${things.id}/lifecycle/suspend`);
    return things;
  };

/** An admin whose role has these targets; `{training}`, `{sales}` and `{legal}` are an app and two groups. */
function narrowed(type: string, ...targets: string[]): Given {
  return async (org) => {
    const things: Things = {
      ...(await admin(type)(org)),
      training: await named(org, "apps", "Salesforce Training", "label"),
      sales: await named(org, "groups", "Sales"),
      legal: await named(org, "groups", "Legal"),
    };
    for (const target of targets) await org.api("PUT", String(fill(`${USER}/roles/{role}/targets/${target}`, things)));
    return things;
  };
}
const APPS = "catalog/apps";
const role = { roleAssignmentId: "{role}" };
const slack = { ...role, appName: "slack" };
const training = { ...role, appName: "salesforce", appId: "{training}" };
const sales = { ...role, groupId: "{sales}" };

const profile = { login: "{login}", email: "{login}", firstName: "Cut", lastName: "Off" };
const credentials = { password: { value: PASSWORD } };
const question = { question: "First pet?", answer: "Rover" };
const theUser = (status: string): unknown => ({ user: expect.objectContaining({ id: anId, status }) });
const done = (tool: string, more: Args = {}): Args => ({ done: tool, userId: "{id}", ...more });
const makesAnother = {
  note: expect.stringMatching(/^The one-time secret was lost .* this tool again makes a new one/),
};
const reactivates = { note: expect.stringMatching(/^The one-time link was lost .* reactivate_user makes a new one/) };

interface Cut {
  readonly tool: string;
  /** What tells this case from the tool's others. */
  readonly title?: string;
  /** Left out: a fresh ACTIVE person. */
  readonly given?: Given;
  /** Beside `userId`, and beside `confirm` where the tool may ask. */
  readonly args?: Args;
  /** A write that was done is told so, beside `verified`; left out: no read can tell. */
  readonly verified?: unknown;
  /** Without a proof: a look is taken all the same, since only what it shows can tell that there is none. */
  readonly looks?: true;
}

const CASES: Cut[] = [
  { tool: "list_users" },
  { tool: "get_user" },
  { tool: "list_user_blocks" },
  { tool: "list_user_groups" },
  { tool: "list_app_links" },
  { tool: "list_user_identity_providers" },
  { tool: "list_user_clients" },
  { tool: "list_user_grants" },
  { tool: "get_user_grant", given: consenter, args: { grantId: "{grant}" } },
  { tool: "list_grants_for_user_and_client", given: consenter, args: { clientId: "{client}" } },
  { tool: "list_refresh_tokens_for_user_and_client", given: holder, args: { clientId: "{client}" } },
  {
    tool: "get_refresh_token_for_user_and_client",
    given: holder,
    args: { clientId: "{client}", tokenId: "{token}" },
  },
  { tool: "list_linked_objects_for_user", args: { relationshipName: "manager" } },
  { tool: "list_assigned_roles_for_user" },
  { tool: "get_user_assigned_role", given: admin("ORG_ADMIN"), args: role },
  { tool: "list_app_targets_for_role", given: admin("APP_ADMIN"), args: role },
  { tool: "list_group_targets_for_role", given: admin("HELP_DESK_ADMIN"), args: role },
  { tool: "list_groups" },
  { tool: "get_group", given: memberOf("Sales"), args: { groupId: "{group}" } },
  { tool: "list_factors" },
  { tool: "get_factor", given: enrolled, args: { factorId: "{factor}" } },
  { tool: "get_user_schema", args: { schemaId: "default" } },
  { tool: "list_user_types" },
  { tool: "list_user_events", args: { userId: "{id}" } },

  { tool: "create_user", given: newcomer, args: { profile }, verified: theUser("PROVISIONED") },
  {
    tool: "create_user",
    title: "with a password",
    given: newcomer,
    args: { profile: { ...profile, city: null }, credentials },
    verified: theUser("ACTIVE"),
  },
  {
    tool: "create_user",
    title: "to be activated later",
    given: newcomer,
    args: { profile, activate: false },
    verified: theUser("STAGED"),
  },
  {
    tool: "create_user",
    title: "with groups, which the user does not show",
    given: async (org) => ({ ...(await newcomer(org)), sales: await named(org, "groups", "Sales") }),
    args: { profile, groupIds: ["{sales}"] },
  },
  { tool: "update_user", args: { profile: { city: "Oslo", title: null } }, verified: theUser("ACTIVE") },
  { tool: "update_user", title: "with credentials", args: { profile: { city: "Oslo" }, credentials } },
  {
    tool: "update_user",
    title: "to another login, named by the old one",
    args: { userId: "{login}", profile: { login: "x{login}" } },
    verified: theUser("ACTIVE"),
  },
  { tool: "replace_user", args: { profile }, verified: theUser("ACTIVE") },
  { tool: "replace_user", title: "with credentials alone", args: { credentials } },
  { tool: "delete_user", title: "deactivates, which may have been before", looks: true },
  { tool: "delete_user", title: "erases", given: person("DEPROVISIONED"), verified: done("delete_user") },
  {
    tool: "delete_user",
    title: "erases who is named by login",
    given: person("DEPROVISIONED"),
    args: { userId: "{login}" },
    verified: done("delete_user", { login: "{login}" }),
  },

  { tool: "activate_user", given: person("STAGED"), verified: done("activate_user") },
  {
    tool: "activate_user",
    title: "with a link",
    given: person("DEPROVISIONED"),
    args: { sendEmail: false },
    verified: { ...done("activate_user"), ...reactivates },
  },
  {
    tool: "activate_user",
    title: "with a link nobody can make anew",
    given: person("STAGED"),
    args: { sendEmail: false },
    looks: true,
  },
  { tool: "deactivate_user", verified: done("deactivate_user") },
  { tool: "reactivate_user", given: person("PROVISIONED") },
  { tool: "suspend_user", verified: done("suspend_user") },
  {
    tool: "suspend_user",
    title: "by login",
    args: { userId: "{login}" },
    verified: done("suspend_user", { login: "{login}" }),
  },
  { tool: "unsuspend_user", given: suspendedFrom("ACTIVE"), verified: done("unsuspend_user") },
  {
    tool: "unsuspend_user",
    title: "back to an expired password",
    given: suspendedFrom("PASSWORD_EXPIRED"),
    verified: done("unsuspend_user"),
  },
  { tool: "unlock_user", given: lockedOut, verified: done("unlock_user") },
  { tool: "unlock_user", title: "from unknown devices", given: blocked, looks: true },
  { tool: "reset_factors" },

  { tool: "expire_password", verified: theUser("PASSWORD_EXPIRED") },
  {
    tool: "expire_password_with_temp_password",
    verified: { ...done("expire_password_with_temp_password"), ...makesAnother },
  },
  { tool: "reset_password", args: { sendEmail: true }, verified: done("reset_password") },
  {
    tool: "reset_password",
    title: "with a link",
    args: { sendEmail: false },
    verified: { ...done("reset_password"), ...makesAnother },
  },
  { tool: "forgot_password" },
  {
    tool: "forgot_password_set_new_password",
    args: { password: { value: "Tangerine-4417" }, recovery_question: { answer: "Rover" } },
  },
  { tool: "change_password", args: { oldPassword: { value: PASSWORD }, newPassword: { value: "Tangerine-4417" } } },
  { tool: "change_recovery_question", args: { ...credentials, recovery_question: question } },
  { tool: "revoke_user_sessions" },

  { tool: "revoke_user_grants", given: consenter, verified: done("revoke_user_grants") },
  {
    tool: "revoke_user_grant",
    given: consenter,
    args: { grantId: "{grant}" },
    verified: done("revoke_user_grant", { grantId: "{grant}" }),
  },
  {
    tool: "revoke_grants_for_user_and_client",
    given: consenter,
    args: { clientId: "{client}" },
    verified: done("revoke_grants_for_user_and_client", { clientId: "{client}" }),
  },
  {
    tool: "revoke_tokens_for_user_and_client",
    given: holder,
    args: { clientId: "{client}" },
    verified: done("revoke_tokens_for_user_and_client", { clientId: "{client}" }),
  },
  {
    tool: "revoke_token_for_user_and_client",
    given: holder,
    args: { clientId: "{client}", tokenId: "{token}" },
    verified: done("revoke_token_for_user_and_client", { clientId: "{client}", tokenId: "{token}" }),
  },
  {
    tool: "set_linked_object_for_user",
    given: strangers,
    args: { primaryRelationshipName: "manager", primaryUserId: "{boss}" },
    verified: done("set_linked_object_for_user", { primaryRelationshipName: "manager", primaryUserId: "{boss}" }),
  },
  {
    tool: "delete_linked_object_for_user",
    given: linked,
    args: { relationshipName: "manager" },
    verified: done("delete_linked_object_for_user", { relationshipName: "manager" }),
  },
  {
    tool: "assign_role_to_user",
    args: { type: "APP_ADMIN" },
    verified: { role: expect.objectContaining({ type: "APP_ADMIN", assignmentType: "USER" }) },
  },
  {
    tool: "unassign_role_from_user",
    given: admin("ORG_ADMIN"),
    args: role,
    verified: done("unassign_role_from_user", role),
  },
  {
    tool: "assign_all_apps_target_to_role",
    given: narrowed("APP_ADMIN", `${APPS}/slack`),
    args: role,
    verified: done("assign_all_apps_target_to_role", role),
  },
  {
    tool: "assign_app_target_to_role",
    given: narrowed("APP_ADMIN"),
    args: slack,
    verified: done("assign_app_target_to_role", slack),
  },
  {
    tool: "unassign_app_target_from_role",
    given: narrowed("APP_ADMIN", `${APPS}/slack`, `${APPS}/zoomus`),
    args: slack,
    verified: done("unassign_app_target_from_role", slack),
  },
  {
    tool: "assign_app_instance_target_to_role",
    given: narrowed("APP_ADMIN"),
    args: training,
    verified: done("assign_app_instance_target_to_role", training),
  },
  {
    tool: "unassign_app_instance_target_from_role",
    given: narrowed("APP_ADMIN", `${APPS}/slack`, `${APPS}/salesforce/{training}`),
    args: training,
    verified: done("unassign_app_instance_target_from_role", training),
  },
  {
    tool: "assign_group_target_to_role",
    given: narrowed("HELP_DESK_ADMIN"),
    args: sales,
    verified: done("assign_group_target_to_role", sales),
  },
  {
    tool: "unassign_group_target_from_role",
    given: narrowed("HELP_DESK_ADMIN", "groups/{sales}", "groups/{legal}"),
    args: sales,
    verified: done("unassign_group_target_from_role", sales),
  },
  {
    tool: "add_user_to_group",
    given: async (org) => ({ ...(await org.person()), sales: await named(org, "groups", "Sales") }),
    args: { groupId: "{sales}" },
    verified: done("add_user_to_group", { groupId: "{sales}" }),
  },
  {
    tool: "remove_user_from_group",
    given: memberOf("Sales"),
    args: { groupId: "{group}" },
    verified: done("remove_user_from_group", { groupId: "{group}" }),
  },
  {
    tool: "unenroll_factor",
    given: enrolled,
    args: { factorId: "{factor}" },
    verified: done("unenroll_factor", { factorId: "{factor}" }),
  },
];

const byName = new Map(operations.map((operation) => [operation.name, operation]));

/** The operation of a case, its arguments with consent, and the path its request takes. */
function callOf(
  { tool, args = {} }: Pick<Cut, "tool" | "args">,
  things: Things,
): [args: Args, method: string, path: string] {
  const operation = byName.get(tool);
  if (operation === undefined) throw new Error(`${tool} is not in the catalogue`);
  const all: Args = {
    ...("userId" in operation.path ? { userId: "{id}" } : {}),
    ...args,
    ...(operation.confirm ? { confirm: true } : {}),
  };
  const filled = fillArgs(all, things);
  // A write goes by the id of whom a login names.
  const sent = operation.effect === "read" ? filled : { ...filled, userId: things.id };
  const path = operation.template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(sent[name])));
  return [filled, operation.method, path];
}

/** Calls while the operation's own requests go wrong; other requests go through. */
async function cutting(
  cut: Pick<Cut, "tool" | "args">,
  things: Things,
  fault: Record<string, unknown>,
  server: TestServer = w.server,
): Promise<[Answer, own: string[], looks: LoggedRequest[]]> {
  const [args, method, path] = callOf(cut, things);
  await w.org.fault({ ...fault, method, path });
  const [answer, requests] = await w.org.watch(() => server.call(cut.tool, args));
  const own = requests.filter((request) => request.method === method && request.path === path);
  if (method !== "GET") expect(writes(requests)).toEqual(lines(own));
  const gets = requests.filter((request) => request.method === "GET");
  if (method !== "GET" && args.userId !== undefined && args.userId !== things.id) {
    const [whoIsIt] = gets.splice(0, 1);
    expect(decodeURIComponent(whoIsIt?.path ?? "")).toBe(`/api/v1/users/${args.userId}`);
  }
  return [answer, own.map((request) => `${request.method} ${request.path}`), gets];
}

function unknown(answer: Answer, status: number | null = null): void {
  expect(answer.reply).toMatchObject({
    error: { code: "outcome_unknown", status },
    hint: expect.stringMatching(/\S \S/),
  });
  expect(answer.reply).not.toHaveProperty("verified");
  expect(answer.failed).toBe(true);
}

const catalogue = operations.map((operation) => [operation.name, operation] as const);
const casesOf = (name: string): Cut[] => CASES.filter(({ tool }) => tool === name);

it.each(catalogue)("%s has a case", (name) => {
  expect(casesOf(name)).not.toEqual([]);
});

/** A read is sent again after a while; nobody else's requests are under its path meanwhile. */
async function sentAgain(cut: Cut, kind: string): Promise<void> {
  const things = await (cut.given ?? person())(w.org);
  const [args, method, path] = callOf(cut, things);
  const own = async (): Promise<unknown[]> =>
    listAt({ all: await w.org.control("GET", "requests") }, "all").filter(
      (request) => at(request, "method") === method && at(request, "path") === path,
    );
  const before = (await own()).length;
  await w.org.fault({ kind, method, path });
  const answer = await w.server.call(cut.tool, args);
  expect(answer.failed, answer.text).toBe(false);
  expect(await own()).toHaveLength(before + 2);
}

const reads = catalogue.filter(([, { effect }]) => effect === "read");
const [everybody, somebody] = [false, true].map((about) => reads.filter(([, { path }]) => "userId" in path === about));

// A cut on the way to everybody would be one on the way to anybody.
describe.each(sample(everybody ?? []))("%s", (name) => {
  for (const cut of casesOf(name))
    it.each(["drop-before", "drop-after"])("%s: is sent again", (kind) => sentAgain(cut, kind));
});

describe.concurrent.each(sample(somebody ?? []))("%s", (name) => {
  for (const cut of casesOf(name))
    it.each(["drop-before", "drop-after"])("%s: is sent again", (kind) => sentAgain(cut, kind));
});

describe.each(catalogue.filter(([, { effect }]) => effect !== "read"))("%s", (name, { seenWith }) => {
  for (const cut of casesOf(name)) {
    const { title = "", given = person(), verified } = cut;
    const looks = verified === undefined && cut.looks === undefined ? 0 : 1;

    it(`${title} drop-after: ${verified === undefined ? "nobody knows" : "was done, as one read proves"}`, async () => {
      const things = await given(w.org);
      const [answer, own, gets] = await cutting(cut, things, { kind: "drop-after" });
      expect(own).toHaveLength(1);
      expect(gets).toHaveLength(looks);
      if (verified === undefined) return unknown(answer);
      expect(answer.reply).toEqual({ ...Object(fill(verified, things)), verified: true });
      expect(answer.failed).toBe(false);
    });

    it.each([{ kind: "drop-before" }, { kind: "status", status: 503 }])(
      `${title} $kind: nobody knows, and it is not sent again`,
      async (fault) => {
        const [answer, own, gets] = await cutting(cut, await given(w.org), fault);
        unknown(answer, fault.status ?? null);
        const hint = seenWith === null ? /^No read shows/ : new RegExp(`${name} again yet.*${seenWith ?? "get_user"}`);
        expect(at(answer.reply, "hint")).toMatch(hint);
        expect(own).toHaveLength(1);
        expect(gets).toHaveLength(looks);
      },
    );
  }
});

/** Lets time go by for the org: what was done before is long ago. */
async function later(org: TestOrg): Promise<void> {
  const headers = { authorization: `Bearer ${org.controlKey}` };
  const body = JSON.stringify({ advanceSeconds: 5 });
  const response = await fetch(`${org.url}/sandbox/clock`, { method: "POST", headers, body });
  expect(response.ok).toBe(true);
}

describe("what looks done and is not", () => {
  /** A state that was there long before, with the call that would lead to it. */
  const reached: [tool: string, given: Given, args?: Args][] = [
    ["suspend_user", person("SUSPENDED")],
    ["unsuspend_user", person()],
    ["activate_user", person()],
    ["unlock_user", person()],
    ["deactivate_user", person("DEPROVISIONED")],
    ["delete_user", person("DEPROVISIONED")],
    ["reset_password", person("RECOVERY"), { sendEmail: true }],
    ["expire_password", person("PASSWORD_EXPIRED")],
    ["expire_password_with_temp_password", person("PASSWORD_EXPIRED")],
    ["update_user", person("ACTIVE", { city: "Oslo" }), { profile: { city: "Oslo" } }],
    ["replace_user", person("ACTIVE", { city: "Oslo" }), { profile: { ...profile, firstName: "Test" } }],
    ["assign_role_to_user", admin("ORG_ADMIN"), { type: "ORG_ADMIN" }],
  ];
  it.each(reached)("%s: who was there long before", async (tool, given, args = {}) => {
    const things = await given(w.org);
    await later(w.org);
    const before = await read(w.org, `/api/v1/users/${things.id}`);
    const [answer, own, gets] = await cutting({ tool, args }, things, { kind: "drop-before" });
    unknown(answer);
    expect([own.length, gets.length]).toEqual([1, 1]);
    expect(await read(w.org, `/api/v1/users/${things.id}`)).toEqual(before);
  });

  it("expire_password_with_temp_password: the password of a call just before is still good", async () => {
    const { id } = await w.org.person();
    const args = { userId: id, confirm: true };
    expect((await w.server.call("expire_password_with_temp_password", args)).failed).toBe(false);
    await w.org.fault({ kind: "drop-before", method: "POST", path: `/users/${id}/lifecycle/expire_password` });
    unknown(await w.server.call("expire_password_with_temp_password", args));
  });

  it("create_user: an older namesake with the very same profile", async () => {
    const { id, login } = await w.org.person();
    const known = await read(w.org, `/api/v1/users/${id}`, "profile");
    await later(w.org);
    const [answer] = await cutting(
      { tool: "create_user", args: { profile: known, credentials } },
      { login },
      { kind: "drop-before" },
    );
    unknown(answer);
  });

  it("create_user: somebody else who took the login at the same time", async () => {
    const { login } = await w.org.person();
    const [answer] = await cutting(
      { tool: "create_user", args: { profile, credentials } },
      { login },
      { kind: "drop-before" },
    );
    unknown(answer);
  });

  it("create_user: a short name that leads to somebody else", async () => {
    const { login } = await w.org.person();
    const short = { ...profile, login: login.split("@")[0] };
    const [answer, , gets] = await cutting(
      { tool: "create_user", args: { profile: short } },
      { login },
      { kind: "drop-before" },
    );
    unknown(answer);
    expect(gets.map(({ status }) => status)).toEqual([200]);
  });

  it("replace_user: an attribute that is left", async () => {
    const { id, login } = await w.org.person("ACTIVE", { city: "Oslo", firstName: "Cut", lastName: "Off" });
    const [answer] = await cutting({ tool: "replace_user", args: { profile } }, { id, login }, { kind: "drop-before" });
    unknown(answer);
  });

  it("unassign_app_target_from_role: an empty list, which means all apps", async () => {
    const things = await narrowed("APP_ADMIN")(w.org);
    const [answer, , gets] = await cutting({ tool: "unassign_app_target_from_role", args: slack }, things, {
      kind: "drop-before",
    });
    unknown(answer);
    expect(gets).toHaveLength(1);
  });

  it("unassign_app_instance_target_from_role: the app as a whole", async () => {
    const things = await narrowed("APP_ADMIN", `${APPS}/salesforce`)(w.org);
    const [answer] = await cutting({ tool: "unassign_app_instance_target_from_role", args: training }, things, {
      kind: "drop-before",
    });
    unknown(answer);
  });

  it("set_linked_object_for_user: another primary", async () => {
    const things = { ...(await linked(w.org)), other: (await w.org.person()).id };
    const args = { primaryRelationshipName: "manager", primaryUserId: "{other}" };
    const [answer] = await cutting({ tool: "set_linked_object_for_user", args }, things, { kind: "drop-before" });
    unknown(answer);
  });
});

it("delete_user: whoever was deactivated well after it was sent was so by it", async () => {
  const { id } = await w.org.person();
  const slow = { kind: "drop-after", delayMs: 3_500 };
  const [answer, own, gets] = await cutting({ tool: "delete_user" }, { id }, slow);
  expect(answer.reply).toEqual({ done: "delete_user", userId: id, verified: true });
  expect([own.length, gets.length]).toEqual([1, 1]);
  expect(await read(w.org, `/api/v1/users/${id}`, "status")).toBe("DEPROVISIONED");
});

describe("the look", () => {
  const suspend = { tool: "suspend_user" };

  it.each([{ kind: "status", status: 500 }, { kind: "drop-before" }, { kind: "html" }, { kind: "redirect" }])(
    "that fails leaves the outcome unknown: $kind",
    async (fault) => {
      const things = await w.org.person();
      await w.org.fault({ ...fault, count: 3, method: "GET", path: `/api/v1/users/${things.id}` });
      const [answer, own] = await cutting(suspend, things, { kind: "drop-after" });
      await fetch(`${w.org.url}/sandbox/faults`, {
        method: "DELETE",
        headers: { authorization: `Bearer ${w.org.controlKey}` },
      });
      unknown(answer);
      expect(at(answer.reply, "hint")).toMatch(/suspend_user again yet.*get_user/);
      expect(own).toHaveLength(1);
      expect(at(await inside(w.org, things.id), "status")).toBe("SUSPENDED");
    },
  );

  it.each(["truncate", "bad-json"])("also follows an answer that cannot be read: %s", async (kind) => {
    const things = await w.org.person();
    const [answer, own, gets] = await cutting(suspend, things, { kind });
    expect(answer.reply).toEqual({ done: "suspend_user", userId: things.id, verified: true });
    expect([own.length, gets.length]).toEqual([1, 1]);
  });

  it("is as good for an answer that took its time", async () => {
    const things = await w.org.person();
    const [answer] = await cutting(suspend, things, { kind: "drop-after", delayMs: 1_200 });
    expect(at(answer.reply, "verified")).toBe(true);
  });

  it("comes too early for what is still running", async () => {
    const hasty = await w.another({ OKTA_TIMEOUT_SECONDS: "1" });
    await warmUp(hasty);
    const things = await w.org.person();
    const [answer, , gets] = await cutting(suspend, things, { kind: "delay", delayMs: 2_500 }, hasty);
    unknown(answer);
    expect(gets).toHaveLength(1);
  });

  describe("through a server in between", () => {
    let between: Between;
    let server: TestServer;
    beforeAll(async () => {
      between = await startBetween(w.org.url);
      server = await w.another({ OKTA_ORG_URL: between.url });
      await warmUp(server);
      between.clear();
    });
    afterAll(() => between.stop());

    it("is not taken for a host that has given up", async () => {
      const { id } = await w.org.person();
      const held = between.hold();
      const stop = new AbortController();
      const call = server.client
        .callTool({ name: "suspend_user", arguments: { userId: id, confirm: true } }, undefined, {
          signal: stop.signal,
        })
        .catch(() => "taken back");
      const { answer } = await held;
      stop.abort();
      expect(await call).toBe("taken back");
      await server.client.ping();
      answer({ status: 502 });
      // A whole exchange of the same server: time enough to look, had it wanted to.
      await server.call("list_user_groups", { userId: id });
      expect(between.sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
        `POST /api/v1/users/${id}/lifecycle/suspend`,
        `GET /api/v1/users/${id}/groups`,
      ]);
    });

    it("does not call gone what is on a later page", async () => {
      between.clear();
      const { id } = await w.org.person();
      const link = `<${between.url}/api/v1/users/${id}/grants?after=x>; rel="next"`;
      between.answer({ status: 502 }, { status: 200, headers: { link }, body: "[]" });
      unknown(await server.call("revoke_user_grants", { userId: id, confirm: true }), 502);
      expect(between.sent.map(({ url }) => url)).toEqual([
        `/api/v1/users/${id}/grants`,
        `/api/v1/users/${id}/grants?limit=200`,
      ]);
    });

    it("takes a revoked consent for gone", async () => {
      between.clear();
      const body = JSON.stringify([{ id: "oag1", status: "REVOKED" }]);
      between.answer({ status: 502 }, { status: 200, body });
      const { id } = await w.org.person();
      const { reply } = await server.call("revoke_user_grants", { userId: id, confirm: true });
      expect(reply).toEqual({ done: "revoke_user_grants", userId: id, verified: true });
    });
  });
});
