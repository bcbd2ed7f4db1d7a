import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import { COMMAND, type LoggedRequest, startOrg, type TestOrg } from "../support/org.ts";
import { startServer, type TestServer } from "../support/server.ts";

/** One org and one server of a test file, started before its tests and stopped after them. */
export interface World {
  readonly org: TestOrg;
  readonly server: TestServer;
  /** A server of its own settings in front of the same org; stopped with the file. */
  another(env: Record<string, string>): Promise<TestServer>;
}

export function world(env: Record<string, string> = {}): World {
  let org: TestOrg | undefined;
  const servers: TestServer[] = [];
  const started = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("not started yet");
    return value;
  };
  const another = async (more: Record<string, string>): Promise<TestServer> => {
    const server = await startServer({ ...started(org).env, ...more });
    servers.push(server);
    return server;
  };
  beforeAll(async () => {
    org = await startOrg("--rate-limit", "100000");
    await another(env);
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await org?.stop();
  });
  return {
    get org() {
      return started(org);
    },
    get server() {
      return started(servers[0]);
    },
    another,
  };
}

/** What a case is about, by the name its `{placeholders}` use; `id` is the person's, `org` the org's URL. */
export type Things = Record<string, string>;
export type Given = (org: TestOrg) => Promise<Things>;
export type Args = Record<string, unknown>;

/** Ids in Okta's form that nobody and nothing has. */
export const NOBODY = "00uzzzzzzzzzzzzzzzzz";
export const NO_GRANT = "oagzzzzzzzzzzzzzzzzz";
export const NO_CLIENT = "0oazzzzzzzzzzzzzzzzz";
export const NO_TOKEN = "oarzzzzzzzzzzzzzzzzz";
export const NO_ROLE = "ra1zzzzzzzzzzzzzzzzz";
export const NO_GROUP = "00gzzzzzzzzzzzzzzzzz";

/** What `org.person` and the sandbox's seeded people sign in with. */
export const PASSWORD = "Correct-horse-9";
export const SEEDED_PASSWORD = "Larch-Harbor-2041";

/** A wire id of a person who was just made. */
export const anId: unknown = expect.stringMatching(/^00u[A-Za-z0-9]{17}$/);
export const aTime: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

export const nobodyYet: Given = async () => ({ id: NOBODY });
export const nothing: Given = async () => ({});

/** A fresh person in a status. */
export function person(status = "ACTIVE", extra: Record<string, unknown> = {}): Given {
  return (org) => org.person(status, extra).then((made) => ({ ...made }));
}

let newcomers = 0;

/** A login nobody has yet. */
export const newcomer: Given = async () => {
  newcomers += 1;
  return { login: `new.comer${newcomers}.${process.pid}@example.com` };
};

/** A fresh person with an admin role, `role` its assignment. */
export function admin(type: string, more: Record<string, unknown> = {}): Given {
  return async (org) => {
    const made = await org.person();
    const role = await org.api("POST", `/api/v1/users/${made.id}/roles`, { type, ...more });
    return { ...made, role: textAt(role, "id") };
  };
}

/** The org from inside, beyond what the API shows. */
export async function snapshot(org: TestOrg): Promise<unknown> {
  const response = await fetch(`${org.url}/sandbox/snapshot`, {
    headers: { authorization: `Bearer ${org.controlKey}` },
  });
  return response.json();
}

const taken = new WeakMap<TestOrg, Set<string>>();

/** A seeded person who `matches`, never the same twice in a file, never the token's owner. */
export async function someone(org: TestOrg, matches: (user: unknown) => boolean): Promise<Things> {
  const known = taken.get(org) ?? new Set();
  taken.set(org, known);
  const inside = await snapshot(org);
  const owner = at(inside, "ownerId");
  const found = listAt(inside, "users").find(
    (user) => at(user, "id") !== owner && !known.has(textAt(user, "id")) && matches(user),
  );
  if (found === undefined) throw new Error("nobody is left who matches");
  const id = textAt(found, "id");
  known.add(id);
  return { id, login: textAt(found, "login") };
}

/** How one person looks from inside. */
export async function inside(org: TestOrg, id: string): Promise<unknown> {
  return listAt(await snapshot(org), "users").find((user) => at(user, "id") === id);
}

