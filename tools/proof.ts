import type { Look, Proof, UserStatus } from "../src/operation.ts";
import { isJsonObject, type Json, type JsonObject } from "../src/schema.ts";
import { isDirect, isSameRole, linkedId } from "./held.ts";

/*
 * How one read shows that a write with a lost answer was done. Each takes the read for a proof only when nothing but
 * the write, or somebody who wanted the same, explains what it shows.
 */

type Args = Readonly<Record<string, unknown>>;

const NEW_SECRET = "The one-time secret was lost with the answer; calling this tool again makes a new one.";
const NEW_LINK = "The one-time link was lost with the answer; reactivate_user makes a new one.";

/** The times of a user that Okta sets to the moment of a change. */
type UserTime = "created" | "statusChanged" | "lastUpdated" | "passwordChanged";

/**
 * The user is in one of the statuses, and the time this change sets is not before it was sent. `secretLost` says
 * whether the answer held a one-time secret that calling again makes anew.
 */
export function became(
  statuses: readonly UserStatus[],
  {
    time = "statusChanged",
    secretLost = () => false,
  }: { readonly time?: UserTime; readonly secretLost?: (args: Args) => boolean } = {},
): Proof {
  return {
    shows: (look, args) => {
      const found = changed(look, time, statuses);
      return found && { found, note: secretLost(args) ? NEW_SECRET : undefined };
    },
  };
}

/** Activated; where the link was lost, only while reactivate_user can make a new one. */
export const activated: Proof = {
  shows: (look, { sendEmail }) => {
    const found = changed(look, "statusChanged", ["PROVISIONED", "ACTIVE"]);
    if (found === undefined || sendEmail !== false) return found && { found };
    return found.status === "PROVISIONED" ? { found, note: NEW_LINK } : undefined;
  },
};

/**
 * Erased, or deactivated by this call. Who was DEPROVISIONED before was to be erased and is still there, so a status
 * that may be as old as the call proves nothing where the one before is not known. Neither does it that nobody has the login given: it may be mistyped.
 */
export const deleted: Proof = {
  shows: (look, { userId }) => {
    if (look.gone) return isUserId(userId) ? {} : undefined;
    const found = changed(look, "statusChanged", ["DEPROVISIONED"]);
    const wasThere = look.was !== undefined && look.was !== "DEPROVISIONED";
    return found && (wasThere || look.after(found.statusChanged)) ? { found } : undefined;
  },
};

/**
 * A user with the login and all that was given, created since: an older one is a namesake. Of groups the user says
 * nothing, so nobody is looked for who was to be in some.
 */
export const created: Proof = {
  arguments: ({ profile, groupIds }) => {
    const login = isJsonObject(profile) ? profile.login : undefined;
    const grouped = Array.isArray(groupIds) && groupIds.length > 0;
    return typeof login === "string" && !grouped ? { userId: login } : undefined;
  },
  shows: (look, { profile, activate }) => {
    const found = changed(look, "created");
    const whole = found && (found.status === "STAGED") === (activate === false);
    return whole && holds(found.profile, profile) ? { found } : undefined;
  },
};

/** All values given are there and the user was changed since. What else may have been given cannot be read. */
export const updated: Proof = {
  arguments: onlyProfile,
  shows: (look, { profile }) => {
    const found = changed(look, "lastUpdated");
    return found && holds(found.profile, profile) ? { found } : undefined;
  },
};

/** The same, and no other attribute is left. */
export const replaced: Proof = {
  arguments: onlyProfile,
  shows: (look, args) => {
    const shown = updated.shows(look, args);
    return shown && holds(args.profile, shown.found?.profile) ? shown : undefined;
  },
};

/** The list has such an entry. */
export function listed(wanted: (item: JsonObject, args: Args) => boolean): Proof {
  return {
    shows: (look, args) => (itemsOf(look)?.some((item) => wanted(item, args)) ? {} : undefined),
  };
}

/** The whole list has no such entry. With `amongOthers` an empty list proves nothing, as it means something else. */
export function unlisted(
  unwanted: (item: JsonObject, args: Args) => boolean,
  { amongOthers = false }: { readonly amongOthers?: boolean } = {},
): Proof {
  return {
    shows: (look, args) => {
      const items = itemsOf(look);
      if (items === undefined || look.more || (amongOthers && items.length === 0)) return undefined;
      return items.some((item) => unwanted(item, args)) ? undefined : {};
    },
  };
}

/** The whole list is empty. */
export const nothingListed = unlisted(() => true);

/** What the call took away from somebody with this id is not there any more. */
export const gone: Proof = { shows: (look, { userId }) => (look.gone && isUserId(userId) ? {} : undefined) };

/** A consent or token that is still good: a list may show revoked ones (Okta's API documentation). */
export function isGood({ status }: JsonObject): boolean {
  return status !== "REVOKED";
}

/**
 * The role, held directly and created since: one held before keeps its date. unverified: but for roles without targets,
 * which look new after any change of the user's roles (recorded); these are held all the same.
 */
export const roleAssigned: Proof = {
  shows: (look, args) => {
    const found = itemsOf(look)?.find((item) => isDirect(item) && isSameRole(item, args) && look.since(item.created));
    return found && { found };
  },
};

/** The primary is the one that was to be set, and the only one. */
export const linked: Proof = {
  arguments: ({ primaryRelationshipName }) => ({ relationshipName: primaryRelationshipName }),
  shows: (look, { primaryUserId }) => {
    const [link, ...others] = itemsOf(look) ?? [];
    const id = linkedId(link);
    return id !== undefined && id === primaryUserId && others.length === 0 ? {} : undefined;
  },
};

/** The user that was read, if this time of theirs is not before the write was sent. */
function changed({ body, since }: Look, time: UserTime, statuses?: readonly UserStatus[]): JsonObject | undefined {
  if (!isJsonObject(body) || typeof body.id !== "string" || !since(body[time])) return undefined;
  return statuses === undefined || statuses.some((status) => status === body.status) ? body : undefined;
}

function isUserId(value: unknown): boolean {
  return typeof value === "string" && /^00u[A-Za-z0-9]{17}$/.test(value);
}

function itemsOf({ body }: Look): JsonObject[] | undefined {
  return Array.isArray(body) && body.every(isJsonObject) ? body : undefined;
}

/** Where to look, for a call that changes nothing but attributes. */
function onlyProfile({ profile, credentials, type, realmId }: Args): Args | undefined {
  const only = [credentials, type, realmId].every((other) => other === undefined);
  return only && isJsonObject(profile) && Object.keys(profile).length > 0 ? {} : undefined;
}

/** Whether a profile has every value given; an attribute that is absent is null. */
function holds(profile: unknown, given: unknown): boolean {
  if (!isJsonObject(profile) || !isJsonObject(given)) return false;
  return Object.entries(given).every(([name, value]) => same(profile[name], value));
}

function same(held: Json | undefined, given: Json): boolean {
  return JSON.stringify(held ?? null) === JSON.stringify(given);
}
