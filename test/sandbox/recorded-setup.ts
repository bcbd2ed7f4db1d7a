import { base32 } from "../../src/sandbox/id.ts";
import { at, list, text } from "./harness.ts";
import { pathOf } from "./recorded-compare.ts";
import type { Exchange, Recording } from "./recorded-files.ts";
import { ID, linked, type World } from "./recorded-world.ts";

type Json = Record<string, unknown>;

interface Setting {
  readonly world: World;
  readonly exchange: Exchange;
  /** The parts of the path that the pattern of the rule has groups for. */
  readonly names: readonly string[];
  /** What is known of the person in the path; undefined when the path names nobody who is there. */
  readonly person: Json | undefined;
}

interface Rule {
  readonly on: RegExp;
  readonly prepare: (setting: Setting) => void;
}

/**
 * What a recorded exchange that stands alone presupposes beyond the things it shows: a status, a password, a role.
 * It follows from the operation and from how Okta answered.
 */
export function presuppose(world: World, { about, exchanges: [exchange] }: Recording): void {
  if (exchange === undefined) return;
  const line = `${exchange.method} ${pathOf(exchange.url)}`;
  const code = at(exchange.body, "errorCode");
  if (exchange.status === 401 && code === "E0000015") world.features.blocks = false;
  const key = decodeURIComponent(pathOf(exchange.url).split("/")[4] ?? "");
  if (line.includes("/api/v1/users/") && namesSomebody(exchange, key) && world.person(key) === undefined) {
    world.stranger(key);
  }
  const person = world.person(key);
  const hint = STATUS_HINT.exec(about)?.[1];
  for (const { on, prepare } of RULES) {
    const names = on.exec(line)?.slice(1).map(decodeURIComponent);
    if (names !== undefined) prepare({ world, exchange, names, person });
  }
  if (person !== undefined && hint !== undefined && exchange.method !== "GET") person.status = hint;
}

/** Unless Okta said that nobody has this id or login. */
function namesSomebody({ status, body }: Exchange, key: string): boolean {
  return status !== 404 || !String(at(body, "errorSummary")).endsWith(`: ${key} (User)`);
}

/** What people wrote about a recording when the exchange does not tell the status before. */
const STATUS_HINT = /\b(?:on|of an?|user was(?: in)?) (STAGED|PROVISIONED|ACTIVE|RECOVERY|SUSPENDED)\b/;

const USER = "/api/v1/users/[^/]+";

/** The status before a lifecycle operation, when it went well and when it was refused. */
const BEFORE: Readonly<Record<string, readonly [done: string, refused: string]>> = {
  activate: ["STAGED", "ACTIVE"],
  reactivate: ["PROVISIONED", "ACTIVE"],
  deactivate: ["ACTIVE", "DEPROVISIONED"],
  suspend: ["ACTIVE", "LOCKED_OUT"],
  unsuspend: ["SUSPENDED", "ACTIVE"],
  unlock: ["LOCKED_OUT", "ACTIVE"],
  reset_factors: ["ACTIVE", "ACTIVE"],
  expire_password: ["ACTIVE", "STAGED"],
  expire_password_with_temp_password: ["ACTIVE", "STAGED"],
  reset_password: ["ACTIVE", "STAGED"],
};