/** The group, app or other entry of the snapshot's list with that name. */
export async function named(org: TestOrg, list: "groups" | "apps", name: string, key = "name"): Promise<string> {
  return textAt(
    listAt(await snapshot(org), list).find((entry) => at(entry, key) === name),
    "id",
  );
}

/** Puts things in the place of their `{names}`, at any depth; matchers stay as they are. */
export function fill(value: unknown, things: Things): unknown {
  if (typeof value === "string")
    return value.replace(/\{(\w+)\}/g, (whole: string, name: string) => things[name] ?? whole);
  if (Array.isArray(value)) return value.map((item) => fill(item, things));
  return isPlain(value) ? fillArgs(value, things) : value;
}

function fillArgs(args: Args, things: Things): Args {
  return Object.fromEntries(Object.entries(args).map(([key, value]) => [key, fill(value, things)]));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** What has reached the org about one person, by id or login; unlike `watch` it does not mind others at work. */
export async function requestsAbout(org: TestOrg, who: string): Promise<LoggedRequest[]> {
  const response = await fetch(`${org.url}/sandbox/requests`, {
    headers: { authorization: `Bearer ${org.controlKey}` },
  });
  const all: unknown = await response.json();
  return listAt({ all }, "all").flatMap((entry) => {
    const [method, path, query] = [textAt(entry, "method"), textAt(entry, "path"), textAt(entry, "query")];
    if (!decodeURIComponent(path).includes(`/users/${who}`)) return [];
    return [{ method, path, query, status: Number(at(entry, "status")) }];
  });
}

/** A request as tables write it: `GET /path?query`. */
export function line({ method, path, query }: LoggedRequest): string {
  return `${method} ${path}${query === "" ? "" : `?${query}`}`;
}

export function lines(requests: readonly LoggedRequest[]): string[] {
  return requests.map(line);
}

export function writes(requests: readonly LoggedRequest[]): string[] {
  return lines(requests.filter(({ method }) => method !== "GET"));
}

/** The arguments of a case: about the person it made, unless it made none. */
function argsOf({ args = {} }: { readonly args?: Args | undefined }, things: Things): Args {
  return fillArgs({ ...(things.id === undefined ? {} : { userId: "{id}" }), ...args }, things);
}

/** What a GET of the org says afterwards; `404` and the like where it refuses. */
export async function read(org: TestOrg, path: string, dotted = ""): Promise<unknown> {
  try {
    const body = await org.api("GET", path);
    return dotted === "" ? body : at(body, dotted);
  } catch (error) {
    return /: (\d{3}) /.exec(String(error))?.[1];
  }
}

/** All entries of a list, page by page: `next` goes back as `after`. */
export async function walk(server: TestServer, tool: string, args: Args, plural: string): Promise<unknown[]> {
  const seen: unknown[] = [];
  let after: unknown;
  do {
    const { reply } = await server.call(tool, { ...args, ...(after === undefined ? {} : { after }) });
    seen.push(...listAt(reply, plural));
    after = at(reply, "next");
  } while (after !== undefined && seen.length < 10_000);
  return seen;
}

/** The tools a file's tables hold, by what they prove. */
const covered = {
  successes: new Set<string>(),
  previews: new Set<string>(),
  refusals: new Set<string>(),
  badInput: new Set<string>(),
};

/** The tables of a file hold every tool of its family; to be called after them. */
export function complete(family: string): void {
  it("no tool of the family is left out", () => {
    const listed: unknown = JSON.parse(readFileSync(join(dirname(COMMAND), "tools.json"), "utf8"));
    const own = listAt({ listed }, "listed").filter((tool) => at(tool, "family") === family);
    const asking = own.filter((tool) => at(tool, "definition.inputSchema.properties.confirm") !== undefined);
    const names = (tools: readonly unknown[]): string[] => tools.map((tool) => textAt(tool, "definition.name")).sort();
    expect(own.length).toBeGreaterThan(0);
    expect([...covered.successes].sort()).toEqual(names(own));
    expect([...covered.previews].sort()).toEqual(names(asking));
    expect([...covered.refusals].sort()).toEqual(names(own));
    expect([...covered.badInput].sort()).toEqual(names(own));
  });
}

export interface Asks {
  /** What the preview must say happens. */
  readonly consequence: RegExp;
  readonly undoneBy?: string;
  readonly warning?: RegExp;
  /** Whom the preview names, where it is not the person the case made. */
  readonly target?: unknown;
}

export interface Success {
  readonly tool: string;
  /** What tells this case from the tool's others. */
  readonly title?: string;
  readonly given: Given;
  /** Beside `userId`, and beside `confirm` where the case asks. */
  readonly args?: Args;
  /** The requests that go out, in order. */
  readonly wire: string | readonly string[];
  /** The whole reply; left out: `done` and the user's id. */
  readonly reply?: unknown;
  /** The gate: the call is refused with this preview first, whatever is no consent. */
  readonly asks?: Asks;
  /** A new thing from the reply, for what follows: name and dotted path. */
  readonly makes?: readonly [name: string, dotted: string];
  /** The person's status in the org afterwards. */
  readonly status?: string;
  /** What the org says afterwards. */
  readonly after?: readonly (readonly [path: string, dotted: string, expected: unknown])[];
  /** What cannot be read by the API. */
  readonly proof?: (org: TestOrg, things: Things, before: unknown) => Promise<void>;
}

/** The successes of a family: reply, wire and the org afterwards, behind the gate where there is one. */
export function succeed(w: World, cases: readonly Success[]): void {
  for (const { tool, asks } of cases) {
    covered.successes.add(tool);
    if (asks) covered.previews.add(tool);
  }
  describe("success", () => {
    for (const entry of cases)
      it(titled(entry), async () => {
        const { org, server } = w;
        const things: Things = { org: org.url, ...(await entry.given(org)) };
        const args = argsOf(entry, things);
        const before = await snapshot(org);
        if (entry.asks) await asksFirst(w, entry.tool, args, things, entry.asks);
        const consent = entry.asks ? { confirm: true } : {};
        const [answer, requests] = await org.watch(() => server.call(entry.tool, { ...args, ...consent }));
        const reply = entry.reply ?? { done: entry.tool, userId: "{id}" };
        expect(answer.reply).toEqual(fill(reply, things));
        expect(answer.failed).toBe(false);
        expect(lines(requests)).toEqual(fill([entry.wire].flat(), things));
        if (entry.makes) things[entry.makes[0]] = textAt(answer.reply, entry.makes[1]);
        if (entry.status !== undefined)
          expect(await read(org, `/api/v1/users/${things.id}`, "status")).toBe(entry.status);
        for (const [path, dotted, expected] of entry.after ?? [])
          expect(await read(org, String(fill(path, things)), dotted)).toEqual(fill(expected, things));
        await entry.proof?.(org, things, before);
      });
  });
}

/** Nothing is written without the boolean `confirm: true`, and the refusal says exactly what would happen. */
async function asksFirst({ org, server }: World, tool: string, args: Args, things: Things, asks: Asks): Promise<void> {
  const before = await wholeState(org, things.id);
  const target = asks.target === undefined ? await targetOf(org, things.id ?? "") : fill(asks.target, things);
  const refusal = {
    error: {
      code: "confirmation_required",
      status: null,
      summary: expect.stringMatching(/^Nothing was done/),
      causes: [],
      requestId: null,
    },
    preview: {
      action: tool,
      consequence: expect.stringMatching(asks.consequence),
      ...(asks.undoneBy === undefined ? {} : { undoneBy: asks.undoneBy }),
      target,
      ...(asks.warning === undefined ? {} : { warning: expect.stringMatching(asks.warning) }),
    },
    hint: expect.stringContaining("confirm: true"),
  };
  for (const consent of [{}, { confirm: false }, { confirm: null }]) {
    const [answer, requests] = await org.watch(() => server.call(tool, { ...args, ...consent }));
    expect(answer.reply).toEqual(refusal);
    expect(answer.failed).toBe(true);
    expect(writes(requests)).toEqual([]);
    // The person is read once; who is not there yet cannot be.
    expect(requests.length).toBe(things.id === undefined ? 0 : 1);
  }
  const noConsent = ["true", 1, "yes", [true]].map((confirm) => ({ ...args, confirm }));
  const says = /^confirm: must be the boolean true/;
  await refuseAll(
    { org, server },
    tool,
    noConsent.map((given) => [given, says]),
  );
  if (things.id !== undefined) {
    const [answer, requests] = await org.watch(() => server.call(tool, { ...args, userId: NOBODY }));
    expect(at(answer.reply, "error.code")).toBe("E0000007");
    expect(writes(requests)).toEqual([]);
  }
  expect(await wholeState(org, things.id)).toEqual(before);
}

/** A person as a preview names them. */
export async function targetOf(org: TestOrg, id: string): Promise<unknown> {
  const user = await org.api("GET", `/api/v1/users/${id}`);
  const { firstName, lastName } = { firstName: at(user, "profile.firstName"), lastName: at(user, "profile.lastName") };
  return { id, login: at(user, "profile.login"), name: `${firstName} ${lastName}`, status: at(user, "status") };
}

/** Everything that could have changed: the org from inside, and the person as the API shows them. */
async function wholeState(org: TestOrg, id: string | undefined): Promise<unknown> {
  const inside = await snapshot(org);
  // A wrong password is counted by the org itself.
  const users = listAt(inside, "users").map((user) => ({ ...Object(user), failedChecks: undefined }));
  return [{ ...Object(inside), users }, id === undefined ? undefined : await read(org, `/api/v1/users/${id}`)];
}

/** Sets how the org behaves where time plays a part; see `POST /sandbox/settings`. */
export async function orgSettings(org: TestOrg, settings: Record<string, number>): Promise<void> {
  const headers = { authorization: `Bearer ${org.controlKey}`, "content-type": "application/json" };
  const response = await fetch(`${org.url}/sandbox/settings`, {
    method: "POST",
    headers,
    body: JSON.stringify(settings),
  });
  if (!response.ok) throw new Error(`the sandbox does not take ${JSON.stringify(settings)}: ${await response.text()}`);
}

/** Waits for what was asked for with `Prefer: respond-async`. */
export async function becomes(org: TestOrg, id: unknown, status: string): Promise<void> {
  await vi.waitFor(async () => expect(await read(org, `/api/v1/users/${id}`, "status")).toBe(status), {
    timeout: 5_000,
  });
}

export interface Refusal {
  readonly tool: string;
  readonly title?: string;
  /** Left out: nobody, an id in Okta's form that does not exist. */
  readonly given?: Given;
  readonly args?: Args;
  readonly code: string;
  readonly status: number;
  /** Whole list, in order; left out: none. */
  readonly causes?: readonly unknown[];
  readonly hint?: RegExp;
}

/** What Okta refuses: passed on as a failure one can act on, and the org stays as it was. */
export function refused(w: World, cases: readonly Refusal[]): void {
  for (const { tool } of cases) covered.refusals.add(tool);
  describe("refused by Okta", () => {
    for (const entry of cases)
      it(`${titled(entry)}: ${entry.code}`, async () => {
        const { org, server } = w;
        const things = await (entry.given ?? nobodyYet)(org);
        const before = await wholeState(org, things.id === NOBODY ? undefined : things.id);
        const answer = await server.call(entry.tool, argsOf(entry, things));
        expect(answer.reply).toEqual({
          error: {
            code: entry.code,
            status: entry.status,
            summary: expect.stringMatching(/\S/),
            causes: fill(entry.causes ?? [], things),
            requestId: expect.stringMatching(/^[\w-]{16,}$/),
          },
          hint: expect.stringMatching(entry.hint ?? /\S+ \S+/),
        });
        expect(answer.failed).toBe(true);
        expect(await wholeState(org, things.id === NOBODY ? undefined : things.id)).toEqual(before);
      });
  });
}

function titled({ tool, title }: { readonly tool: string; readonly title?: string }): string {
  return title === undefined ? tool : `${tool}, ${title}`;
}

/** A call that must be refused for its arguments before anything leaves; `cause` names the field. */
export function refusesArguments(w: Pick<World, "org" | "server">, tool: string, ...spoiled: Spoiled): Promise<void> {
  return refuseAll(w, tool, [spoiled]);
}

async function refuseAll(
  { org, server }: Pick<World, "org" | "server">,
  tool: string,
  cases: readonly Spoiled[],
): Promise<void> {
  const [answers, requests] = await org.watch(() => Promise.all(cases.map(([args]) => server.call(tool, args))));
  cases.forEach(([args, cause], i) => {
    const about = `${tool} ${JSON.stringify(args).slice(0, 200)}`;
    expect(answers[i]?.reply, about).toEqual({
      error: {
        code: "invalid_arguments",
        status: null,
        summary: expect.stringContaining(tool),
        causes: expect.arrayContaining([expect.stringMatching(cause)]),
        requestId: null,
      },
      hint: expect.stringMatching(/\S+ \S+/),
    });
    expect(answers[i]?.failed, about).toBe(true);
  });
  expect(lines(requests)).toEqual([]);
}

const IN_PATH = [
  ["userId", "primaryUserId", "grantId", "clientId", "tokenId", "roleAssignmentId", "appName", "appId", "groupId"],
  ["relationshipName", "primaryRelationshipName"],
].flat();

/** What cannot be one segment of a path. */
const NO_SEGMENT = ["", " ", ".", "..", "a/b", "../users", "a?b", "a\\b", "a\nb", "a\u0000b"];

type Spoiled = readonly [args: Args, cause: string | RegExp];

/**
 * Spoils valid arguments in every way that the tool's own schema suggests, one at a time.
 *
 * @param tools the least valid arguments of each tool
 */
export function spoil(w: World, tools: Readonly<Record<string, Args>>): void {
  for (const tool of Object.keys(tools)) covered.badInput.add(tool);
  describe("bad input is refused before anything leaves", () => {
    for (const [tool, valid] of Object.entries(tools))
      it(tool, async () => {
        const listed = (await w.server.tools()).find(({ name }) => name === tool);
        if (listed === undefined) throw new Error(`${tool} is not listed`);
        const spoiled = waysToSpoil(listed.inputSchema, valid);
        // Valid in itself, or the cases below prove nothing.
        expect(at((await w.server.call(tool, valid)).reply, "error.code")).not.toBe("invalid_arguments");
        expect(spoiled.length).toBeGreaterThanOrEqual(4);
        await refuseAll(w, tool, spoiled);
      });
  });
}

function waysToSpoil(schema: unknown, valid: Args): Spoiled[] {
  const properties = at(schema, "properties");
  const names = Object.keys(isPlain(properties) ? properties : {});
  const required = listAt({ required: at(schema, "required") ?? [] }, "required").map(String);
  return [
    ...misspelt(names, valid),
    ...required.flatMap((name) => missing(name, valid)),
    ...names.flatMap((name) => wrongly(name, at(properties, name), valid)),
    ...IN_PATH.filter((name) => names.includes(name)).flatMap((name) => noSegment(name, valid)),
  ];
}

/** An unknown argument is named, with the nearest known one where there is one. */
function misspelt(names: readonly string[], valid: Args): Spoiled[] {
  const victim = names.find((name) => name.length > 5) ?? "";
  const wrong = victim.slice(0, -1);
  return [
    [{ ...valid, [wrong]: "x" }, new RegExp(`^${wrong}: .*did you mean ${victim}\\?$`)],
    [{ ...valid, zzzzzz: "x" }, /^zzzzzz: is not an argument of this tool$/],
  ];
}

function missing(name: string, valid: Args): Spoiled[] {
  const { [name]: _, ...rest } = valid;
  const cause = new RegExp(`^${name}: is required`);
  return [
    [rest, cause],
    [{ ...rest, [name]: null }, cause],
  ];
}

function wrongly(name: string, property: unknown, valid: Args): Spoiled[] {
  const cause = new RegExp(`^${name}: must be `);
  const values: Record<string, unknown[]> = {
    string: [7, true, ["x"], { x: 1 }],
    boolean: ["true", 1],
    integer: ["5", 1.5, true],
    object: ["x", ["x"]],
    array: ["x", { x: 1 }],
  };
  const wrong = values[String(at(property, "type"))];
  if (wrong === undefined) throw new Error(`${name} has no plain type`);
  const beyond = [
    ...(at(property, "enum") === undefined ? [] : ["NO_SUCH_WORD", ""]),
    ...(at(property, "type") === "integer" ? [0, -1, 201] : []),
  ];
  return [...wrong, ...beyond].map((value) => [{ ...valid, [name]: value }, cause]);
}

function noSegment(name: string, valid: Args): Spoiled[] {
  return NO_SEGMENT.map((value) => [{ ...valid, [name]: value }, new RegExp(`^${name}: `)]);
}
