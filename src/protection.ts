import { askOnce } from "./ask-once.ts";
import type { Account, Identity } from "./identity.ts";
import type { Okta, OktaRequest, SendOptions } from "./okta/client.ts";
import { OktaError } from "./okta/error.ts";
import type { Target } from "./operation.ts";
import { readPerson } from "./person.ts";
import { Refusal } from "./refusal.ts";
import { isJsonObject, type JsonObject } from "./schema.ts";

/** The people no writing tool may touch: OKTA_PROTECTED_USERS and OKTA_PROTECTED_GROUPS, and always the own account. */
export interface Protection {
  /** Throws a Refusal when this person must not be touched, or when it cannot be told; who is new has no id. */
  check(tool: string, userId: string | undefined, options: SendOptions): Promise<void>;
  /** Whether whoever is in this group must not be touched. Throws what Okta says. */
  covers(groupId: string, options: SendOptions): Promise<boolean>;
  /** The entries of the settings that Okta does not know. Throws what Okta says otherwise. */
  unknown(options: SendOptions): Promise<readonly UnknownEntry[]>;
}

export interface UnknownEntry {
  /** Where it stands, such as `entry 2 of OKTA_PROTECTED_USERS`. */
  readonly place: string;
  /** As the setting has it; only for whoever runs the server. */
  readonly name: string;
}

export interface ProtectedPeople {
  /** Ids or logins. */
  readonly users: readonly string[];
  /** Ids or names. */
  readonly groups: readonly string[];
}

interface Known {
  readonly users: readonly Account[];
  readonly groups: ReadonlySet<string>;
  readonly unknown: readonly UnknownEntry[];
}

export function createProtection(okta: Okta, identity: Identity, people: ProtectedPeople): Protection {
  /** Whom the settings mean; asked once, and again while an entry is unknown. */
  const known = askOnce(
    (options) => resolve(okta, people, options),
    ({ unknown }) => unknown.length === 0,
  );
  return {
    covers: async (groupId, options) => (await known.ask(options)).groups.has(groupId),
    unknown: async (options) => (await known.ask(options)).unknown,
    check: async (tool, userId, options) => {
      const [own, settings] = await Promise.all([
        orRefuse(tool, "whose account this server uses", () => identity.account(options)),
        orRefuse(tool, "who is protected", () => known.ask(options)),
      ]);
      const [missing] = settings.unknown;
      if (missing !== undefined)
        throw new Refusal(
          "protected_user",
          `Nothing was done: ${missing.place} is unknown to Okta, so nobody can tell who is protected.`,
          {
            hint: "Whoever runs this server must mend that setting; until then no tool that writes works.",
          },
        );
      if (userId === undefined) return;
      if (own && isNamed(own, userId)) throw isProtected("it is the account this server itself uses");
      if (settings.users.some((user) => isNamed(user, userId))) throw isProtected("OKTA_PROTECTED_USERS names them");
      if (settings.groups.size === 0) return;
      const groups = await orRefuse(tool, "the person's groups", () => groupsOf(okta, userId, options));
      if (groups.some((id) => settings.groups.has(id)))
        throw isProtected("OKTA_PROTECTED_GROUPS names a group they are in");
    },
  };
}

/** Whether this names the account: a login or short name, in any case, may look like an id (documented: both are free text). */
function isNamed({ id, login }: Account, userId: string): boolean {
  const named = userId.toLowerCase();
  return id === userId || [login, login.split("@")[0]].some((name) => name?.toLowerCase() === named);
}

function accountOf({ id, login }: Target): Account | null {
  return id === null ? null : { id, login };
}

function isProtected(why: string): Refusal {
  return new Refusal("protected_user", `Nothing was done: this person is protected, since ${why}.`, {
    hint: "This is final: a protected person can only be changed in Okta itself. Do not look for a way around it.",
  });
}

/** What cannot be read protects nobody, so the write is refused, and the cause told. */
async function orRefuse<T>(tool: string, what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof OktaError) || error.failure.code === "cancelled") throw error;
    throw new OktaError({
      ...error.failure,
      summary: `Nothing was done: before ${tool} the server must read ${what}. ${error.failure.summary}`,
    });
  }
}

async function resolve(okta: Okta, { users, groups }: ProtectedPeople, options: SendOptions): Promise<Known> {
  const people = await Promise.all(
    users.map((name) => orUnknown(async () => accountOf(await readPerson(okta, name, options)))),
  );
  const found = await Promise.all(groups.map((name) => orUnknown(() => groupIds(okta, name, options))));
  const missing = (setting: string, names: readonly string[], ids: readonly (Account | readonly string[] | null)[]) =>
    names.flatMap((name, index) => (ids[index] === null ? [{ place: `entry ${index + 1} of ${setting}`, name }] : []));
  return {
    users: people.flatMap((user) => user ?? []),
    groups: new Set(found.flatMap((ids) => ids ?? [])),
    unknown: [...missing("OKTA_PROTECTED_USERS", users, people), ...missing("OKTA_PROTECTED_GROUPS", groups, found)],
  };
}

async function orUnknown<T>(read: () => Promise<T | null>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof OktaError && error.failure.status === 404) return null;
    throw error;
  }
}

/** A group by id, or all with this exact name, which groups of apps may share; null when there is none. */
async function groupIds(okta: Okta, name: string, options: SendOptions): Promise<string[] | null> {
  if (/^00g[A-Za-z0-9]{17}$/.test(name)) {
    const path = { groupId: name };
    const { body } = await okta.send({ ...GET, template: "/api/v1/groups/{groupId}", path }, options);
    return idsOf([body]);
  }
  // `q` is a prefix search in which no quoting can go wrong (documented); the name itself is compared here.
  const { body } = await okta.send({ ...GET, template: "/api/v1/groups", path: {}, query: { q: name } }, options);
  return idsOf(objects(body).filter(({ profile }) => isJsonObject(profile) && profile.name === name));
}

function idsOf(values: readonly unknown[]): string[] | null {
  const ids = values.flatMap((value) => idOf(value) ?? []);
  return ids.length === 0 ? null : ids;
}

const GET = { method: "GET", effect: "read" } as const satisfies Pick<OktaRequest, "method" | "effect">;

async function groupsOf(okta: Okta, userId: string, options: SendOptions): Promise<string[]> {
  const template = "/api/v1/users/{userId}/groups";
  const { body, next } = await okta.send({ ...GET, template, path: { userId } }, options);
  if (next !== undefined || !Array.isArray(body))
    throw new OktaError({ code: "bad_response", summary: "The list of groups is not whole." });
  return objects(body).flatMap((group) => idOf(group) ?? []);
}

function objects(body: unknown): JsonObject[] {
  return Array.isArray(body) ? body.filter(isJsonObject) : [];
}

function idOf(value: unknown): string | null {
  return isJsonObject(value) && typeof value.id === "string" ? value.id : null;
}
