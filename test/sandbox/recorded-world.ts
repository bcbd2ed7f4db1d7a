import { at, text } from "./harness.ts";
import { pathOf } from "./recorded-compare.ts";
import type { Exchange, Recording } from "./recorded-files.ts";

type Json = Record<string, unknown>;

/** A request to make before the recorded one, at the org's time `time`. */
export interface Step {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly time: number;
}

/** What an org must hold so that it can answer as recorded: the body of `POST /sandbox/import`, and requests after it. */
export class World {
  readonly features: Record<string, boolean> = {};
  readonly ids: string[] = [];
  readonly realms: string[] = [];
  readonly types = new Map<string, Json>();
  readonly catalog = new Map<string, Json>();
  readonly apps = new Map<string, Json>();
  readonly groups = new Map<string, Json>();
  readonly users = new Map<string, Json>();
  readonly steps: Step[] = [];

  body(): object {
    const { features, ids, realms, types, catalog, apps, groups, users } = this;
    const lists = { types, catalog, apps, groups, users };
    const sections = Object.entries(lists).map(([name, map]) => [name, [...map.values()]] as const);
    return { features, ids, realms, ...Object.fromEntries(sections) };
  }

  /** A user type that knows these profile attributes; the first one becomes the org's default. */
  type(id: string, profile: unknown): void {
    const known = this.types.get(id) ?? { id, default: this.types.size === 0, attributes: {} };
    this.types.set(id, known);
    for (const [name, value] of Object.entries(profile ?? {})) {
      const single = Array.isArray(value) ? value[0] : value;
      const type = typeof single === "number" || typeof single === "boolean" ? typeof single : "string";
      const schema = Array.isArray(value) ? { type: "array", items: { type } } : { type };
      Object.assign(at(known, "attributes") ?? {}, { [name]: schema });
    }
  }

  /** By id or login. */
  person(key: string): Json | undefined {
    return this.users.get(key) ?? [...this.users.values()].find(({ profile }) => at(profile, "login") === key);
  }

  /** Somebody of whom nothing but the id, or the login, is known. */
  stranger(key: string, more: Json = {}): void {
    const id = ID.user.test(key) ? key : undefined;
    const login = key.includes("@") ? key : `someone.${key.toLowerCase()}@example.com`;
    const profile = { firstName: "Some", lastName: "One", email: login, login };
    this.users.set(key, { ...(id !== undefined && { id }), profile, credentials: { password: {} }, ...more });
  }
}

export const ID = {
  any: /^(?:00u|00g|0oa|oty|osc|guo|ra1|gra|oag|oar)[0-9A-Za-z]{17}$/,
  user: /^00u[0-9A-Za-z]{17}$/,
  group: /^00g[0-9A-Za-z]{17}$/,
} as const;

/** Everything the exchanges show or name and do not make themselves, in the state in which it is first shown. */
export function worldOf({ exchanges }: Recording): World {
  const world = new World();
  const made = new Set<string>();
  for (const exchange of exchanges) {
    const id = idMade(exchange);
    if (id !== undefined) {
      made.add(id);
      world.ids.push(id);
    }
    const type = at(exchange.sent, "type", "id");
    if (exchange.status < 300 && id !== undefined && type === undefined) noteDefault(world, exchange.body);
  }
  for (const exchange of exchanges) {
    for (const view of viewsIn(exchange.body)) note(world, view, made, exchange);
    if (exchange.status < 400) noteAsked(world, exchange, made);
  }
  for (const exchange of exchanges) if (Array.isArray(exchange.body)) completeList(world, exchange);
  return world;
}

/** The id of the thing that the request made. */
function idMade({ method, url, status, body }: Exchange): string | undefined {
  const id = at(body, "id");
  const collection = /^\/api\/v1\/(users|groups|meta\/types\/user|users\/[^/]+\/roles)\/?$/.test(pathOf(url));
  return method === "POST" && collection && status < 300 && typeof id === "string" && ID.any.test(id) ? id : undefined;
}

function noteDefault(world: World, user: unknown): void {
  const id = at(user, "type", "id");
  if (typeof id === "string") world.type(id, {});
}

/** Every object in an answer that shows a thing of the org. */
function* viewsIn(body: unknown): Generator<Json> {
  if (Array.isArray(body)) for (const entry of body) yield* viewsIn(entry);
  else if (typeof body === "object" && body !== null) yield { ...body };
}

