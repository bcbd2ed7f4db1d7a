import { describe, expect, it } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import type { TestOrg } from "../support/org.ts";
import { complete } from "./covered.ts";
import { refusesArguments, spoil } from "./spoil.ts";
import { type Args, aTime, type Given, NOBODY, PASSWORD, snapshot, type Things, walk, world } from "./support.ts";
import { refused, succeed } from "./tables.ts";

const w = world({}, 200);

/** The query as it goes out, in its order. */
function wire(sent: Record<string, string>): Given {
  return async (org) => {
    const { id, login } = await org.person();
    await org.control("POST", "sign-in", { login, password: PASSWORD, ip: "203.0.113.7" });
    await org.control("POST", "sign-in", { login, password: "Wrong-horse-1" });
    await org.api("POST", `/api/v1/users/${id}/lifecycle/suspend`);
    const theirs = `actor.id eq "${id}" or target.id eq "${id}"`;
    const { filter } = sent;
    const query = {
      ...sent,
      filter: filter === undefined ? theirs : `(${theirs}) and (${filter})`,
      sortOrder: "DESCENDING",
    };
    return {
      id,
      login,
      inPath: encodeURIComponent(login),
      admin: textAt(await org.api("GET", "/api/v1/users/me"), "profile.login"),
      query: String(new URLSearchParams(query)),
    };
  };
}
const LOGS = "GET /api/v1/logs?{query}";

const event = (eventType: string, more: Args): Args => ({
  time: aTime,
  eventType,
  message: expect.any(String),
  ...more,
});
const theirs = { actor: "{login}", outcome: "SUCCESS", ip: "203.0.113.7" };
const done = { actor: "{admin}", outcome: "SUCCESS", targets: ["{login}"], ip: "127.0.0.1" };
const signIn = event("user.session.start", theirs);
const failed = event("user.session.start", {
  actor: "{login}",
  outcome: "FAILURE",
  reason: "INVALID_CREDENTIALS",
  ip: "127.0.0.1",
});
const ALL = [
  event("user.lifecycle.suspend", done),
  failed,
  signIn,
  event("user.lifecycle.activate", done),
  event("user.lifecycle.create", done),
];

/** The seeded person with the longest history. */
async function busiest(org: TestOrg): Promise<Things> {
  const id = textAt(await snapshot(org), "ownerId");
  return { id };
}

const EVER = { since: "2000-01-01T00:00:00Z" };

describe("system log", () => {
  succeed(w, [
    { tool: "list_user_events", given: wire({ limit: "25" }), wire: LOGS, reply: { events: ALL } },
    {
      tool: "list_user_events",
      title: "by login",
      given: wire({ limit: "25" }),
      args: { userId: "{login}" },
      wire: ["GET /api/v1/users/{inPath}", LOGS],
      reply: { events: ALL },
    },
    {
      tool: "list_user_events",
      title: "the newest",
      given: wire({ limit: "1" }),
      args: { limit: 1 },
      wire: LOGS,
      reply: { events: ALL.slice(0, 1), next: expect.stringMatching(/\S/) },
    },
    {
      tool: "list_user_events",
      title: "of one kind",
      given: wire({ filter: 'eventType sw "user.session" and (outcome.result eq "FAILURE")', limit: "25" }),
      args: { filter: 'eventType sw "user.session" and (outcome.result eq "FAILURE")' },
      wire: LOGS,
      reply: { events: [failed] },
    },
    {
      tool: "list_user_events",
      title: "of either of two kinds, and still of nobody else",
      given: wire({ filter: 'eventType eq "user.session.start" or eventType pr', limit: "25" }),
      args: { filter: 'eventType eq "user.session.start" or eventType pr' },
      wire: LOGS,
      reply: { events: ALL },
    },
    {
      tool: "list_user_events",
      title: "with a word, in a time",
      given: wire({ since: EVER.since, until: "2100-01-01T00:00:00Z", q: "suspend", limit: "25" }),
      args: { ...EVER, until: "2100-01-01T00:00:00Z", q: "suspend" },
      wire: LOGS,
      reply: { events: ALL.slice(0, 1) },
    },
    {
      tool: "list_user_events",
      title: "before there were any",
      given: wire({ since: EVER.since, until: "2001-01-01T00:00:00Z", limit: "25" }),
      args: { ...EVER, until: "2001-01-01T00:00:00Z" },
      wire: LOGS,
      reply: { events: [] },
    },
  ]);

  it("next walks all events of a person, newest first, each exactly once and none of anybody else", async () => {
    const { id = "" } = await busiest(w.org);
    const all = { all: await w.org.api("GET", `/api/v1/logs?limit=1000&since=${EVER.since}&sortOrder=DESCENDING`) };
    const about = listAt(all, "all").filter((entry) => JSON.stringify(entry).includes(`"id":"${id}"`));
    const walked = await walk(w.server, "list_user_events", { userId: id, ...EVER, limit: 7 }, "events");
    expect(walked.length).toBeGreaterThan(20);
    expect(walked.map((entry) => [at(entry, "time"), at(entry, "eventType")])).toEqual(
      about.map((entry) => [at(entry, "published"), at(entry, "eventType")]),
    );
  });

  it("an event takes less than 260 bytes on average, with where it came from", async () => {
    const { id } = await busiest(w.org);
    const { reply } = await w.server.call("list_user_events", { userId: id, ...EVER, limit: 200 });
    const events = listAt(reply, "events");
    expect(events.some((entry) => /^\w+, \w+/.test(String(at(entry, "place"))))).toBe(true);
    expect(Buffer.byteLength(JSON.stringify(events)) / events.length).toBeLessThan(260);
  });

  it.each([
    'severity eq "WARN") or (eventType pr',
    '"',
    'displayMessage eq "a',
    'displayMessage eq "\\") or (eventType pr"',
    "(eventType pr",
    "eventType pr)",
    ")(",
    "",
    " ",
  ])("a filter that would not stay inside what it is put into is refused: %j", async (filter) => {
    await refusesArguments(w, "list_user_events", { userId: NOBODY, filter }, /^filter: must end each quote/);
  });

  it("a time that ends before it begins", async () => {
    const args = { since: "2026-01-02T00:00:00Z", until: "2026-01-01T00:00:00Z" };
    await refusesArguments(w, "list_user_events", args, /^since: must be before until/);
  });

  const somebody = wire({});
  refused(w, [
    {
      tool: "list_user_events",
      title: "an unknown login",
      given: async () => ({ id: "nobody@example.com" }),
      code: "E0000007",
      status: 404,
      hint: /find_user/,
    },
    {
      tool: "list_user_events",
      title: "a filter that is none",
      given: somebody,
      args: { filter: "sign-ins that failed" },
      code: "E0000031",
      status: 400,
      causes: ["Invalid search syntax.", expect.stringContaining("position")],
    },
    {
      tool: "list_user_events",
      title: "a time that is none",
      given: somebody,
      args: { since: "yesterday" },
      code: "E0000001",
      status: 400,
      causes: [expect.stringMatching(/^since/)],
    },
    {
      tool: "list_user_events",
      title: "a stale cursor",
      given: somebody,
      args: { after: "stale" },
      code: "E0000031",
      status: 400,
      causes: ["Invalid cursor."],
      hint: /without after/,
    },
  ]);

  spoil(w, { list_user_events: { userId: NOBODY } });

  complete("system-log");
});
