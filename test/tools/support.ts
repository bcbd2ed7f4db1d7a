import { afterAll, beforeAll, expect, vi } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import { type LoggedRequest, startOrg, type TestOrg } from "../support/org.ts";
import { startServer, type TestServer } from "../support/server.ts";

/** One org and one server of a test file, started before its tests and stopped after them. */
export interface World {
  readonly org: TestOrg;
  readonly server: TestServer;
  /** A server of its own settings in front of the same org; stopped with the file. */
  another(env: Record<string, string>): Promise<TestServer>;
}

/** @param people how many the org has; enough for what the tables look for among them */
export function world(env: Record<string, string> = {}, people = 100): World {
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
    org = await startOrg("--rate-limit", "100000", "--users", String(people));
    await warmUp(await another(env));
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

/** Lets a server read whose account it uses, which it does once, before its first write; Okta refuses this one. */
export async function warmUp(server: TestServer): Promise<void> {
  await server.call("unsuspend_user", { userId: NOBODY });
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
export const NO_FACTOR = "ufszzzzzzzzzzzzzzzzz";

/** What `org.person` and the sandbox's seeded people sign in with. */
export const PASSWORD = "Correct-horse-9";
export const SEEDED_PASSWORD = "Larch-Harbor-2041";

/** The id of a person who was just made. */
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

/** A fresh person with a security question as a second factor, `factor` its id. */
export const enrolled: Given = async (org) => {
  const made = await org.person();
  const profile = { question: "favorite_toy", answer: "Blue kite" };
  const body = { factorType: "question", provider: "OKTA", profile };
  return { ...made, factor: textAt(await org.api("POST", `/api/v1/users/${made.id}/factors`, body), "id") };
};

/** A fresh person in a group. */
export function memberOf(name: string): Given {
  return async (org) => {
    const [made, group] = [await org.person(), await named(org, "groups", name)];
    await org.api("PUT", `/api/v1/groups/${group}/users/${made.id}`);
    return { ...made, group };
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

const found = new WeakMap<TestOrg, Map<string, string>>();

/** The group, app or other entry of the snapshot's list with that name; looked up once. */
export async function named(org: TestOrg, list: "groups" | "apps", name: string, key = "name"): Promise<string> {
  const known = found.get(org) ?? new Map<string, string>();
  found.set(org, known);
  const about = `${list} ${key} ${name}`;
  const id =
    known.get(about) ??
    textAt(
      listAt(await snapshot(org), list).find((entry) => at(entry, key) === name),
      "id",
    );
  known.set(about, id);
  return id;
}

/** Puts things in the place of their `{names}`, at any depth; matchers stay as they are. */
export function fill(value: unknown, things: Things): unknown {
  if (typeof value === "string")
    return value.replace(/\{(\w+)\}/g, (whole: string, name: string) => things[name] ?? whole);
  if (Array.isArray(value)) return value.map((item) => fill(item, things));
  return isObject(value) ? fillArgs(value, things) : value;
}

export function fillArgs(args: Args, things: Things): Args {
  return Object.fromEntries(Object.entries(args).map(([key, value]) => [key, fill(value, things)]));
}

/** Whether a value is an object as JSON has them. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** The fields of a JSON object; none of anything else. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

/** The keys of a JSON object, in order. */
export function keysOf(value: unknown): string[] {
  return Object.keys(fieldsOf(value));
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

/** What a preview reads beside the person and their roles, by tool: below the person, or a whole path. */
const ALONGSIDE: Readonly<Record<string, string>> = {
  deactivate_user: "appLinks",
  delete_user: "appLinks",
  delete_linked_object_for_user: "linkedObjects/{relationshipName}",
  revoke_user_grants: "grants?limit=200",
  revoke_user_grant: "grants/{grantId}",
  revoke_grants_for_user_and_client: "clients/{clientId}/grants?limit=200",
  revoke_tokens_for_user_and_client: "clients/{clientId}/tokens?limit=200",
  revoke_token_for_user_and_client: "clients/{clientId}/tokens/{tokenId}",
  unassign_role_from_user: "roles/{roleAssignmentId}",
  assign_all_apps_target_to_role: "roles/{roleAssignmentId}",
  assign_app_target_to_role: "roles/{roleAssignmentId}",
  unassign_app_target_from_role: "roles/{roleAssignmentId}",
  assign_app_instance_target_to_role: "roles/{roleAssignmentId}",
  unassign_app_instance_target_from_role: "roles/{roleAssignmentId}",
  assign_group_target_to_role: "roles/{roleAssignmentId}",
  unassign_group_target_from_role: "roles/{roleAssignmentId}",
  add_user_to_group: "/api/v1/groups/{groupId}",
  remove_user_from_group: "/api/v1/groups/{groupId}",
  unenroll_factor: "factors/{factorId}",
};

/**
 * The requests a preview consists of, as `previewed` orders them: the person as they were named, then what is read of
 * them by id. Nothing goes with an erasure any more.
 */
export function previewReads(tool: string, args: Args, id: string, status: unknown, userId = id): string[] {
  const alongside = tool === "delete_user" && status === "DEPROVISIONED" ? undefined : ALONGSIDE[tool];
  const things = Object.fromEntries(Object.entries(args).map(([name, value]) => [name, String(value)]));
  const below = ["roles", ...(alongside === undefined ? [] : [String(fill(alongside, things))])];
  return [
    `GET /api/v1/users/${encodeURIComponent(userId)}`,
    ...below.map((path) => `GET ${path.startsWith("/") ? path : `/api/v1/users/${id}/${path}`}`).sort(),
  ];
}

/** The requests of a preview; what follows the first goes out at the same time. */
export function previewed(requests: readonly LoggedRequest[]): string[] {
  const [first = "nothing", ...others] = lines(requests);
  return [first, ...others.sort()];
}

export function writes(requests: readonly LoggedRequest[]): string[] {
  return lines(requests.filter(({ method }) => method !== "GET"));
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

/** A person as a preview names them. */
export async function targetOf(org: TestOrg, id: string): Promise<unknown> {
  const user = await org.api("GET", `/api/v1/users/${id}`);
  const { firstName, lastName } = { firstName: at(user, "profile.firstName"), lastName: at(user, "profile.lastName") };
  return { id, login: at(user, "profile.login"), name: `${firstName} ${lastName}`, status: at(user, "status") };
}

/** Those that ask and take nothing away; of these a preview does not say that nothing undoes them. */
const TAKES_NOTHING = ["create_user", "update_user", "activate_user", "reactivate_user", "forgot_password"];

/** What a preview says of undoing. */
export function undoing(tool: string, undoneBy: string | undefined): object {
  if (undoneBy !== undefined) return { undoneBy };
  return TAKES_NOTHING.includes(tool) ? {} : { irreversible: true };
}

/** What a preview says of the arguments beside the person and what changes about them. */
export function withOf(tool: string, { userId: _, confirm: __, preview: ___, profile, ...rest }: Args): object {
  const shown = profile === undefined || ["update_user", "replace_user"].includes(tool) ? rest : { ...rest, profile };
  return Object.keys(shown).length === 0 ? {} : { with: withoutSecrets(shown, false) };
}

/** Passwords, hashes and answers are shown as such. */
function withoutSecrets(value: unknown, secret: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, secret));
  if (!isObject(value)) return secret ? "[secret]" : value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inside]) => [
      key,
      key === "profile" ? inside : withoutSecrets(inside, ["value", "answer", "salt"].includes(key)),
    ]),
  );
}

/** A status that changes, as a preview says it. */
export function moved(from: string, to: string): unknown {
  return { status: { from, to } };
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
