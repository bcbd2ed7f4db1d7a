import { isObject, isString, type Json } from "./guard.ts";
import { entity, groupEntity, userEntity } from "./log-context.ts";
import type { EventType, LogEntity, LogFact } from "./log-events.ts";
import type { Answer, Call } from "./route.ts";
import type { User } from "./user.ts";

/** A write that was done. */
export interface Done {
  readonly call: Call;
  readonly answer: Answer;
  /** The user the path named, as he was before. */
  readonly before: User | undefined;
}

type Writer = (done: Done) => readonly LogFact[];

/** An event about the user in the path. */
const about =
  (...types: readonly EventType[]): Writer =>
  ({ before }) =>
    before === undefined ? [] : types.map((type) => ({ type, targets: [userEntity(before)] }));

/** Nothing of its own: memberships and privileges are seen by what they change about the user. */
const seenElsewhere: Writer = () => [];

const USER = "/api/v1/users/{id}";
const BY_ID = "/api/v1/users/{userId}";
const LINKS = "/api/v1/users/{userIdOrLogin}/linkedObjects";
const GROUP = "/api/v1/groups/{groupId}";
const TARGETS = `${BY_ID}/roles/{roleAssignmentId}/targets`;
const META = "/api/v1/meta";

/**
 * What each write means in the system log, by route. unverified: which type Okta writes for the recovery question,
 * values of linked objects, and changed or deleted user types, for which the catalogue has none.
 */
const WRITERS: Readonly<Record<string, Writer>> = {
  "POST /api/v1/users": created,
  [`POST ${USER}`]: updated,
  [`PUT ${USER}`]: updated,
  [`DELETE ${USER}`]: (done) =>
    done.before?.status === "DEPROVISIONED"
      ? about("user.lifecycle.delete.initiated", "user.lifecycle.delete.completed")(done)
      : about("user.lifecycle.deactivate")(done),
  [`POST ${USER}/lifecycle/activate`]: about("user.lifecycle.activate"),
  [`POST ${USER}/lifecycle/reactivate`]: about("user.lifecycle.reactivate"),
  [`POST ${USER}/lifecycle/deactivate`]: about("user.lifecycle.deactivate"),
  [`POST ${USER}/lifecycle/suspend`]: about("user.lifecycle.suspend"),
  [`POST ${USER}/lifecycle/unsuspend`]: about("user.lifecycle.unsuspend"),
  [`POST ${USER}/lifecycle/unlock`]: about("user.account.unlock_by_admin"),
  [`POST ${USER}/lifecycle/reset_factors`]: about("user.mfa.factor.reset_all"),
  [`POST ${USER}/lifecycle/expire_password`]: about("user.account.expire_password"),
  [`POST ${USER}/lifecycle/expire_password_with_temp_password`]: about("user.account.expire_password"),
  [`POST ${USER}/lifecycle/reset_password`]: about("user.account.reset_password"),
  [`POST ${BY_ID}/credentials/forgot_password`]: about("user.account.reset_password"),
  [`POST ${BY_ID}/credentials/forgot_password_recovery_question`]: about("user.account.reset_password"),
  [`POST ${BY_ID}/credentials/change_password`]: about("user.account.update_password"),
  [`POST ${BY_ID}/credentials/change_recovery_question`]: about("user.account.update_profile"),
  [`DELETE ${BY_ID}/sessions`]: about("user.session.clear"),
  [`DELETE ${BY_ID}/grants`]: about("app.oauth2.as.consent.revoke.user"),
  [`DELETE ${BY_ID}/grants/{grantId}`]: about("app.oauth2.as.consent.revoke"),
  [`DELETE ${BY_ID}/clients/{clientId}/grants`]: about("app.oauth2.as.consent.revoke.user.client"),
  [`DELETE ${BY_ID}/clients/{clientId}/tokens`]: about("app.oauth2.as.token.revoke"),
  [`DELETE ${BY_ID}/clients/{clientId}/tokens/{tokenId}`]: about("app.oauth2.as.token.revoke"),
  [`POST ${BY_ID}/subscriptions/{notificationType}/subscribe`]: about("user.account.subscriptions.update"),
  [`POST ${BY_ID}/subscriptions/{notificationType}/unsubscribe`]: about("user.account.subscriptions.update"),
  [`PUT ${BY_ID}/risk`]: about("user.risk.change"),
  [`PUT ${LINKS}/{primaryRelationshipName}/{primaryUserId}`]: about("user.account.update_profile"),
  [`DELETE ${LINKS}/{relationshipName}`]: about("user.account.update_profile"),
  [`POST ${BY_ID}/roles`]: seenElsewhere,
  [`DELETE ${BY_ID}/roles/{roleAssignmentId}`]: seenElsewhere,
  [`PUT ${TARGETS}/catalog/apps`]: seenElsewhere,
  [`PUT ${TARGETS}/catalog/apps/{appName}`]: seenElsewhere,
  [`DELETE ${TARGETS}/catalog/apps/{appName}`]: seenElsewhere,
  [`PUT ${TARGETS}/catalog/apps/{appName}/{appId}`]: seenElsewhere,
  [`DELETE ${TARGETS}/catalog/apps/{appName}/{appId}`]: seenElsewhere,
  [`PUT ${TARGETS}/groups/{groupId}`]: seenElsewhere,
  [`DELETE ${TARGETS}/groups/{groupId}`]: seenElsewhere,
  "POST /api/v1/groups": ({ call, answer }) => aboutGroup(call, idIn(answer), "group.lifecycle.create"),
  [`PUT ${GROUP}`]: ({ call, answer }) => aboutGroup(call, idIn(answer), "group.profile.update"),
  [`DELETE ${GROUP}`]: ({ call }) => [
    { type: "group.lifecycle.delete", targets: [gone(call, "groupId", "UserGroup")] },
  ],
  [`PUT ${GROUP}/users/{userId}`]: seenElsewhere,
  [`DELETE ${GROUP}/users/{userId}`]: seenElsewhere,
  [`POST ${BY_ID}/factors`]: factorEnrolled,
  [`POST ${BY_ID}/factors/{factorId}/lifecycle/activate`]: about("user.mfa.factor.activate"),
  [`POST ${BY_ID}/factors/{factorId}/verify`]: ({ answer, ...done }) =>
    isObject(answer.body) && answer.body.factorResult === "CHALLENGE"
      ? about("system.sms.send_factor_verify_message")({ answer, ...done })
      : about("user.authentication.auth_via_mfa")({ answer, ...done }),
  [`DELETE ${BY_ID}/factors/{factorId}`]: about("user.mfa.factor.deactivate"),
  [`POST ${META}/schemas/user/{schemaId}`]: ({ call }) => [
    { type: "directory.user_profile.update", targets: [gone(call, "schemaId", "CVDType")] },
  ],
  [`POST ${META}/types/user`]: ({ answer }) => [
    { type: "directory.non_default_user_profile.create", targets: [entity(idIn(answer), "CVDType", nameIn(answer))] },
  ],
  [`POST ${META}/types/user/{typeId}`]: typeChanged,
  [`PUT ${META}/types/user/{typeId}`]: typeChanged,
  [`DELETE ${META}/types/user/{typeId}`]: typeChanged,
  [`POST ${META}/schemas/user/linkedObjects`]: () => [{ type: "directory.linked_object.create", targets: [] }],
  [`DELETE ${META}/schemas/user/linkedObjects/{name}`]: ({ call }) => [
    { type: "directory.linked_object.delete", targets: [gone(call, "name", "LinkedObject")] },
  ],
};

