import { settle } from "./async-change.ts";
import { now } from "./clock.ts";
import type { CredentialsInput } from "./credentials-input.ts";
import { readCredentials, requirePolicy, storeAnswer, storedFrom } from "./credentials-input.ts";
import { invalid, notFound, OktaError } from "./error.ts";
import { isObject, isString, isStringList, type Json } from "./guard.ts";
import { deprovision } from "./lifecycle.ts";
import { requireOwnPassword } from "./mastered.ts";
import { defaultType, eraseUser, type Org, sendMail, typeOf, type UserType } from "./org.ts";
import { matches } from "./password.ts";
import { checkedProfile } from "./profile.ts";
import { type Answer, type Call, flag, jsonBody, noContent, ok, type Route, route, userRoute } from "./route.ts";
import { profileText, type Status, type User } from "./user.ts";
import { etag, omitFrom, userView } from "./user-view.ts";
import { listUsers } from "./users-list.ts";

const CREATE_KEYS: ReadonlySet<string> = new Set(["credentials", "groupIds", "profile", "realmId", "type"]);
/** A user read from the org can be sent back whole; read-only keys are ignored. unverified: Okta may be stricter. */
const UPDATE_KEYS: ReadonlySet<string> = new Set([
  "credentials",
  "profile",
  "realmId",
  "type",
  "id",
  "status",
  "created",
  "activated",
  "statusChanged",
  "lastLogin",
  "lastUpdated",
  "passwordChanged",
  "transitioningToStatus",
  "_links",
  "_embedded",
]);
const MAX_GROUPS = 20;

export const userRoutes: readonly Route[] = [
  route("GET /api/v1/users", listUsers),
  route("POST /api/v1/users", createUser),
  userRoute("GET /api/v1/users/{id}", getUser),
  userRoute("POST /api/v1/users/{id}", (call, user) => updateUser(call, user, "merge")),
  userRoute("PUT /api/v1/users/{id}", (call, user) => updateUser(call, user, "replace")),
  userRoute("DELETE /api/v1/users/{id}", deleteUser),
];

/** Creates a user; the status follows from `activate`, the password and `nextLogin`. Answers 200, not 201 (behaviour: recorded). */
function createUser(call: Call): Answer {
  const { org } = call;
  const activate = flag(call, "activate", true);
  const mustChange = call.query.get("nextLogin") === "changePassword";
  const body = jsonBody(call, CREATE_KEYS);
  const input = readCredentials(body.credentials);
  if (mustChange && input.password === undefined) throw twice("E0000124");
  if (mustChange && !activate) throw twice("E0000125");

  const type = requestedType(org, body.type) ?? defaultType(org);
  const profile = checkedProfile(type, {}, requireProfile(body.profile), org.users);
  const provider = requestedProvider(call, input);
  requirePolicy(input, String(profile.login));
  const groups = requestedGroups(org, body.groupIds);
  const time = now();
  const hasPassword = input.password !== undefined;
  const status = firstStatus(activate, hasPassword, mustChange, provider.type);
  const user: User = {
    id: org.ids.next("user"),
    status,
    suspendedFrom: status,
    passwordExpired: status === "PASSWORD_EXPIRED",
    created: time,
    activated: activate ? time : null,
    statusChanged: time,
    lastLogin: null,
    lastUpdated: time,
    passwordChanged: hasPassword ? time : null,
    realmId: requestedRealm(org, body.realmId) ?? org.realms[0] ?? "",
    typeId: type.id,
    profile,
    credentials: {
      password: input.password === undefined ? undefined : storedFrom(input.password),
      previous: [],
      provider,
      recovery:
        input.recovery === undefined
          ? undefined
          : { question: input.recovery.question, answer: storeAnswer(input.recovery.answer) },
    },
    groups,
    blocks: [],
    sessions: 0,
    devices: 0,
    factors: 0,
  };
  org.users.add(user);
  for (const id of groups) joinGroup(org, id, user.id, time);
  if (status === "PROVISIONED") sendMail(org, profileText(user, "email"), "activation", time);
  return ok(userView(org, user, call.origin));
}