const RULES: readonly Rule[] = [
  {
    on: new RegExp(`^POST ${USER}/lifecycle/(\\w+)$`),
    prepare: ({ person, exchange, names: [operation = ""] }) => {
      const [done, refused] = BEFORE[operation] ?? ["ACTIVE", "ACTIVE"];
      if (person !== undefined) person.status = exchange.status < 300 ? done : refused;
    },
  },
  { on: new RegExp(`^(?:PUT|POST) ${USER}$`), prepare: beforeUpdate },
  {
    on: new RegExp(`^POST ${USER}/credentials/(\\w+)$`),
    prepare: ({ person, exchange: { sent, body, status } }) => {
      if (person === undefined) return;
      const password = at(sent, "oldPassword", "value") ?? at(sent, "password", "value") ?? "Sandbox-Person-1";
      const question = at(body, "recovery_question", "question") ?? "What is recorded?";
      const answer = at(sent, "recovery_question", "answer") ?? "this answer";
      person.credentials = { password: { value: password }, recovery_question: { question, answer } };
      person.status = status < 300 ? "ACTIVE" : "SUSPENDED";
    },
  },
  {
    on: /^POST \/api\/v1\/users$/,
    prepare: ({ world, exchange: { sent, body } }) => {
      const causes = JSON.stringify(at(body, "errorCauses") ?? []);
      if (causes.includes("already exists")) world.stranger(text(sent, "profile", "login"));
    },
  },
  {
    on: new RegExp(`^GET ${USER}/groups$`),
    prepare: ({ world, person }) => {
      const groups = [...world.groups.values()].filter(({ type }) => type !== "BUILT_IN");
      if (person !== undefined) person.groupIds = groups.map(({ id }) => id);
    },
  },
  {
    on: /^GET \/api\/v1\/groups\/([^/]+)\/users$/,
    prepare: ({ world, names: [group = ""] }) => {
      for (const member of world.users.values()) member.groupIds = [group];
    },
  },
  { on: new RegExp(`^POST ${USER}/roles$`), prepare: beforeAssigning },
  { on: new RegExp(`^(?:GET|DELETE) (${USER})/roles(?:/([^/]+))?$`), prepare: beforeRole },
  { on: new RegExp(`^(\\w+) (${USER})/roles/([^/]+)/targets/(catalog/apps|groups)(?:/(.+))?$`), prepare: beforeTarget },
  { on: new RegExp(`^(\\w+) (${USER})/linkedObjects/([^/]+)(?:/[^/]+)?$`), prepare: beforeLink },
  {
    on: /^(?:GET|DELETE) (\/api\/v1\/meta\/schemas\/user\/linkedObjects)\/([^/]+)$/,
    prepare: ({ world, exchange: { body, status, time }, names: [path = "", name = ""] }) => {
      const found = typeof at(body, "primary") === "object" ? body : definition(name, `${name}_associated`);
      const sent = { primary: at(found, "primary"), associated: at(found, "associated") };
      if (status < 300) world.steps.push({ method: "POST", path, body: sent, time });
    },
  },
  { on: /^GET \/api\/v1\/meta\/schemas\/user\/[^/]+$/, prepare: beforeSchema },
  {
    on: new RegExp(`^GET (${USER}/risk)$`),
    prepare: ({ world, exchange: { body, time }, names: [path = ""] }) => {
      world.steps.push({ method: "PUT", path, body: { riskLevel: at(body, "riskLevel") }, time });
    },
  },
  {
    // Nobody may read anybody else's.
    on: new RegExp(`^\\w+ ${USER}/subscriptions\\b`),
    prepare: ({ world, person, exchange: { method, url, body, status, time } }) => {
      if (person === undefined || status >= 300) return;
      person.owner = true;
      const shown = Array.isArray(body) ? body : [body];
      for (const entry of method === "GET" ? shown : []) {
        if (at(entry, "status") !== "unsubscribed") continue;
        const path = `${pathOf(url).replace(/\/subscriptions.*/, "/subscriptions")}/${text(entry, "notificationType")}`;
        world.steps.push({ method: "POST", path: `${path}/unsubscribe`, time });
      }
    },
  },
  {
    on: /^GET \/api\/v1\/iam\/assignees\/users$/,
    prepare: ({ world, exchange: { body, time } }) => {
      list(at(body, "value")).forEach((entry, i) => {
        const id = text(entry, "id");
        world.stranger(id, { owner: i === 0 });
        const path = `/api/v1/users/${id}/roles`;
        if (i > 0) world.steps.push({ method: "POST", path, body: { type: "READ_ONLY_ADMIN" }, time });
      });
    },
  },
];

/** A user who differs in everything the request sets, so that the answer shows what the request did. */
function beforeUpdate({ person, exchange: { method, sent, body, status, sentRecorded } }: Setting): void {
  if (person === undefined || status >= 300) return;
  const after: Json = { ...(at(body, "profile") ?? {}) };
  const keep = ["login", "email", "firstName", "lastName"];
  const profile = at(sent, "profile") ?? (sentRecorded ? undefined : after);
  if (method === "PUT" && profile !== undefined) {
    const { login, email } = after;
    person.profile = { login, email, firstName: "Before", lastName: "Before", title: "Before" };
  } else if (profile !== undefined) {
    const sentNames = Object.keys(profile).filter((name) => !keep.includes(name));
    person.profile = Object.fromEntries(Object.entries(after).filter(([name]) => !sentNames.includes(name)));
  }
  // A new password alone leaves this time as it was.
  if (profile !== undefined) person.lastUpdated = person.created;
  // Only a replacement may bring another type, so a replaced user begins with the one of the org.
  if (method === "PUT" && at(sent, "type", "id") !== undefined) delete person.type;
  const credentials: Json = { ...(at(body, "credentials") ?? {}) };
  if (at(sent, "credentials", "password") !== undefined) {
    person.passwordChanged = person.created;
    person.credentials = { ...credentials, password: { value: "Sandbox-Person-1" }, provider: { type: "OKTA" } };
  }
}

