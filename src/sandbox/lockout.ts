import { now } from "./clock.ts";
import type { OktaError } from "./error.ts";
import type { Org } from "./org.ts";
import type { Status, User } from "./user.ts";

/** unverified: that RECOVERY can be locked; ACTIVE and PASSWORD_EXPIRED (shown again by the unlock) are recorded. */
const LOCKABLE: ReadonlySet<Status> = new Set(["ACTIVE", "PASSWORD_EXPIRED", "RECOVERY"]);

/**
 * Ends a check of a password or an answer. Failures in a row are counted, and at the limit of the password policy the
 * account is locked (documented). unverified: that the checks of the Users API count like those of a sign-in.
 *
 * @throws the refusal when the check was not passed
 */
export function prove(org: Org, user: User, passed: boolean, refusal: OktaError): void {
  if (passed) {
    org.failedChecks.delete(user.id);
    return;
  }
  countFailure(org, user);
  throw refusal;
}

/** Forgets failed checks and lifts the block they led to: after an unlock, a reset of the password, a deactivation. */
export function forgive(org: Org, user: User): void {
  org.failedChecks.delete(user.id);
  user.blocks = [];
}

/** Counts one failed check and locks the account when it was one too many. */
export function countFailure(org: Org, user: User): void {
  if (!LOCKABLE.has(user.status)) return;
  const failures = (org.failedChecks.get(user.id) ?? 0) + 1;
  org.failedChecks.set(user.id, failures);
  if (failures < org.knobs.lockoutAttempts) return;
  const time = now();
  user.statusChanged = time;
  user.lastUpdated = time;
  org.users.setStatus(user, "LOCKED_OUT");
  user.blocks = [{ type: "DEVICE_BASED", appliesTo: "ANY_DEVICES" }];
}