function getUser(call: Call, user: User): Answer {
  const view = userView(call.org, user, call.origin, omitFrom(call.headers["content-type"]));
  const expand = new Set((call.query.get("expand") ?? "").split(","));
  // The org stands for one without the early-access feature "user classification".
  if (expand.has("classification")) throw new OktaError("E0000015");
  const embedded = expand.has("blocks") ? { _embedded: { blocks: user.blocks } } : {};
  return { status: 200, body: { ...view, ...embedded }, headers: { etag: etag(user) } };
}

/** POST merges, PUT replaces; without `profile` both leave the profile alone (behaviour: recorded for PUT). */
function updateUser(call: Call, user: User, how: "merge" | "replace"): Answer {
  const { org } = call;
  requireMatch(call, user);
  const strict = flag(call, "strict", false);
  const body = jsonBody(call, UPDATE_KEYS);
  // unverified: Okta says that the profile "won't be updated"; refusing is the choice nobody can mistake for success.
  if (user.status === "DEPROVISIONED") throw new OktaError("E0000038");
  const input = readCredentials(body.credentials);
  const type = requestedType(org, body.type) ?? typeOf(org, user);
  if (how === "merge" && type.id !== user.typeId) {
    // unverified: wording; the rule itself is documented.
    throw invalid("type", "type: The user type can only be changed by replacing the user.");
  }
  const untouched = body.profile === undefined && (body.credentials !== undefined || body.type !== undefined);
  const sent = untouched || (how === "merge" && body.profile === undefined) ? {} : requireProfile(body.profile);
  const before = how === "merge" || untouched ? user.profile : {};
  const profile = checkedProfile(type, before, sent, org.users, user);
  requirePolicy(input, String(profile.login));
  const realmId = requestedRealm(org, body.realmId);
  const time = now();
  setCredentials(user, input, strict, time);
  org.users.setProfile(user, profile);
  user.typeId = type.id;
  if (realmId !== undefined) user.realmId = realmId;
  const onlyPassword = untouched && body.type === undefined && realmId === undefined && input.recovery === undefined;
  // A new password alone shows in passwordChanged and nowhere else (behaviour: recorded).
  if (!onlyPassword || input.password === undefined) user.lastUpdated = time;
  return ok(userView(org, user, call.origin));
}

/** First call deactivates, second call erases; both answer 204 (behaviour: recorded). */
function deleteUser(call: Call, user: User): Answer {
  const { org } = call;
  const mail = flag(call, "sendEmail", false);
  if (user.status === "DEPROVISIONED") eraseUser(org, user);
  else settle(call, user, "DEPROVISIONED", () => deprovision(org, user, now()));
  if (mail) sendMail(org, profileText(call.caller, "email"), "user-deactivated", now());
  return noContent;
}

function firstStatus(activate: boolean, password: boolean, mustChange: boolean, provider: string): Status {
  if (!activate) return "STAGED";
  if (mustChange) return "PASSWORD_EXPIRED";
  return password || provider === "FEDERATION" || provider === "SOCIAL" ? "ACTIVE" : "PROVISIONED";
}

function requireProfile(profile: unknown): Json {
  if (profile === undefined || profile === null) return {};
  if (!isObject(profile)) throw new OktaError("E0000003");
  return profile;
}

function requestedType(org: Org, type: unknown): UserType | undefined {
  if (type === undefined || type === null) return undefined;
  if (!isObject(type) || !isString(type.id)) throw new OktaError("E0000003");
  const found = org.types.get(type.id);
  // unverified: entity name of an unknown user type.
  if (found === undefined) throw notFound(type.id, "UserType");
  return found;
}

function requestedRealm(org: Org, realmId: unknown): string | undefined {
  if (realmId === undefined || realmId === null) return undefined;
  if (!isString(realmId)) throw new OktaError("E0000003");
  // unverified: entity name of an unknown realm.
  if (!org.realms.includes(realmId)) throw notFound(realmId, "Realm");
  return realmId;
}