function beforeAssigning({ world, exchange: { url, sent, status, time } }: Setting): void {
  if (status === 409) world.steps.push({ method: "POST", path: url, body: sent, time });
}

/** Roles come by the API, at the time they show. */
function beforeRole({ world, exchange: { method, body, status, time }, names: [path = "", id] }: Setting): void {
  if (status >= 300) return;
  const shown = Array.isArray(body) ? body : [body ?? { id }];
  for (const role of shown) {
    const roleId = text(role, "id");
    if (ID.any.test(roleId)) world.ids.push(roleId);
    const type = at(role, "type") ?? typeOfRole(roleId);
    const [created, changed] = [at(role, "created"), at(role, "lastUpdated")].map((shownTime) =>
      typeof shownTime === "string" ? Date.parse(shownTime) : time,
    );
    world.steps.push({ method: "POST", path: `${path}/roles`, body: { type }, time: created ?? time });
    // Targets keep a role's times apart from each other, and from those of other roles.
    const alone = shown.length === 1 && created === changed;
    if (method !== "GET" || alone || roleId !== base32(String(type))) continue;
    const targets = type === "APP_ADMIN" ? ["catalog/apps/facebook", "catalog/apps/oidc_client"] : groupTargets(world);
    for (const [i, when] of [created, changed].entries()) {
      world.steps.push({ method: "PUT", path: `${path}/roles/${roleId}/targets/${targets[i]}`, time: when ?? time });
    }
  }
}

function groupTargets(world: World): string[] {
  return OTHER_GROUPS.map((id) => {
    world.groups.set(id, { id, profile: { name: id } });
    return `groups/${id}`;
  });
}

/** The ids of roles that take targets are their type in Base32; any other could be any other role. */
function typeOfRole(id: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...id].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const decoded = (bits.match(/.{8}/g) ?? []).map((byte) => String.fromCharCode(Number.parseInt(byte, 2))).join("");
  return /^[A-Z_]+_ADMIN$/.test(decoded) ? decoded : "SUPER_ADMIN";
}

function beforeTarget({ world, exchange, names }: Setting): void {
  const [method, user = "", id = "", kind = "", target] = names;
  const { body, status, time } = exchange;
  if (status === 404) return;
  const path = `${user}/roles`;
  world.steps.push({ method: "POST", path, body: { type: typeOfRole(id) }, time });
  const add = (entry: string): void => {
    world.steps.push({ method: "PUT", path: `${path}/${id}/targets/${kind}/${entry}`, time });
  };
  if (method === "GET") {
    for (const entry of list(body)) {
      const entryId = at(entry, "id");
      if (kind === "groups") add(String(entryId));
      else if (entryId === undefined) add(text(entry, "name"));
      else add(`${at(world.apps.get(String(entryId)), "name")}/${entryId}`);
    }
  } else if (method === "DELETE" && target !== undefined) {
    // The last target cannot be removed, so another one stays.
    add(target);
    add(kind === "groups" ? (groupTargets(world)[0]?.split("/")[1] ?? "") : "oidc_client");
  }
}

const OTHER_GROUPS = ["00gother000000000001", "00gother000000000002"] as const;

function definition(primary: string, associated: string): object {
  const side = (name: string) => ({ name, title: name, description: "", type: "USER" });
  return { primary: side(primary), associated: side(associated) };
}

/** A name that leads to several users is an associated one; any other is taken for a primary one. */
function beforeLink({ world, exchange, names: [method, user = "", name = ""] }: Setting): void {
  const { body, status, time } = exchange;
  if (status >= 300) return;
  const others = linked(body);
  const associated = others.length > 1;
  const made = associated ? definition(`${name}_primary`, name) : definition(name, `${name}_associated`);
  const primary = text(made, "primary", "name");
  world.steps.push({ method: "POST", path: "/api/v1/meta/schemas/user/linkedObjects", body: made, time });
  const id = user.slice("/api/v1/users/".length);
  for (const other of method === "GET" ? others : []) {
    const [from, to] = associated ? [other, id] : [id, other];
    world.steps.push({ method: "PUT", path: `/api/v1/users/${from}/linkedObjects/${primary}/${to}`, time });
  }
}

function beforeSchema({ world, exchange: { body, status } }: Setting): void {
  if (status >= 300) return;
  const last = (name: string): string => text(body, "_links", name, "href").split("/").at(-1) ?? "";
  const schema: Json = { ...(body ?? {}) };
  const { name, title, description, created, lastUpdated } = schema;
  world.types.set(last("type"), {
    id: last("type"),
    schemaId: last("self"),
    default: true,
    name,
    displayName: title,
    description,
    created,
    lastUpdated,
    attributes: at(body, "definitions", "custom", "properties"),
  });
}