/** The events of a write that was done; undefined for a write that nobody has thought of. */
export function factsOf(route: string, done: Done): readonly LogFact[] | undefined {
  return WRITERS[route]?.(done);
}

/** True for every write the log has an entry for. */
export function isWritten(route: string): boolean {
  return Object.hasOwn(WRITERS, route);
}

const FAILURES: Readonly<Record<string, EventType>> = {
  [`POST ${BY_ID}/credentials/change_password`]: "user.account.update_password",
  [`POST ${BY_ID}/credentials/change_recovery_question`]: "user.account.update_profile",
  [`POST ${BY_ID}/credentials/forgot_password_recovery_question`]: "user.account.reset_password",
  [`POST ${BY_ID}/credentials/forgot_password`]: "user.account.reset_password",
  [`POST ${BY_ID}/factors/{factorId}/verify`]: "user.authentication.auth_via_mfa",
  [`POST ${BY_ID}/factors/{factorId}/lifecycle/activate`]: "user.mfa.factor.activate",
};
/** What a wrong password, answer or passcode is refused with. */
const WRONG_SECRET: ReadonlySet<string> = new Set(["E0000014", "E0000068", "E0000087"]);

/** The event of a refusal, where it is one that a log should tell: a wrong password, answer or passcode. */
export function failureOf(route: string, code: string, before: User): LogFact | undefined {
  const type = FAILURES[route];
  if (type === undefined || !WRONG_SECRET.has(code)) return undefined;
  return { type, targets: [userEntity(before)], failure: "INVALID_CREDENTIALS" };
}

function created({ call, answer }: Done): LogFact[] {
  const user = call.org.users.byId(idIn(answer));
  if (user === undefined) return [];
  const targets = [userEntity(user)];
  const facts: LogFact[] = [{ type: "user.lifecycle.create", targets }];
  if (user.status !== "STAGED") facts.push({ type: "user.lifecycle.activate", targets });
  for (const id of user.groups) {
    const group = call.org.groups.get(id);
    if (group === undefined) continue;
    facts.push({ type: "group.user_membership.add", targets: [userEntity(user), groupEntity(group)] });
  }
  return facts;
}

function updated({ call, answer, before }: Done): LogFact[] {
  const user = call.org.users.byId(idIn(answer));
  if (user === undefined || before === undefined) return [];
  const targets = [userEntity(user)];
  const facts: LogFact[] = [];
  const differs = JSON.stringify(user.profile) !== JSON.stringify(before.profile);
  if (differs) facts.push({ type: "user.account.update_profile", targets });
  if (user.typeId !== before.typeId) facts.push({ type: "user.account.update_user_type", targets });
  if (user.credentials.password !== before.credentials.password) {
    facts.push({ type: "user.account.update_password", targets });
  }
  return facts;
}

function factorEnrolled(done: Done): readonly LogFact[] {
  const { answer } = done;
  const body: Json = isObject(answer.body) ? answer.body : {};
  if (body.status === "ACTIVE") return about("user.mfa.factor.activate")(done);
  return body.factorType === "sms" ? about("system.sms.send_phone_verification_message")(done) : [];
}

function typeChanged({ call }: Done): LogFact[] {
  return [{ type: "directory.user_profile.update", targets: [gone(call, "typeId", "CVDType")] }];
}

function aboutGroup({ org }: Call, id: string, type: EventType): LogFact[] {
  const group = org.groups.get(id);
  return group === undefined ? [] : [{ type, targets: [groupEntity(group)] }];
}

/** Something the path names, which may not exist any more. */
function gone(call: Call, parameter: string, type: string): LogEntity {
  const id = call.params.get(parameter) ?? "";
  return entity(id, type, id);
}

function idIn({ body }: Answer): string {
  return isObject(body) && isString(body.id) ? body.id : "";
}

function nameIn({ body }: Answer): string {
  return isObject(body) && isString(body.name) ? body.name : "";
}