function requestedGroups(org: Org, groupIds: unknown): readonly string[] {
  if (groupIds === undefined || groupIds === null) return [];
  if (!isStringList(groupIds)) throw new OktaError("E0000003");
  if (groupIds.length > MAX_GROUPS) throw new OktaError("E0000093", ["The number of group targets is too large"]);
  const unknown = groupIds.find((id) => !org.groups.has(id));
  if (unknown !== undefined) throw notFound(unknown, "UserGroup");
  // unverified: the error; only its app changes who is in a group of type APP_GROUP.
  if (groupIds.some((id) => org.groups.get(id)?.type === "APP_GROUP")) {
    throw invalid("groupIds", "groupIds: The members of a group that comes from an app cannot be changed.");
  }
  return [...new Set(groupIds)].filter((id) => id !== org.everyoneId);
}

/** A hash or hook marks the user as imported; FEDERATION and SOCIAL need `provider=true` and have no password. */
function requestedProvider(call: Call, input: CredentialsInput): User["credentials"]["provider"] {
  const { provider, password } = input;
  if (password?.kind === "hash" || password?.kind === "hook") return { type: "IMPORT", name: "IMPORT" };
  if (provider === undefined || provider.type === "OKTA" || provider.type === "IMPORT") {
    return provider ?? { type: "OKTA", name: "OKTA" };
  }
  // unverified: these refusals; the rules are documented, the errors are not.
  if (!flag(call, "provider", false)) {
    throw invalid("provider", "provider: Set the query parameter provider to true for an external provider.");
  }
  if (password !== undefined || input.recovery !== undefined) {
    throw invalid("password", "password: A user of an external provider has neither password nor recovery question.");
  }
  return provider;
}

function setCredentials(user: User, input: CredentialsInput, strict: boolean, time: number): void {
  const { credentials } = user;
  if (input.password !== undefined) {
    requireOwnPassword(user);
    if (input.password.kind !== "value" && user.status !== "STAGED") {
      // unverified: wording; a hash is documented for STAGED users only.
      throw invalid("password", "password: A hashed password can only be set while the user is STAGED.");
    }
    if (strict && input.password.kind === "value") {
      const { value } = input.password;
      const used = [credentials.password, ...credentials.previous].some((old) => matches(old, value));
      if (used) throw invalid("password", "password: Password has been used too recently");
    }
    if (credentials.password !== undefined) {
      credentials.previous = [credentials.password, ...credentials.previous].slice(0, 4);
    }
    credentials.password = storedFrom(input.password);
    credentials.provider =
      input.password.kind === "value" ? { type: "OKTA", name: "OKTA" } : { type: "IMPORT", name: "IMPORT" };
    // unverified: whether an admin reset changes PROVISIONED, RECOVERY or PASSWORD_EXPIRED; it does not here.
    user.passwordChanged = time;
  }
  if (input.recovery !== undefined) {
    credentials.recovery = { question: input.recovery.question, answer: storeAnswer(input.recovery.answer) };
  }
  if (input.password === undefined && input.provider !== undefined) credentials.provider = input.provider;
}

/** 412 when `If-Match` names another version of the profile, 400 when it is no entity tag (OpenAPI 2026.06.3). */
function requireMatch(call: Call, user: User): void {
  const wanted = call.headers["if-match"];
  if (wanted === undefined || wanted === "*") return;
  if (!/^(W\/)?"[^"]*"$/.test(wanted)) throw new OktaError("E0000242");
  // unverified: whether the weak mark must be repeated; it may be left out here.
  if (etag(user).replace("W/", "") !== wanted.replace("W/", "")) throw new OktaError("E0000231");
}

function joinGroup(org: Org, groupId: string, userId: string, time: number): void {
  const group = org.groups.get(groupId);
  if (group === undefined) return;
  group.members.add(userId);
  group.lastMembershipUpdated = time;
}

/** The official examples repeat the summary as the only cause. */
function twice(code: "E0000124" | "E0000125"): OktaError {
  return new OktaError(code, [new OktaError(code).message]);
}
