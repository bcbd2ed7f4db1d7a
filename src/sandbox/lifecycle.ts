import { settle } from "./async-change.ts";
import { now } from "./clock.ts";
import { type ErrorCode, invalid, OktaError } from "./error.ts";
import { secret } from "./id.ts";
import { forgive } from "./lockout.ts";
import { requireOwnPassword } from "./mastered.ts";
import { type Org, sendMail } from "./org.ts";
import { store, temporaryPassword } from "./password.ts";
import { type Answer, type Call, flag, ok, type Route, userRoute } from "./route.ts";
import { profileText, type Status, type User } from "./user.ts";
import { userView } from "./user-view.ts";

type Next = Status | "same" | "before suspension";

interface Transition {
  /** From which status to which; a status that is missing is refused. */
  readonly from: Readonly<Partial<Record<Status, Next>>>;
  readonly refuse: () => OktaError;
}

const refuse =
  (code: ErrorCode, ...causes: string[]) =>
  () =>
    new OktaError(code, causes);

const ANY_BUT_GONE = {
  STAGED: "DEPROVISIONED",
  PROVISIONED: "DEPROVISIONED",
  ACTIVE: "DEPROVISIONED",
  RECOVERY: "DEPROVISIONED",
  LOCKED_OUT: "DEPROVISIONED",
  PASSWORD_EXPIRED: "DEPROVISIONED",
  SUSPENDED: "DEPROVISIONED",
} as const;

/** The status machine: documented or recorded unless marked. */
export const TRANSITIONS = {
  // unverified: the refusal from RECOVERY, LOCKED_OUT, PASSWORD_EXPIRED and SUSPENDED (recorded: PROVISIONED);
  // PROVISIONED as the result from DEPROVISIONED, since the password was dropped.
  activate: { from: { STAGED: "PROVISIONED", DEPROVISIONED: "PROVISIONED" }, refuse: refuse("E0000016") },
  // unverified: the refusal outside ACTIVE.
  reactivate: { from: { PROVISIONED: "same", RECOVERY: "same" }, refuse: refuse("E0000038") },
  // unverified: the refusal; documented only as "not allowed".
  deactivate: { from: ANY_BUT_GONE, refuse: refuse("E0000038") },
  // unverified: PROVISIONED and PASSWORD_EXPIRED, where the link is recorded but the documentation says ACTIVE only.
  suspend: {
    from: { PROVISIONED: "SUSPENDED", ACTIVE: "SUSPENDED", PASSWORD_EXPIRED: "SUSPENDED" },
    refuse: () => invalid("suspendUser", "Cannot suspend a user that is not active"),
  },
  // unverified: the last word of the summary.
  unsuspend: {
    from: { SUSPENDED: "before suspension" },
    refuse: () => invalid("suspendUser", "Cannot unsuspend a user that is not suspended"),
  },
  unlock: { from: { LOCKED_OUT: "ACTIVE" }, refuse: refuse("E0000032", "The user is not locked out.") },
  reset_factors: {
    from: {
      STAGED: "same",
      PROVISIONED: "same",
      ACTIVE: "same",
      RECOVERY: "same",
      LOCKED_OUT: "same",
      PASSWORD_EXPIRED: "same",
      SUSPENDED: "same",
      DEPROVISIONED: "same",
    },
    refuse: refuse("E0000038"),
  },
  // unverified: the refusals, and PASSWORD_EXPIRED for itself (the link is recorded).
  expire_password: {
    from: { ACTIVE: "PASSWORD_EXPIRED", PASSWORD_EXPIRED: "same" },
    refuse: refuse("E0000038"),
  },
  // unverified: PROVISIONED (the link is recorded), RECOVERY and LOCKED_OUT; the refusals.
  reset_password: {
    from: {
      PROVISIONED: "RECOVERY",
      ACTIVE: "RECOVERY",
      RECOVERY: "same",
      LOCKED_OUT: "RECOVERY",
      PASSWORD_EXPIRED: "RECOVERY",
    },
    refuse: refuse("E0000038"),
  },
} as const satisfies Record<string, Transition>;

type Operation = keyof typeof TRANSITIONS;

const lifecycleRoute = (name: string, handle: (call: Call, user: User) => Answer): Route =>
  userRoute(`POST /api/v1/users/{id}/lifecycle/${name}`, handle);

export const lifecycleRoutes: readonly Route[] = [
  lifecycleRoute("activate", activate),
  lifecycleRoute("reactivate", reactivate),
  lifecycleRoute("deactivate", deactivate),
  lifecycleRoute("suspend", suspend),
  lifecycleRoute("unsuspend", (call, user) => move(call, user, "unsuspend")),
  lifecycleRoute("unlock", unlock),
  lifecycleRoute("reset_factors", resetFactors),
  lifecycleRoute("expire_password", expirePassword),
  lifecycleRoute("expire_password_with_temp_password", expireWithTemporary),
  lifecycleRoute("reset_password", resetPassword),
];

/** Where the operation leads from the present status. */
function next(user: User, operation: Operation): Status {
  const { from, refuse: refusal }: Transition = TRANSITIONS[operation];
  const to = from[user.status];
  if (to === undefined) throw refusal();
  if (to === "same") return user.status;
  return to === "before suspension" ? user.suspendedFrom : to;
}

