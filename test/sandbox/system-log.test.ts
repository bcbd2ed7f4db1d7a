import { beforeAll, describe, expect, it } from "vitest";
import { apiRoutes } from "../../src/sandbox/api.ts";
import { EVENT_TYPES } from "../../src/sandbox/log-events.ts";
import { isWritten } from "../../src/sandbox/log-writers.ts";
import { SEEDED_ANSWER, SEEDED_PASSWORD } from "../../src/sandbox/seed-people.ts";
import { at, list, nextAfter, profile, sandboxFor, short, text } from "./harness.ts";

const org = sandboxFor({ users: 200 });
const encoded = encodeURIComponent;

async function events(query: string): Promise<unknown[]> {
  return list((await org.api("GET", `/api/v1/logs${query}`)).body);
}

const types = (found: readonly unknown[]) => found.map((event) => text(event, "eventType"));
const about = (id: string) => `?limit=1000&filter=${encoded(`target.id eq "${id}"`)}`;

async function person(more: object = {}): Promise<string> {
  const made = await org.api("POST", "/api/v1/users", { profile: profile(), ...more });
  return text(made.body, "id");
}

it("every write of the API is known to the log", () => {
  const writes = apiRoutes.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);
  expect(writes.filter((route) => !isWritten(route))).toEqual([]);
  expect(writes.length).toBeGreaterThan(50);
});

const PASSWORD = { credentials: { password: { value: "Harbor-Larch-77" } } };
const CHANGE = { oldPassword: { value: SEEDED_PASSWORD }, newPassword: { value: "Tangerine-4417" } };
const WRONG = { oldPassword: { value: "Wrong-4417" }, newPassword: { value: "Tangerine-4417" } };
const RECOVERY = { password: { value: "Tangerine-4417" }, recovery_question: { answer: SEEDED_ANSWER } };
const SMS = { factorType: "sms", provider: "OKTA", profile: { phoneNumber: "+1-555-0100" } };
const QUESTION = { factorType: "question", provider: "OKTA", profile: { question: "first_award", answer: "Chess" } };

// What is done to an active seeded person, and the events that are about him afterwards.
const DONE: [request: string, expected: string, body?: unknown][] = [
  ["POST /lifecycle/suspend", "user.lifecycle.suspend"],
  ["POST /lifecycle/deactivate", "user.lifecycle.deactivate"],
  ["DELETE ", "user.lifecycle.deactivate"],
  ["POST /lifecycle/reset_factors", "user.mfa.factor.reset_all"],
  ["POST /lifecycle/expire_password", "user.account.expire_password"],
  ["POST /lifecycle/reset_password", "user.account.reset_password"],
  ["POST ", "user.account.update_profile", { profile: { nickName: "Nick" } }],
  ["POST ", "user.account.update_password", PASSWORD],
  ["POST /credentials/change_password", "user.account.update_password", CHANGE],
  ["POST /credentials/change_password", "user.account.update_password FAILURE INVALID_CREDENTIALS", WRONG],
  ["POST /credentials/forgot_password_recovery_question", "user.account.reset_password", RECOVERY],
  ["DELETE /sessions", "user.session.clear"],
  ["POST /roles", "user.account.privilege.grant", { type: "READ_ONLY_ADMIN" }],
  ["POST /factors", "user.mfa.factor.activate", QUESTION],
  ["POST /lifecycle/unlock", ""],
  ["PUT /lifecycle/unlock", ""],
];

