import { now } from "./clock.ts";
import { type CredentialsInput, readCredentials, storeAnswer, storedFrom } from "./credentials-input.ts";
import { OktaError } from "./error.ts";
import { isNumberList, isObject, isOneOf, isString, isStringList, type Json } from "./guard.ts";
import { secret } from "./id.ts";
import { countAt, flagAt, ImportError, idAt, objectAt, textAt, textsAt, timeAt, timeOrNullAt } from "./import-read.ts";
import { join } from "./import-things.ts";
import { defaultType, eraseUser, type Org } from "./org.ts";
import { newAssignment } from "./roles.ts";
import { type Block, type Credentials, type Profile, STATUSES, type Status, type User } from "./user.ts";

/**
 * A user as `GET /users/{id}` shows him, in any status and with any times; no rule about profiles, passwords or
 * statuses is applied. Beyond what the API shows: `credentials.password.value` and `credentials.recovery_question.answer`,
 * `groupIds`, `suspendedFrom`, `passwordExpired`, `blocks`, `sessions`, `devices`, and `owner`, which makes him the
 * owner of the org in place of the present one. One with the id of a user who is there takes his place.
 */
export function importUser(org: Org, entry: Json): string {
  const user = readUser(org, entry);
  const before = org.users.byId(user.id);
  const login = user.profile.login;
  // All is checked before anything changes: who stands before a mistake stays.
  if (!isString(login) || login === "") throw new ImportError("profile.login is missing.");
  if (org.users.loginTaken(login, before)) throw new ImportError(`There is already a user with the login ${login}.`);
  const groups = textsAt(entry, "groupIds").map((id) => {
    const group = org.groups.get(id);
    if (group === undefined) throw new ImportError(`There is no group ${id}.`);
    return group;
  });
  const owns = flagAt(entry, "owner") || user.id === org.ownerId;
  if (before !== undefined) eraseUser(org, before);
  org.users.add(user);
  for (const group of groups) join(org, group, user.id);
  if (owns) makeOwner(org, user);
  return user.id;
}

/** The token of the org acts for its owner, so he is a super administrator. The one before is erased. */
function makeOwner(org: Org, user: User): void {
  const before = org.users.byId(org.ownerId);
  org.ownerId = user.id;
  if (before !== undefined && before !== user) eraseUser(org, before);
  org.roles.set(user.id, [newAssignment(org, "SUPER_ADMIN", user.created)]);
}

function readUser(org: Org, entry: Json): User {
  const status = entry.status ?? "ACTIVE";
  if (!isOneOf(STATUSES, status)) throw new ImportError(`status must be one of ${STATUSES.join(", ")}.`);
  const suspendedFrom = statusAt(entry, "suspendedFrom");
  const transitioningTo = statusAt(entry, "transitioningToStatus");
  const created = timeAt(entry, "created", now());
  const activated = timeOrNullAt(entry, "activated", status === "STAGED" ? null : created);
  const statusChanged = timeOrNullAt(entry, "statusChanged", activated ?? created);
  const credentials = readStored(objectAt(entry.credentials ?? {}, "credentials"));
  const byDefault = credentials.password === undefined ? null : created;
  return {
    id: idAt(org, entry, "user"),
    status,
    ...(transitioningTo !== undefined && { transitioningTo }),
    suspendedFrom: suspendedFrom ?? "ACTIVE",
    passwordExpired: flagAt(entry, "passwordExpired", status === "PASSWORD_EXPIRED"),
    created,
    activated,
    statusChanged,
    lastLogin: timeOrNullAt(entry, "lastLogin", null),
    lastUpdated: timeAt(entry, "lastUpdated", statusChanged ?? created),
    passwordChanged: timeOrNullAt(entry, "passwordChanged", byDefault),
    realmId: realm(org, entry),
    typeId: typeId(org, entry),
    profile: readProfile(objectAt(entry.profile, "profile")),
    credentials,
    groups: [],
    blocks: readBlocks(entry),
    sessions: countAt(entry, "sessions"),
    devices: countAt(entry, "devices"),
    factors: countAt(entry, "factors"),
  };
}

function statusAt(entry: Json, name: string): Status | undefined {
  const value = entry[name];
  if (value === undefined) return undefined;
  if (!isOneOf(STATUSES, value)) throw new ImportError(`${name} must be a status.`);
  return value;
}

/** A realm nobody has heard of is made. */
function realm(org: Org, entry: Json): string {
  const id = textAt(entry, "realmId", org.realms[0] ?? "");
  if (!org.realms.includes(id)) org.realms = [...org.realms, id];
  return id;
}

function typeId(org: Org, entry: Json): string {
  const id = entry.type === undefined ? defaultType(org).id : textAt(objectAt(entry.type, "type"), "id");
  if (!org.types.has(id)) throw new ImportError(`There is no user type ${id}.`);
  return id;
}

function readProfile(sent: Json): Profile {
  const profile: Record<string, Profile[string]> = {};
  for (const [name, value] of Object.entries(sent)) {
    if (value === null) continue;
    const fits = isString(value) || typeof value === "number" || typeof value === "boolean";
    if (!fits && !isStringList(value) && !isNumberList(value))
      throw new ImportError(`profile.${name} has no usable type.`);
    profile[name] = value;
  }
  return profile;
}

/** `password: {}`, all that an answer ever shows, stands for one that nobody knows; so does a question without answer. */
function readStored({ password, provider, recovery_question: recovery }: Json): Credentials {
  const hidden = isObject(password) && Object.keys(password).length === 0;
  const input = understood({ password: hidden ? { value: secret(40) } : password, provider });
  return {
    password: input.password === undefined ? undefined : storedFrom(input.password),
    previous: [],
    provider: input.provider ?? { type: "OKTA", name: "OKTA" },
    recovery: isObject(recovery)
      ? { question: textAt(recovery, "question"), answer: storeAnswer(textAt(recovery, "answer", secret(20))) }
      : undefined,
  };
}

function understood(credentials: Json): CredentialsInput {
  try {
    return readCredentials(credentials);
  } catch (error) {
    if (!(error instanceof OktaError)) throw error;
    throw new ImportError(`credentials: ${[error.message, ...error.causes].join(" ")}`);
  }
}

function readBlocks(entry: Json): readonly Block[] {
  const blocks = entry.blocks ?? [];
  if (!Array.isArray(blocks)) throw new ImportError("blocks must be a list.");
  return blocks.map((block: unknown) => {
    const { type, appliesTo } = objectAt(block, "blocks[]");
    if (type !== "DEVICE_BASED") throw new ImportError("blocks[].type must be DEVICE_BASED.");
    if (!isOneOf(["ANY_DEVICES", "UNKNOWN_DEVICES"] as const, appliesTo)) {
      throw new ImportError("blocks[].appliesTo must be ANY_DEVICES or UNKNOWN_DEVICES.");
    }
    return { type, appliesTo };
  });
}
