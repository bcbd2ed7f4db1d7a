import { beforeAll, describe, expect, it } from "vitest";
import { question } from "../../src/person-approval.ts";
import { asJsonObject } from "../../src/schema.ts";
import { at, listAt, textAt } from "../support/at.ts";
import type { LoggedRequest } from "../support/org.ts";
import { sample } from "../support/sample.ts";
import type { Answer, TestServer } from "../support/server.ts";
import {
  type Args,
  fieldsOf,
  NO_GROUP,
  NOBODY,
  named,
  newcomer,
  read,
  type Things,
  world,
  writes,
} from "../tools/support.ts";
import { finish, killed, LONGEST, once, oneFault, previewOf, stateFolder, stepsOf } from "./plans.ts";

const LONG = process.env.LONG === "1";
const TOOL = "onboard_user";
const XDG_STATE_HOME = stateFolder();
const w = world({ XDG_STATE_HOME });

/** Somebody to come, two groups, and a manager. */
async function comer(): Promise<Things> {
  const { login = "" } = await newcomer(w.org);
  const [sales, remote] = [await named(w.org, "groups", "Sales"), await named(w.org, "groups", "Remote")];
  const boss = await w.org.person();
  return { login, sales, remote, boss: boss.id, bossLogin: boss.login };
}

function profileOf(login = "", more: Args = {}): Args {
  return { login, email: login, firstName: "New", lastName: "Comer", ...more };
}

function everything({ login, remote, boss }: Things): Args {
  return { profile: profileOf(login, { department: "Sales" }), groups: ["Sales", remote], managerId: boss };
}

function run(args: Args, server = w.server): Promise<Answer> {
  return server.call(TOOL, { ...args, confirm: true });
}

/** Everything is in place, and they were mailed once. */
async function arrived({ login, sales = "", remote = "", boss = "" }: Things, status = "PROVISIONED"): Promise<void> {
  const user = await w.org.api("GET", `/api/v1/users/${login}`);
  expect(at(user, "status")).toBe(status);
  const id = textAt(user, "id");
  const groups = JSON.stringify(await read(w.org, `/api/v1/users/${id}/groups`));
  for (const group of [sales, remote]) expect(groups).toContain(group);
  expect(JSON.stringify(await read(w.org, `/api/v1/users/${id}/linkedObjects/manager`))).toContain(boss);
  const mails = listAt(await w.org.control("GET", "snapshot"), "mail").filter((mail) =>
    JSON.stringify(mail).includes(String(login)),
  );
  expect(mails).toHaveLength(status === "STAGED" ? 0 : 1);
}

const ALL_DONE = ["create: done", "manager: done", "groups: done", "activate: done"];

