import { createHash } from "node:crypto";
import { iso } from "./clock.ts";
import type { Features } from "./features.ts";
import { hashOrder } from "./hash-order.ts";
import { type Org, typeOf } from "./org.ts";
import { type ProfileValue, profileText, type Status, type User } from "./user.ts";

/** What a caller can ask to be left out, by the `okta-response` part of Content-Type on a GET (OpenAPI 2026.06.3). */
export interface Omit {
  readonly credentials: boolean;
  readonly credentialsLinks: boolean;
  readonly transitioning: boolean;
}

export const OMIT_NOTHING: Omit = { credentials: false, credentialsLinks: false, transitioning: false };

/** Reads `application/json; okta-response=omitCredentials,omitCredentialsLinks`; unknown flags are ignored. */
export function omitFrom(contentType: string | undefined): Omit {
  const flags = /okta-response="?([^";]*)/i.exec(contentType ?? "")?.[1];
  if (flags === undefined) return OMIT_NOTHING;
  const set = new Set(flags.split(",").map((flag) => flag.trim()));
  return {
    credentials: set.has("omitCredentials"),
    credentialsLinks: set.has("omitCredentialsLinks"),
    transitioning: set.has("omitTransitioningToStatus"),
  };
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
  return { ...core(user, org.features, omit), _links: singleLinks(org, user, origin, omit) };
}

/** A user in a list: the same, but `_links` holds only `self` (behaviour: recorded). */
export function userListItem({ features }: Org, user: User, origin: string, omit: Omit): Record<string, unknown> {
  return { ...core(user, features, omit), _links: { self: { href: `${origin}/api/v1/users/${user.id}` } } };
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

function core(user: User, features: Features, omit: Omit): Record<string, unknown> {
  return {
    id: user.id,
    status: user.status,
    ...(user.transitioningTo !== undefined && !omit.transitioning && { transitioningToStatus: user.transitioningTo }),
    created: iso(user.created),
    activated: iso(user.activated),
    statusChanged: iso(user.statusChanged),
    lastLogin: iso(user.lastLogin),
    lastUpdated: iso(user.lastUpdated),
    passwordChanged: iso(user.passwordChanged),
    ...(features.realms && { realmId: user.realmId }),
    type: { id: user.typeId },
    profile: profileView(user),
    ...(!omit.credentials && { credentials: listedCredentials(user, features) }),
  };
}

/** Profile in the recorded order; mobilePhone and secondEmail are always there, null when unset (behaviour: recorded). */
function profileView({ profile }: User): Record<string, ProfileValue | null> {
  return Object.fromEntries(profileOrder(Object.keys(profile)).map((name) => [name, profile[name] ?? null]));
}

const ORDERS = new Map<string, readonly string[]>();

/** People have few different sets of attributes; sorting them for each person would take longest of all in a page. */
function profileOrder(present: readonly string[]): readonly string[] {
  const key = present.join();
  const known = ORDERS.get(key);
  if (known !== undefined) return known;
  const names = [...new Set([...present, "mobilePhone", "secondEmail"])];
  // Of names in one bucket the login comes last (behaviour: recorded); for the others this order is one that fits.
  const sorted = names.sort((a, b) => Number(a === "login") - Number(b === "login") || (a < b ? -1 : 1));
  const order = hashOrder(sorted);
  // The bound only keeps a flood of attributes from staying.
  if (ORDERS.size >= 1000) ORDERS.clear();
  ORDERS.set(key, order);
  return order;
}

/** Credentials as a user shows them: the addresses stand between password and question (behaviour: recorded). */
function listedCredentials(user: User, features: Features): Record<string, unknown> {
  const { password, ...rest } = credentialsView(user);
  if (!features.credentialEmails) return credentialsView(user);
  const second = profileText(user, "secondEmail");
  const emails = [
    { value: profileText(user, "email"), status: "VERIFIED", type: "PRIMARY" },
    ...(second === "" ? [] : [{ value: second, status: "VERIFIED", type: "SECONDARY" }]),
  ];
  return { ...(password !== undefined && { password }), emails, ...rest };
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