describe("a write is told", () => {
  const plain = (user: unknown) =>
    at(user, "status") === "ACTIVE" && at(user, "blocks") === 0 && at(user, "hasRecoveryQuestion") === true;

  it.each(DONE)("%s: %s", async (request, expected, body) => {
    const id = await org.someone((user) => plain(user) && list(at(user, "apps")).length === 0);
    const [method = "", rest = ""] = request.split(" ");
    if (rest === "/factors") await org.api("POST", `/api/v1/users/${id}/lifecycle/reset_factors`);
    const before = (await events(about(id))).length;
    const reply = await org.api(method, `/api/v1/users/${id}${rest}`, body);
    const fresh = (await events(about(id))).slice(before);
    const outcomes = fresh.map((event) => {
      const reason = at(event, "outcome", "reason");
      return `${text(event, "eventType")}${reason === null ? "" : ` ${at(event, "outcome", "result")} ${reason}`}`;
    });
    expect(outcomes.join(", ")).toBe(expected);
    if (reply.status < 300) {
      expect(at(fresh[0], "transaction", "id")).toBe(reply.headers.get("x-okta-request-id"));
    }
  });

  it("in Okta's shape, without a secret", async () => {
    const id = await person(PASSWORD);
    const [created, activated] = await events(about(id));
    expect(created).toMatchObject({
      eventType: "user.lifecycle.create",
      severity: "INFO",
      version: "0",
      displayMessage: "Create Okta user",
      outcome: { result: "SUCCESS", reason: null },
      actor: { type: "User" },
      target: [{ id, type: "User", detailEntry: null }],
      client: { ipAddress: "127.0.0.1" },
      transaction: { type: "WEB" },
      debugContext: { debugData: { requestUri: "/api/v1/users" } },
    });
    expect(text(created, "uuid")).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(at(activated, "eventType")).toBe("user.lifecycle.activate");
    expect(JSON.stringify([created, activated])).not.toContain("Harbor-Larch-77");
  });

  it("erasing, memberships, lost apps, roles that go one by one", async () => {
    const id = await org.someone((user) => plain(user) && list(at(user, "apps")).length === 1);
    const before = (await events(about(id))).length;
    const group = text((await org.api("GET", "/api/v1/groups?q=Report")).body, 0, "id");
    for (const type of ["READ_ONLY_ADMIN", "APP_ADMIN"]) await org.api("POST", `/api/v1/users/${id}/roles`, { type });
    await org.api("PUT", `/api/v1/groups/${group}/users/${id}`, {});
    for (const role of list((await org.api("GET", `/api/v1/users/${id}/roles`)).body)) {
      await org.api("DELETE", `/api/v1/users/${id}/roles/${text(role, "id")}`);
    }
    await org.api("DELETE", `/api/v1/groups/${group}/users/${id}`);
    await org.api("DELETE", `/api/v1/users/${id}`);
    await org.api("DELETE", `/api/v1/users/${id}`);
    expect(types((await events(about(id))).slice(before))).toEqual([
      "user.account.privilege.grant",
      "user.account.privilege.grant",
      "group.user_membership.add",
      "user.account.privilege.grant",
      "user.account.privilege.grant",
      "user.account.privilege.grant",
      "group.user_membership.remove",
      "user.account.privilege.revoke",
      "user.lifecycle.deactivate",
      "application.user_membership.remove",
      "user.lifecycle.delete.initiated",
      "user.lifecycle.delete.completed",
    ]);
  });

  it("text messages, groups, schemas, definitions", async () => {
    const path = `/api/v1/users/${await person()}/factors`;
    await org.api("POST", path, SMS);
    const made = await org.api("POST", "/api/v1/groups", { profile: { name: "Told" } });
    await org.api("DELETE", `/api/v1/groups/${text(made.body, "id")}`);
    await org.api("POST", "/api/v1/meta/schemas/user/default", {});
    const side = (name: string) => ({ name, title: name, description: "", type: "USER" });
    const definitions = "/api/v1/meta/schemas/user/linkedObjects";
    await org.api("POST", definitions, { primary: side("told"), associated: side("teller") });
    await org.api("DELETE", `${definitions}/told`);
    expect(types(await events("?sortOrder=DESCENDING&limit=6")).reverse()).toEqual([
      "system.sms.send_phone_verification_message",
      "group.lifecycle.create",
      "group.lifecycle.delete",
      "directory.user_profile.update",
      "directory.linked_object.create",
      "directory.linked_object.delete",
    ]);
  });
});

describe("history", () => {
  it("people signed in, failed, and were locked out after ten failures", async () => {
    const all = await events(`?limit=1000&since=2020-01-01T00:00:00.000Z`);
    const counts = new Map<string, number>();
    for (const type of types(all)) counts.set(type, (counts.get(type) ?? 0) + 1);
    expect(counts.get("user.session.start")).toBeGreaterThan(200);
    expect(counts.get("user.session.end")).toBeGreaterThan(20);
    const users = list(at(await org.snapshot(), "users"));
    const locked = users.find((user) => at(user, "status") === "LOCKED_OUT");
    const id = text(locked, "id");
    const own = await events(`?filter=${encoded(`actor.id eq "${id}" and outcome.result eq "FAILURE"`)}&limit=1000`);
    expect(types(own).slice(-2)).toEqual(["user.session.start", "user.account.lock"]);
    expect(own.filter((event) => at(event, "outcome", "reason") === "INVALID_CREDENTIALS").length).toBeGreaterThan(9);
    const user = (await org.api("GET", `/api/v1/users/${id}`)).body;
    expect(text(own.at(-1), "published").slice(0, 16)).toBe(text(user, "statusChanged").slice(0, 16));
  });

  it("a last sign-in shows in the log", async () => {
    const users = list(at(await org.snapshot(), "users"));
    const someone = users.find((user) => at(user, "status") === "ACTIVE" && at(user, "lastLogin") !== null);
    const filter = `eventType eq "user.session.start" and actor.id eq "${text(someone, "id")}"`;
    const found = await events(`?since=2020-01-01T00:00:00.000Z&filter=${encoded(filter)}`);
    expect(text(found.at(-1), "published").slice(0, 19)).toBe(text(someone, "lastLogin").slice(0, 19));
  });
});