describe("the preview", () => {
  it("tells who, the groups with their ids, the manager, and who gets mail", async () => {
    const things = await comer();
    const preview = await previewOf(w.org, w.server, TOOL, everything(things));
    expect(preview).toMatchObject({
      action: TOOL,
      target: { id: null, login: things.login, name: "New Comer", status: null },
      mailTo: things.login,
      manager: { id: things.boss, login: things.bossLogin },
      profile: { department: "Sales" },
      groups: { [things.sales ?? ""]: "Sales", [things.remote ?? ""]: "Remote" },
      runId: expect.any(String),
    });
  });

  it("says that nobody gets mail", async () => {
    const { login } = await comer();
    const preview = await previewOf(w.org, w.server, TOOL, { profile: profileOf(login), activate: false });
    expect(preview).toMatchObject({ mailTo: null });
    expect(preview).not.toHaveProperty("groups");
  });

  it("stays short however much there is", async () => {
    const { login, boss } = await comer();
    const odd = "\u202e".repeat(60);
    const groups: string[] = [];
    for (let i = 0; i < 20; i += 1)
      groups.push(textAt(await w.org.api("POST", "/api/v1/groups", { profile: { name: `${i}${odd}${login}` } }), "id"));
    const profile = profileOf(login, {
      firstName: odd.slice(0, 50),
      lastName: odd.slice(0, 50),
      city: "x".repeat(2_000),
    });
    const preview = await previewOf(w.org, w.server, TOOL, { profile, groups, managerId: boss });
    for (const group of groups) expect(question(TOOL, asJsonObject(preview))).toContain(group);
  });

  it.each([1, 6, 7, 20])("has all of %i groups in a person's form, and the profile behind all else", async (many) => {
    const { login = "", boss } = await comer();
    const groups: Things[] = [];
    for (let i = 0; i < many; i += 1) {
      const name = `Group ${i} of ${login}`;
      const id = textAt(await w.org.api("POST", "/api/v1/groups", { profile: { name } }), "id");
      groups.push({ id, name });
    }
    const rest = ["city", "state", "zipCode", "title", "department", "division", "organization", "costCenter"];
    const more = [
      "locale",
      "timezone",
      "nickName",
      "displayName",
      "middleName",
      "userType",
      "employeeNumber",
      "manager",
    ];
    const profile = profileOf(login, Object.fromEntries([...rest, ...more].map((name) => [name, "en_US"])));
    const named = groups.map(({ name }) => name);
    const preview = await previewOf(w.org, w.server, TOOL, { profile, groups: named, managerId: boss });
    const form = question(TOOL, asJsonObject(preview)).split("\n");
    for (const { id = "", name = "" } of groups)
      expect(form.filter((line) => line.includes(id) && line.includes(name.slice(0, 12)))).toHaveLength(1);
    const place = (start: string): number => form.findIndex((line) => line.startsWith(`> ${start}`));
    const order = ["consequence", "target.login", "groups", "manager.id", "mailTo", "profile"].map(place);
    expect(order.every((at) => at > 0)).toBe(true);
    expect(order.toSorted((one, other) => one - other)).toEqual(order);
  });

  it("names what the org's schema requires beside", async () => {
    const { login } = await comer();
    const server = await w.another({ XDG_STATE_HOME });
    const custom = (properties: object): Promise<unknown> =>
      w.org.api("POST", "/api/v1/meta/schemas/user/default", {
        definitions: { custom: { id: "#custom", type: "object", properties } },
      });
    const required = { type: "string", required: true };
    await custom({ desk: { title: "Desk", ...required }, floor: { title: "Floor", ...required } });
    const [{ reply }, requests] = await w.org.watch(() => run({ profile: profileOf(login, { desk: "" }) }, server));
    await custom({ desk: null, floor: null });
    expect(at(reply, "error.code")).toBe("invalid_arguments");
    expect(at(reply, "error.causes")).toEqual(["profile: lacks what this org requires: desk, floor"]);
    expect(writes(requests)).toEqual([]);
  });
});

describe("a run", () => {
  it("creates them staged and lets them in last", async () => {
    const things = await comer();
    const { runId } = await previewOf(w.org, w.server, TOOL, everything(things));
    const [answer, requests] = await w.org.watch(() => run({ ...everything(things), runId }));
    expect(stepsOf(answer)).toEqual(ALL_DONE);
    const sent = once(requests);
    expect(sent[0]).toBe("POST /api/v1/users?activate=false");
    expect(sent.at(-1)).toMatch(/\/lifecycle\/activate\?sendEmail=true$/);
    expect(answer.reply).toMatchObject({ runId, complete: true, userId: expect.stringMatching(/^00u/) });
    expect(answer.text).not.toMatch(/activationUrl|token/);
    await arrived(things);
    const [again, more] = await w.org.watch(() => run({ ...everything(things), runId }));
    expect(again.reply).toEqual(answer.reply);
    expect(writes(more)).toEqual([]);
  });

  it("leaves them staged where that is wanted", async () => {
    const things = await comer();
    const answer = await run({ ...everything(things), activate: false });
    expect(stepsOf(answer)).toEqual(ALL_DONE.slice(0, 3));
    await arrived(things, "STAGED");
  });

  it("takes a login for the manager, a group once, and keys in any order", async () => {
    const things = await comer();
    const args: Args = {
      ...everything(things),
      managerId: things.bossLogin,
      groups: ["Sales", things.sales, "Remote"],
    };
    const { runId } = await previewOf(w.org, w.server, TOOL, args);
    const profile = Object.fromEntries(Object.entries(fieldsOf(args.profile)).reverse());
    const [answer, requests] = await w.org.watch(() => run({ ...args, profile, runId }));
    expect(stepsOf(answer)).toEqual(ALL_DONE);
    once(requests);
    await arrived(things);
  });

  it("finds a group among more of the same beginning than a page holds", async () => {
    const { login } = await comer();
    const make = (name: string): Promise<unknown> => w.org.api("POST", "/api/v1/groups", { profile: { name } });
    await Promise.all(Array.from({ length: 201 }, (_, i) => make(`Many ${i}`)));
    const id = textAt(await make("Many"), "id");
    const preview = await previewOf(w.org, w.server, TOOL, { profile: profileOf(login), groups: ["Many"] });
    expect(preview.groups).toEqual({ [id]: "Many" });
  });

  it("does no more than create and activate where there is no more", async () => {
    const { login } = await comer();
    expect(stepsOf(await run({ profile: profileOf(login) }))).toEqual(["create: done", "activate: done"]);
  });
});