function note(world: World, view: Json, made: ReadonlySet<string>, exchange: Exchange): void {
  const { id } = view;
  if (isUser(view)) noteUser(world, view, made);
  else if (view.objectClass !== undefined && typeof id === "string") {
    world.features.groupOwners = at(view, "_links", "owners") !== undefined;
    if (!made.has(id)) world.groups.set(id, world.groups.get(id) ?? view);
  } else if (view.displayName !== undefined && view.signOnModes !== undefined) {
    world.catalog.set(text(view, "name"), view);
  } else if (typeof id === "string" && /\/targets\/catalog\/apps$/.test(pathOf(exchange.url))) {
    // The name of an app target is the label of the app; which entry of the catalogue it is stands nowhere.
    world.apps.set(id, { name: "template_swa", ...world.apps.get(id), id, label: view.name });
  }
}

function isUser(view: Json): boolean {
  return typeof view.status === "string" && view.profile !== undefined && view.passwordChanged !== undefined;
}

function noteUser(world: World, view: Json, made: ReadonlySet<string>): void {
  const { id, profile, realmId } = view;
  // What was published of some people is too little to be anybody.
  if (typeof id !== "string" || at(profile, "login") === undefined) return;
  world.features.realms = realmId !== undefined;
  if (typeof realmId === "string" && !world.realms.includes(realmId)) world.realms.push(realmId);
  if (view.credentials !== undefined) world.features.credentialEmails = at(view, "credentials", "emails") !== undefined;
  const type = at(view, "type", "id");
  if (typeof type === "string") world.type(type, profile);
  if (made.has(id) || world.users.has(id)) return;
  const { _links: _, _embedded: __, ...rest } = view;
  world.users.set(id, rest);
}

/** What a request that went well names in its path or body must be there. */
function noteAsked(world: World, exchange: Exchange, made: ReadonlySet<string>): void {
  const segments = pathOf(exchange.url).split("/").slice(3).map(decodeURIComponent);
  for (const id of [...segments, ...linked(exchange.body)]) {
    if (ID.user.test(id) && !made.has(id) && !world.users.has(id)) world.stranger(id);
  }
  const asked = at(exchange.sent, "groupIds");
  for (const id of [...segments, ...(Array.isArray(asked) ? asked : [])]) {
    if (ID.group.test(id) && !made.has(id) && !world.groups.has(id))
      world.groups.set(id, { id, profile: { name: id } });
  }
  const type = at(exchange.sent, "type", "id");
  if (typeof type === "string" && !made.has(type)) world.type(type, at(exchange.sent, "profile"));
  const apps = segments.indexOf("apps");
  const [name, id] = apps < 0 ? [] : segments.slice(apps + 1);
  if (name !== undefined && !world.catalog.has(name)) world.catalog.set(name, { name });
  if (name !== undefined && id !== undefined) world.apps.set(id, { label: name, ...world.apps.get(id), id, name });
}

/** Ids at the end of the `self` links of an answer. */
export function linked(body: unknown): string[] {
  return [...viewsIn(body)].flatMap((view) => {
    const href = at(view, "_links", "self", "href");
    return typeof href === "string" ? href.split("/").slice(-1) : [];
  });
}

/** A list shows its whole org: the token's owner is among the people, and a next page needs somebody to be on it. */
function completeList(world: World, exchange: Exchange): void {
  if (pathOf(exchange.url) !== "/api/v1/users") return;
  const listed = [...viewsIn(exchange.body)]
    .map((view) => world.users.get(String(view.id)))
    .filter((user) => user !== undefined);
  const owner = listed.find(({ status }) => status === "ACTIVE");
  if (owner !== undefined && ![...world.users.values()].some((user) => user.owner === true)) owner.owner = true;
  const last = listed.at(-1);
  if (last !== undefined && /rel="next"/.test(exchange.headers.get("link")?.join() ?? "")) {
    const id = `${String(last.id).slice(0, 4)}zzzzzzzzzzzzzzzz`;
    const login = `next.${at(last, "profile", "login")}`;
    world.users.set(id, {
      ...last,
      owner: false,
      id,
      profile: { ...(at(last, "profile") ?? {}), login, email: login },
    });
  }
}
