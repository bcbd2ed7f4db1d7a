import { createHash } from "node:crypto";
import { iso } from "./clock.ts";
import { type Org, typeOf } from "./org.ts";
import { type ProfileValue, profileText, type Status, type User } from "./user.ts";

/** What a caller can ask to be left out, by the `okta-response` part of Content-Type on a GET (OpenAPI 2026.06.3). */
export interface Omit {
  readonly credentials: boolean;
  readonly credentialsLinks: boolean;
}

export const OMIT_NOTHING: Omit = { credentials: false, credentialsLinks: false };

/** Reads `application/json; okta-response=omitCredentials,omitCredentialsLinks`; unknown flags are ignored. */
export function omitFrom(contentType: string | undefined): Omit {
  const flags = /okta-response="?([^";]*)/i.exec(contentType ?? "")?.[1];
  if (flags === undefined) return OMIT_NOTHING;
  const set = new Set(flags.split(",").map((flag) => flag.trim()));
  return { credentials: set.has("omitCredentials"), credentialsLinks: set.has("omitCredentialsLinks") };
}

type LinkName = keyof typeof LINKS;

/** Link name -> path below the user; every one is a POST but `delete`. */
const LINKS = {
  activate: "/lifecycle/activate",
  changePassword: "/credentials/change_password",
  changeRecoveryQuestion: "/credentials/change_recovery_question",
  deactivate: "/lifecycle/deactivate",
  delete: "",
  expirePassword: "/lifecycle/expire_password",
  forgotPassword: "/credentials/forgot_password",
  reactivate: "/lifecycle/reactivate",
  resetFactors: "/lifecycle/reset_factors",
  resetPassword: "/lifecycle/reset_password",
  suspend: "/lifecycle/suspend",
  unlock: "/lifecycle/unlock",
  unsuspend: "/lifecycle/unsuspend",
} as const;

const WITH_PASSWORD = [
  "suspend",
  "schema",
  "resetPassword",
  "forgotPassword",
  "expirePassword",
  "changeRecoveryQuestion",
  "self",
  "resetFactors",
  "type",
  "changePassword",
  "deactivate",
] as const;

/** Links of a single user in the recorded order, as an Identity Engine org shows them. */
export const LINKS_BY_STATUS: Readonly<Record<Status, readonly (LinkName | "self" | "schema" | "type")[]>> = {
  STAGED: ["schema", "activate", "self", "resetFactors", "type"],
  PROVISIONED: ["suspend", "schema", "resetPassword", "reactivate", "self", "resetFactors", "type", "deactivate"],
  ACTIVE: WITH_PASSWORD,
  PASSWORD_EXPIRED: WITH_PASSWORD,
  // unverified: no single user in RECOVERY or LOCKED_OUT is recorded; these follow what the operations allow.
  RECOVERY: [
    "schema",
    "resetPassword",
    "reactivate",
    "changeRecoveryQuestion",
    "self",
    "resetFactors",
    "type",
    "changePassword",
    "deactivate",
  ],
  LOCKED_OUT: ["schema", "resetPassword", "unlock", "self", "resetFactors", "type", "deactivate"],
  SUSPENDED: ["schema", "unsuspend", "self", "resetFactors", "type", "deactivate"],
  DEPROVISIONED: ["schema", "activate", "self", "resetFactors", "type", "delete"],
};

const CREDENTIAL_LINKS: ReadonlySet<string> = new Set([
  "changePassword",
  "changeRecoveryQuestion",
  "forgotPassword",
  "resetPassword",
  "resetFactors",
  "unlock",
]);

/** A single user: what GET, create and update answer. Keys in the recorded order. */
export function userView(org: Org, user: User, origin: string, omit: Omit = OMIT_NOTHING): object {
  return { ...core(user, omit), _links: singleLinks(org, user, origin, omit) };
}

/** A user in a list: the same, but `_links` holds only `self` (behaviour: recorded). */
export function userListItem(user: User, origin: string, omit: Omit): Record<string, unknown> {
  return { ...core(user, omit), _links: { self: { href: `${origin}/api/v1/users/${user.id}` } } };
}

/** `credentials` as it may leave the org: whether there is a password, the question, never a secret. */
export function credentialsView(user: User): Record<string, unknown> {
  const { password, provider, recovery } = user.credentials;
  return {
    ...(password !== undefined && { password: {} }),
    ...(recovery !== undefined && { recovery_question: { question: recovery.question } }),
    provider: { type: provider.type, name: provider.name },
  };
}

/** The weak ETag of a user: it follows the profile only (behaviour: recorded). */
export function etag(user: User): string {
  const hash = createHash("sha256")
    .update(`${user.id}${JSON.stringify(profileView(user))}`)
    .digest("hex");
  return `W/"${hash}"`;
}

function core(user: User, omit: Omit): Record<string, unknown> {
  return {
    id: user.id,
    status: user.status,
    created: iso(user.created),
    activated: iso(user.activated),
    statusChanged: iso(user.statusChanged),
    lastLogin: iso(user.lastLogin),
    lastUpdated: iso(user.lastUpdated),
    passwordChanged: iso(user.passwordChanged),
    realmId: user.realmId,
    type: { id: user.typeId },
    profile: profileView(user),
    ...(!omit.credentials && { credentials: credentialsWithEmails(user) }),
  };
}

/** Profile in the recorded order; mobilePhone and secondEmail are always there, null when unset (behaviour: recorded). */
function profileView(user: User): Record<string, ProfileValue | null> {
  const { firstName, lastName, mobilePhone, secondEmail, login, email, ...others } = user.profile;
  return {
    ...(firstName !== undefined && { firstName }),
    ...(lastName !== undefined && { lastName }),
    mobilePhone: mobilePhone ?? null,
    ...others,
    secondEmail: secondEmail ?? null,
    ...(login !== undefined && { login }),
    ...(email !== undefined && { email }),
  };
}

function credentialsWithEmails(user: User): Record<string, unknown> {
  const { provider, ...rest } = credentialsView(user);
  const second = profileText(user, "secondEmail");
  const emails = [
    { value: profileText(user, "email"), status: "VERIFIED", type: "PRIMARY" },
    ...(second === "" ? [] : [{ value: second, status: "VERIFIED", type: "SECONDARY" }]),
  ];
  return { ...rest, emails, provider };
}

function singleLinks(org: Org, user: User, origin: string, omit: Omit): Record<string, object> {
  const self = `${origin}/api/v1/users/${user.id}`;
  const links: Record<string, object> = {};
  for (const name of LINKS_BY_STATUS[user.status]) {
    if (omit.credentialsLinks && CREDENTIAL_LINKS.has(name)) continue;
    if (name === "self") links.self = { href: self };
    else if (name === "schema")
      links.schema = { href: `${origin}/api/v1/meta/schemas/user/${typeOf(org, user).schemaId}` };
    else if (name === "type") links.type = { href: `${origin}/api/v1/meta/types/user/${user.typeId}` };
    else links[name] = { href: `${self}${LINKS[name]}`, method: name === "delete" ? "DELETE" : "POST" };
  }
  return links;
}