describe("queries", () => {
  let since = "";
  beforeAll(async () => {
    since = new Date().toISOString();
    for (const name of ["Quill", "Quarry", "Quince"]) await person({ profile: profile({ firstName: name }) });
  });
  const TEXT = "displayMessage";
  const COUNTS: [query: string, count: number][] = [
    ["&q=quarry", 2],
    ["&q=QUARRY%20create", 1],
    ["&q=quarry%20quince", 0],
    [`&filter=${encoded('eventType eq "user.lifecycle.create"')}`, 3],
    [`&filter=${encoded('eventType sw "user.lifecycle" and severity eq "INFO"')}`, 6],
    [`&filter=${encoded('target.displayName eq "Quill Person" or target.type eq "UserGroup"')}`, 2],
    [`&filter=${encoded(`${TEXT} co "okta user" and published gt "2100-01-01T00:00:00.000Z"`)}`, 0],
    ["&until=2000-01-01T00:00:00.000Z", 0],
    ["&limit=4", 4],
    ["&limit=0", 0],
  ];
  it.each(COUNTS)("%s finds %d", async (query, count) => {
    expect(await events(`?since=${since}${query}`)).toHaveLength(count);
  });

  const REFUSED: [query: string, expected: string][] = [
    ["?filter=nonsense", "400 E0000031"],
    [`?filter=${encoded('published gt "soon"')}`, "400 E0000030"],
    ["?since=soon", "400 E0000001"],
    ["?until=soon", "400 E0000001"],
    ["?sortOrder=UP", "400 E0000001"],
    [`?q=${"x".repeat(41)}`, "400 E0000001"],
    [`?q=${encoded("a b c d e f g h i j k")}`, "400 E0000001"],
    ["?after=nonsense", "400 E0000031"],
    ["?limit=x", "400 E0000029"],
  ];
  it.each(REFUSED)("refuses %s", async (query, expected) => {
    expect(short(await org.api("GET", `/api/v1/logs${query}`))).toBe(expected);
  });

  it("a bounded query ends, in both directions", async () => {
    const until = new Date(Date.now() + 1000).toISOString();
    for (const order of ["ASCENDING", "DESCENDING"]) {
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const query = `?since=${since}&until=${until}&limit=4&sortOrder=${order}`;
        const page = await org.api("GET", `/api/v1/logs${query}${after === undefined ? "" : `&after=${after}`}`);
        seen.push(...list(page.body).map((event) => text(event, "published")));
        after = nextAfter(page);
      } while (after !== undefined);
      expect(seen).toHaveLength(6);
      const sorted = [...seen].sort();
      expect(seen).toEqual(order === "ASCENDING" ? sorted : sorted.reverse());
    }
  });

  it("polling goes on after the last page", async () => {
    const first = await org.api("GET", `/api/v1/logs?since=${since}&filter=${encoded('target.type eq "User"')}`);
    const next = async (reply: typeof first) => {
      const url = /<([^>]+)>; rel="next"/.exec(reply.headers.get("link") ?? "")?.[1] ?? "";
      return org.api("GET", url.slice(org.sandbox.url.length));
    };
    const second = await next(first);
    expect(second.body).toEqual([]);
    await person();
    const third = await next(second);
    expect(types(list(third.body))).toEqual(["user.lifecycle.create", "user.lifecycle.activate"]);
    expect((await next(third)).body).toEqual([]);
  });

  it("knows only event types of the catalogue's form", () => {
    expect(Object.keys(EVENT_TYPES).every((type) => /^[a-z_0-9]+(\.[a-z_0-9]+)+$/.test(type))).toBe(true);
  });
});
