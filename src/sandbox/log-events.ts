import { exactNow } from "./clock.ts";

/**
 * Event types the sandbox writes: names from Okta's event type catalogue, release 2026.05.
 * unverified: most texts; they follow the catalogue's descriptions, and Okta calls only the names stable.
 */
export const EVENT_TYPES = {
  "app.oauth2.as.consent.revoke": "Consent revoked",
  "app.oauth2.as.consent.revoke.user": "All consent revoked for user",
  "app.oauth2.as.consent.revoke.user.client": "User consent revoked for client",
  "app.oauth2.as.token.revoke": "OAuth2 token revocation request",
  "application.user_membership.remove": "Remove user's application membership",
  "directory.linked_object.create": "Create linked object",
  "directory.linked_object.delete": "Delete linked object",
  "directory.non_default_user_profile.create": "Create non-default universal directory user profile",
  "directory.user_profile.update": "Update universal directory user profile",
  "group.lifecycle.create": "Create Okta group",
  "group.lifecycle.delete": "Delete Okta group",
  "group.profile.update": "Okta group profile updated",
  "group.user_membership.add": "Add user to group membership",
  "group.user_membership.remove": "Remove user from group membership",
  "system.sms.send_factor_verify_message": "Send second factor auth SMS",
  "system.sms.send_phone_verification_message": "Send phone verification SMS message",
  "user.account.expire_password": "Expire the user's Okta password",
  "user.account.lock": "Max sign in attempts exceeded",
  "user.account.privilege.grant": "Grant user privilege",
  "user.account.privilege.revoke": "Revoke user privilege",
  "user.account.reset_password": "User reset password for Okta",
  "user.account.subscriptions.update": "Admin subscriptions update",
  "user.account.unlock_by_admin": "User account unlock by admin",
  "user.account.update_password": "User update password for Okta",
  "user.account.update_profile": "Update user profile for Okta",
  "user.account.update_user_type": "Update user type",
  "user.authentication.auth_via_mfa": "Authentication of user via MFA",
  "user.lifecycle.activate": "Activate Okta user",
  "user.lifecycle.create": "Create Okta user",
  "user.lifecycle.deactivate": "Deactivate Okta user",
  "user.lifecycle.delete.completed": "Delete Okta user completed",
  "user.lifecycle.delete.initiated": "Delete Okta user initiated",
  "user.lifecycle.reactivate": "Reactivate Okta user",
  "user.lifecycle.suspend": "Suspend Okta user",
  "user.lifecycle.unsuspend": "Unsuspend Okta user",
  "user.mfa.factor.activate": "Activate factor or authenticator enrollment method for user",
  "user.mfa.factor.deactivate": "Reset factor or authenticator enrollment method for user",
  "user.mfa.factor.reset_all": "Reset all factors or authenticator enrollments for user",
  "user.risk.change": "User's risk level has changed",
  "user.session.clear": "Clear user session",
  "user.session.end": "User logout from Okta",
  "user.session.start": "User login to Okta",
} as const;

export type EventType = keyof typeof EVENT_TYPES;

/** Who did something, or what it was done to. */
export interface LogEntity {
  readonly id: string;
  /** `User`, `UserGroup`, `AppInstance` and so on. */
  readonly type: string;
  readonly alternateId: string;
  readonly displayName: string;
}

/** Where a person sat, as far as the log knows. */
export interface LogPlace {
  readonly city: string;
  readonly state: string;
  readonly country: string;
  readonly postalCode: string;
}

/** The request behind an event. */
export interface LogContext {
  readonly actor: LogEntity;
  readonly ip: string;
  readonly userAgent: string;
  readonly place?: LogPlace;
  readonly requestId: string;
  /** Path of the request. */
  readonly uri: string;
  readonly sessionId?: string;
}

/** What happened. */
export interface LogFact {
  readonly type: EventType;
  readonly targets: readonly LogEntity[];
  /** Absent: success. */
  readonly failure?: string;
  /** More of `debugContext.debugData`. */
  readonly debug?: Readonly<Record<string, string>>;
}

/** One event as kept: compact, made into Okta's shape only when somebody reads it. */
export interface LogRecord {
  /** Counts up without gaps. */
  readonly sequence: number;
  /** Epoch milliseconds; unlike elsewhere in the org they are exact (OpenAPI example). */
  readonly published: number;
  readonly context: LogContext;
  readonly fact: LogFact;
}

export type UnnumberedRecord = Omit<LogRecord, "sequence">;

/** The oldest events go first when there are more; 90 days of real events are documented, memory is the limit here. */
const MOST = 20_000;
const CHUNK = 1000;

/** The system log of the org. What is to have happened before its start is made up at the first use, not at seeding. */
export class EventLog {
  readonly #history: () => readonly UnnumberedRecord[];
  #records: LogRecord[] | undefined;

  constructor(history: () => readonly UnnumberedRecord[]) {
    this.#history = history;
  }

  /** Makes sure that the made-up history is there; to be called before the org changes. */
  open(): LogRecord[] {
    this.#records ??= this.#history().map((record, i) => ({ ...record, sequence: i + 1 }));
    return this.#records;
  }

  append(context: LogContext, ...facts: readonly LogFact[]): void {
    const records = this.open();
    for (const fact of facts) {
      const last = records.at(-1);
      // The log is read by time, so a clock that is set back must not break its order.
      const published = Math.max(exactNow(), last?.published ?? 0);
      records.push({ sequence: (last?.sequence ?? 0) + 1, published, context, fact });
    }
    if (records.length > MOST + CHUNK) records.splice(0, records.length - MOST);
  }

  /** Oldest first. */
  all(): readonly LogRecord[] {
    return this.open();
  }
}