it("what Okta refuses is told with its cause, and how to go on with another profile", async () => {
  const { login } = await comer();
  const { reply } = await run({ profile: profileOf(login, { email: "no address" }) });
  expect(reply).toMatchObject({ complete: false, hint: expect.stringContaining("without runId") });
  const [create] = listAt(reply, "steps");
  expect(create).toMatchObject({ outcome: "failed", code: "E0000001", summary: expect.stringMatching(/; email: /) });
});

describe("refuses", () => {
  const profile = profileOf("nobody.yet@example.com");
  /** [what, arguments, cause] */
  const bad: readonly [string, (things: Things) => Args, RegExp][] = [
    ["no profile", () => ({}), /^profile: /],
    ...["login", "email", "firstName", "lastName"].flatMap((name): [string, () => Args, RegExp][] => [
      [`no ${name}`, () => ({ profile: { ...profile, [name]: undefined } }), new RegExp(`^profile.${name}: `)],
      [`${name} of null`, () => ({ profile: { ...profile, [name]: null } }), new RegExp(`^profile.${name}: `)],
      [`an empty ${name}`, () => ({ profile: { ...profile, [name]: "" } }), new RegExp(`^profile.${name}: `)],
    ]),
    ["a number for a base attribute", () => ({ profile: { ...profile, city: 5 } }), /^profile\.city: /],
    ["an object for an attribute", () => ({ profile: { ...profile, city: {} } }), /^profile\.city: /],
    ["credentials", () => ({ profile, credentials: {} }), /^credentials: /],
    [
      "a login that is taken",
      ({ bossLogin }) => ({ profile: profileOf(bossLogin) }),
      /^profile\.login: belongs to 00u\w{17} \(.*\), who is ACTIVE$/,
    ],
    [
      "a login that differs in case",
      ({ bossLogin }) => ({ profile: profileOf(bossLogin?.toUpperCase()) }),
      /^profile\.login: /,
    ],
    [
      "an address that is taken",
      ({ bossLogin }) => ({ profile: { ...profile, email: bossLogin } }),
      /^profile\.email: belongs to 00u/,
    ],
    [
      "an unknown group",
      () => ({ profile, groups: ["Sale"] }),
      /^groups\.0: is no group's name or id; the nearest is "Sales"$/,
    ],
    ["a group in other letters", () => ({ profile, groups: ["Remote", "sales"] }), /^groups\.1: .*nearest is "Sales"$/],
    ["a group like none", () => ({ profile, groups: ["Qqqqqqqqqqq"] }), /^groups\.0: is no group's name or id$/],
    ["an empty group", () => ({ profile, groups: [""] }), /^groups\.0: /],
    ["a group that is not there", () => ({ profile, groups: [NO_GROUP] }), /^groups\.0: /],
    ["the built-in group", () => ({ profile, groups: ["Everyone"] }), /^groups\.0: .*BUILT_IN/],
    ["an app's group", () => ({ profile, groups: ["all-staff@larkspur.example"] }), /^groups\.0: .*APP_GROUP/],
    ["too many groups", () => ({ profile, groups: Array.from({ length: 21 }, () => "Sales") }), /^groups: /],
    ["a manager who is nobody", () => ({ profile, managerId: NOBODY }), /^managerId: is nobody/],
    ["an unknown attribute", () => ({ profile: { ...profile, departmnt: "x" } }), /^profile: .*profile\.department/],
    ["a password", () => ({ profile: { ...profile, password: "Sekret77!" } }), /^profile\.password: is no attribute/],
    ["a run with another profile", ({ runId }) => ({ profile, runId }), /^profile: is not what/],
  ];
  // None of these changes anything: they are about the same person.
  let things: Things;
  beforeAll(async () => {
    things = await comer();
    const { runId } = await previewOf(w.org, w.server, TOOL, { profile: profileOf(things.login) });
    things = { ...things, runId: String(runId) };
  });
  it.each(bad)("%s", async (_, args, cause) => {
    const [{ reply, text }, requests] = await w.org.watch(() => run(args(things)));
    expect(at(reply, "error.code"), text).toBe("invalid_arguments");
    expect(String(listAt(reply, "error.causes")[0])).toMatch(cause);
    expect(writes(requests)).toEqual([]);
    expect(text.length).toBeLessThan(LONGEST);
  });

  it("an address with quotes in it finds nobody it is not about", async () => {
    const { login } = await comer();
    const email = `"a b\\" or id pr or x"@example.com`;
    const { reply } = await w.server.call(TOOL, { profile: { ...profileOf(login), email } });
    expect(at(reply, "error.code")).toBe("confirmation_required");
  });

  it("a name that several groups have", async () => {
    const { login } = await comer();
    const server = await w.another({ XDG_STATE_HOME });
    const name = `Twice ${login}`;
    await w.org.control("POST", "import", {
      groups: ["OKTA_GROUP", "APP_GROUP"].map((type, index) => ({
        id: `00gtwice00000000000${index}`,
        type,
        profile: { name },
      })),
    });
    const { reply } = await run({ profile: profileOf(login), groups: [name] }, server);
    expect(at(reply, "error.causes.0")).toMatch(/^groups\.0: is the name of several groups; .*OKTA_GROUP.*APP_GROUP/);
  });

  it("a protected group, which would leave them half-made", async () => {
    const server = await w.another({ XDG_STATE_HOME, OKTA_PROTECTED_GROUPS: "Sales" });
    const { reply } = await run({ profile, groups: ["Sales"] }, server);
    expect(String(listAt(reply, "error.causes")[0])).toMatch(/^groups\.0: is in OKTA_PROTECTED_GROUPS/);
  });

  it.each(["STAGED", "SUSPENDED", "DEPROVISIONED"])("a manager who is %s", async (status) => {
    const { id } = await w.org.person(status);
    expect(at((await run({ profile, managerId: id })).reply, "error.causes.0")).toBe(
      `managerId: must be ACTIVE and is ${status}`,
    );
  });

  it("a run that is another job's, or none", async () => {
    const { id } = await w.org.person();
    const { reply } = await w.server.call("offboard_user", { userId: id });
    const runId = at(reply, "preview.runId");
    expect(at((await run({ profile, runId })).reply, "error.code")).toBe("plan_changed");
    expect(at((await run({ profile, runId: "x" })).reply, "error.code")).toBe("plan_expired");
  });

  /** [settings, code] */
  const settings: readonly [Record<string, string>, string][] = [
    ...[
      "create_user",
      "activate_user",
      "add_user_to_group",
      "set_linked_object_for_user",
      "list_groups",
      "list_users",
    ].map((tool): [Record<string, string>, string] => [{ OKTA_TOOLS: `-${tool}` }, "tool_disabled"]),
    [{ OKTA_READ_ONLY: "true" }, "read_only"],
    [{ OKTA_CONFIRM: "human" }, "declined"],
  ];
  it.each(sample(settings))("with %j", async (env, code) => {
    const server = await w.another({ ...env, XDG_STATE_HOME });
    const [{ reply }, requests] = await w.org.watch(() => run(everything(things), server));
    expect(at(reply, "error.code")).toBe(code);
    if (env.OKTA_TOOLS) expect(at(reply, "error.summary")).toContain(env.OKTA_TOOLS.slice(1));
    expect(writes(requests)).toEqual([]);
  });
});

describe("when a step goes wrong", () => {
  const skipped = (from: number): string[] => ALL_DONE.slice(from).map((step) => step.replace(": done", ": skipped"));
  /** [fault, method, path, steps then, steps after going on with the run] */
  const faults: readonly [Record<string, unknown>, string, string, string[], string[]][] = [
    [{ kind: "drop-after" }, "POST", "/api/v1/users", ALL_DONE, ALL_DONE],
    [{ kind: "drop-after" }, "PUT", "/linkedObjects/", ALL_DONE, ALL_DONE],
    [{ kind: "drop-after" }, "PUT", "/groups/", ALL_DONE, ALL_DONE],
    [{ kind: "drop-after" }, "POST", "/lifecycle/activate", ALL_DONE, ALL_DONE],
    [
      { kind: "drop-before" },
      "POST",
      "/api/v1/users",
      ["create: unknown", ...skipped(1)],
      ["create: unknown", ...skipped(1)],
    ],
    [
      { kind: "status", status: 500 },
      "PUT",
      "/groups/",
      [...ALL_DONE.slice(0, 2), "groups: unknown", "activate: skipped"],
      [...ALL_DONE.slice(0, 2), "groups: unknown", "activate: skipped"],
    ],
    [{ kind: "status", status: 403 }, "POST", "/api/v1/users", ["create: failed E0000009", ...skipped(1)], ALL_DONE],
    [
      { kind: "status", status: 403 },
      "PUT",
      "/linkedObjects/",
      ["create: done", "manager: failed E0000009", "groups: done", "activate: skipped"],
      ALL_DONE,
    ],
    [
      { kind: "status", status: 403 },
      "PUT",
      "/groups/",
      [...ALL_DONE.slice(0, 2), "groups: failed E0000009", "activate: skipped"],
      ALL_DONE,
    ],
    [
      { kind: "status", status: 403 },
      "POST",
      "/lifecycle/activate",
      [...ALL_DONE.slice(0, 3), "activate: failed E0000009"],
      ALL_DONE,
    ],
    [
      { kind: "status", status: 429, resetInSeconds: 3600 },
      "PUT",
      "/groups/",
      [...ALL_DONE.slice(0, 2), "groups: failed rate_limited", "activate: skipped"],
      ALL_DONE,
    ],
  ];
  // A server that had no part in a run: what it knows of it is what was noted.
  let fresh: TestServer;
  beforeAll(async () => {
    fresh = await w.another({ XDG_STATE_HOME });
  });
  it.each(sample(faults, 3))("%j of %s %s", async (fault, method, path, steps, then) => {
    const things = await comer();
    const args = everything(things);
    const { runId } = await previewOf(w.org, w.server, TOOL, args);
    await w.org.fault({ ...fault, method, path });
    // Who was told to wait so long waits with the next run, too.
    const server = fault.status === 429 ? await w.another({ XDG_STATE_HOME }) : w.server;
    const answer = await run({ ...args, runId }, server);
    expect(stepsOf(answer)).toEqual(steps);
    expect(at(answer.reply, "complete")).toBe(steps === ALL_DONE);
    const [again, requests] = await w.org.watch(() => run({ ...args, runId }, fresh));
    expect(stepsOf(again)).toEqual(then);
    if (steps === ALL_DONE || then === steps) expect(writes(requests)).toEqual([]);
    if (then[0] === "create: unknown") expect(at((await run(args)).reply, "complete")).toBe(true);
    else await finish(fresh, TOOL, { ...args, runId });
    await arrived(things);
  });
});

const WRITES = [
  ["POST", "/api/v1/users"],
  ["PUT", "/linkedObjects/"],
  ["PUT", "/groups/"],
  ["POST", "/lifecycle/activate"],
] as const;

it.each(Array.from({ length: LONG ? 50 : 1 }, (_, index) => index))(
  "a server that is killed while it runs leaves what another can finish: %i",
  async () => {
    const things = await comer();
    const args = everything(things);
    const { runId } = await previewOf(w.org, w.server, TOOL, args);
    const env = { ...w.org.env, XDG_STATE_HOME };
    let carriedOut = (requests: readonly LoggedRequest[]): readonly LoggedRequest[] => requests;
    const [, requests] = await w.org.watch(async () => {
      carriedOut = await oneFault(w.org, WRITES);
      await killed(env, TOOL, { ...args, runId, confirm: true }, Math.random() * 120);
      const first = await run({ ...args, runId });
      // The creation never went out: there is nobody, and a new plan may be made.
      if (at(first.reply, "steps.0.outcome") !== "unknown") return finish(w.server, TOOL, { ...args, runId });
      expect(await read(w.org, `/api/v1/users/${things.login}`)).toBe("404");
      return finish(w.server, TOOL, args);
    });
    await w.org.control("DELETE", "faults");
    once(carriedOut(requests));
    await arrived(things);
  },
);