/** Sets the status and the times that follow it. */
export function enter(org: Org, user: User, status: Status, time: number): void {
  if (user.status !== status) user.statusChanged = time;
  org.users.setStatus(user, status);
  user.lastUpdated = time;
}

function move(call: Call, user: User, operation: Operation): Answer {
  enter(call.org, user, next(user, operation), now());
  return ok({});
}

function activate(call: Call, user: User): Answer {
  const mail = flag(call, "sendEmail", true);
  const to = next(user, "activate");
  const time = now();
  const reached = canSignIn(user) ? "ACTIVE" : to;
  settle(call, user, reached, () => {
    enter(call.org, user, reached, now());
    user.activated = user.lastUpdated;
  });
  return activation(call, user, mail, time);
}

/** A stored password, or an external provider that has it, leads to ACTIVE at once. */
function canSignIn({ credentials: { password, provider } }: User): boolean {
  return password !== undefined || (provider.type !== "OKTA" && provider.type !== "IMPORT");
}

function reactivate(call: Call, user: User): Answer {
  const mail = flag(call, "sendEmail", false);
  next(user, "reactivate");
  return activation(call, user, mail, now());
}

/** The one-time link in the form of an Identity Engine org (behaviour: recorded), or `{}` when it goes by mail. */
function activation(call: Call, user: User, mail: boolean, time: number): Answer {
  if (mail) {
    sendMail(call.org, profileText(user, "email"), "activation", time);
    return ok({});
  }
  const activationToken = secret(20);
  return ok({ activationUrl: `${call.origin}/tokens/${activationToken}/verify`, activationToken });
}

function deactivate(call: Call, user: User): Answer {
  const mail = flag(call, "sendEmail", false);
  next(user, "deactivate");
  settle(call, user, "DEPROVISIONED", () => deprovision(call.org, user, now()));
  if (mail) sendMail(call.org, profileText(call.caller, "email"), "user-deactivated", now());
  return ok({});
}

/** Deactivates: the password, sessions and app assignments are lost for good (Okta's API documentation). */
export function deprovision(org: Org, user: User, time: number): void {
  enter(org, user, "DEPROVISIONED", time);
  user.credentials.password = undefined;
  user.credentials.previous = [];
  user.passwordExpired = false;
  user.sessions = 0;
  forgive(org, user);
  org.appAssignments.delete(user.id);
}

function suspend(call: Call, user: User): Answer {
  const to = next(user, "suspend");
  user.suspendedFrom = user.status;
  enter(call.org, user, to, now());
  user.sessions = 0;
  return ok({});
}

/** Unlocks; an ACTIVE user blocked for unknown devices is unblocked (OpenAPI 2026.06.3). */
function unlock(call: Call, user: User): Answer {
  const blocked = user.status === "ACTIVE" && user.blocks.some(({ appliesTo }) => appliesTo === "UNKNOWN_DEVICES");
  if (!blocked) {
    const to = next(user, "unlock");
    // An expired password shows again after the unlock (behaviour: recorded).
    enter(call.org, user, user.passwordExpired ? "PASSWORD_EXPIRED" : to, now());
  }
  forgive(call.org, user);
  return ok({});
}

function resetFactors(call: Call, user: User): Answer {
  user.factors = 0;
  call.org.factors.delete(user.id);
  return move(call, user, "reset_factors");
}

/** Answers the whole user; `?tempPassword=true` is the older form of the operation below. */
function expirePassword(call: Call, user: User): Answer {
  if (flag(call, "tempPassword", false)) return expireWithTemporary(call, user);
  expire(call, user);
  return ok(userView(call.org, user, call.origin));
}

function expireWithTemporary(call: Call, user: User): Answer {
  const revoke = flag(call, "revokeSessions", false);
  expire(call, user);
  const tempPassword = temporaryPassword();
  user.credentials.password = store(tempPassword);
  user.passwordChanged = user.lastUpdated;
  if (revoke) user.sessions = 0;
  return ok({ tempPassword });
}

/** `statusChanged` stays although the status changes (behaviour: recorded). */
function expire(call: Call, user: User): void {
  requireOwnPassword(user);
  call.org.users.setStatus(user, next(user, "expire_password"));
  user.passwordExpired = true;
  user.lastUpdated = now();
}

function resetPassword(call: Call, user: User): Answer {
  const mail = flag(call, "sendEmail", true);
  const revoke = flag(call, "revokeSessions", false);
  requireOwnPassword(user);
  const to = next(user, "reset_password");
  if (user.status === "LOCKED_OUT") forgive(call.org, user);
  enter(call.org, user, to, now());
  // A federated or social user becomes an Okta user by this (Okta's API documentation).
  user.credentials.provider = { type: "OKTA", name: "OKTA" };
  if (revoke) user.sessions = 0;
  if (mail) {
    sendMail(call.org, profileText(user, "email"), "reset-password", now());
    return ok({});
  }
  return ok({ resetPasswordUrl: `${call.origin}/reset_password/drp${secret(17)}` });
}
