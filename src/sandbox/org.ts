import type { Unfinished } from "./async-change.ts";
import type { Attribute } from "./attributes.ts";
import { BASE_ATTRIBUTES } from "./attributes.ts";
import type { Factor } from "./factors-store.ts";
import type { Features } from "./features.ts";
import type { IdSource } from "./id.ts";
import type { IndexLag } from "./index-lag.ts";
import type { Knobs } from "./knobs.ts";
import type { EventLog } from "./log-events.ts";
import type { User } from "./user.ts";
import type { UserStore } from "./user-store.ts";

export interface UserType {
  readonly id: string;
  readonly schemaId: string;
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly isDefault: boolean;
  readonly created: number;
  /** When the type, or its schema, was last changed; absent until then. */
  readonly updated?: number;
  readonly schemaUpdated?: number;
  readonly custom: readonly Attribute[];
  /** The base attributes where they differ from the standard ones. */
  readonly base?: readonly Attribute[];
}

export interface Group {
  readonly id: string;
  readonly type: "BUILT_IN" | "OKTA_GROUP" | "APP_GROUP";
  name: string;
  description: string | null;
  readonly created: number;
  lastUpdated: number;
  lastMembershipUpdated: number;
  readonly members: Set<string>;
  /** The app a group of type APP_GROUP comes from. */
  readonly sourceId?: string;
}

/** An entry of the app catalogue; `name` is the key used in role targets. */
export interface CatalogApp {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly category: string;
  readonly website: string;
  readonly signOnModes: readonly string[];
  readonly lastUpdated: number;
  readonly features?: readonly string[];
  /** Where the picture lies; without it one of the sandbox's own. */
  readonly logo?: { readonly href: string; readonly type?: string };
}

/** An app of the org: an instance of a catalogue entry. */
export interface App {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  /** Present when the app is an OAuth client as well. */
  readonly client?: { readonly uri: string | null; readonly logo: string | null };
}

export interface AppAssignment {
  readonly id: string;
  readonly appId: string;
}

export interface Scope {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
}

export interface AuthorizationServer {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
}

export interface Grant {
  readonly id: string;
  readonly created: number;
  readonly clientId: string;
  readonly scopeId: string;
  readonly source: "ADMIN" | "END_USER";
}

export interface RefreshToken {
  readonly id: string;
  readonly created: number;
  readonly expiresAt: number;
  readonly clientId: string;
  readonly scopeIds: readonly string[];
}

export interface IdentityProvider {
  readonly id: string;
  readonly type: "GOOGLE" | "SAML2";
  readonly name: string;
  readonly created: number;
}

export interface AppTarget {
  readonly appName: string;
  /** Undefined: the whole catalogue app. */
  readonly appId: string | undefined;
}

export interface RoleAssignment {
  readonly id: string;
  readonly type: string;
  /** Only for custom and IAM-based roles. */
  readonly role?: string;
  readonly resourceSet?: string;
  created: number;
  lastUpdated: number;
  groupTargets: readonly string[];
  appTargets: readonly AppTarget[];
  /** When each target came, by group id or by app and instance. */
  since?: ReadonlyMap<string, number>;
}

export interface LinkSide {
  readonly name: string;
  readonly title: string;
  readonly description: string;
}

export interface LinkDefinition {
  readonly primary: LinkSide;
  readonly associated: LinkSide;
  /** Associated user id -> primary user id. */
  readonly primaryOf: Map<string, string>;
  /** Primary user id -> associated user ids. */
  readonly associatedOf: Map<string, Set<string>>;
}

/** A message the org would have sent. */
export interface Mail {
  readonly to: string;
  readonly kind: string;
  readonly sentAt: number;
}

/** The whole state of the sandbox org. */
export interface Org {
  readonly ids: IdSource;
  ownerId: string;
  readonly features: Features;
  readonly users: UserStore;
  readonly types: Map<string, UserType>;
  realms: readonly string[];
  everyoneId: string;
  readonly groups: Map<string, Group>;
  readonly catalog: Map<string, CatalogApp>;
  readonly apps: Map<string, App>;
  readonly server: AuthorizationServer;
  readonly identityProviders: ReadonlyMap<string, IdentityProvider>;
  /** Role type or custom role id -> its label, for roles that need one looked up. */
  readonly customRoles: ReadonlyMap<string, string>;
  readonly resourceSets: ReadonlyMap<string, string>;
  readonly links: Map<string, LinkDefinition>;
  /** By user id; absent means none. */
  readonly appAssignments: Map<string, readonly AppAssignment[]>;
  /** By group id. */
  readonly groupApps: Map<string, readonly AppAssignment[]>;
  readonly grants: Map<string, readonly Grant[]>;
  readonly tokens: Map<string, readonly RefreshToken[]>;
  readonly idpLinks: Map<string, readonly string[]>;
  readonly roles: Map<string, readonly RoleAssignment[]>;
  readonly groupRoles: Map<string, readonly RoleAssignment[]>;
  readonly mail: Mail[];
  readonly knobs: Knobs;
  readonly events: EventLog;
  /** By user id; absent until somebody looks, see `factorsOf`. */
  readonly factors: Map<string, readonly Factor[]>;
  /** Wrong passwords and answers in a row, by user id. */
  readonly failedChecks: Map<string, number>;
  readonly unfinished: Unfinished[];
  readonly userIndex: IndexLag<User>;
  readonly groupIndex: IndexLag<Group>;
}

/** The declared attributes of a user type: base first, then its own. */
export function attributesOf(type: UserType): readonly Attribute[] {
  return [...(type.base ?? BASE_ATTRIBUTES), ...type.custom];
}

/** The type of that id, or of the user; every stored user has one that exists. */
export function typeOf(org: Org, user: User): UserType {
  const type = org.types.get(user.typeId);
  if (type === undefined) throw new Error(`user type ${user.typeId} is missing`);
  return type;
}

export function defaultType(org: Org): UserType {
  for (const type of org.types.values()) if (type.isDefault) return type;
  throw new Error("the org has no default user type");
}

/** Remembers a message instead of sending it; the newest 1000 are kept. */
export function sendMail(org: Org, to: string, kind: string, at: number): void {
  org.mail.push({ to, kind, sentAt: at });
  if (org.mail.length > 1000) org.mail.shift();
}

/** Takes a user out of the org for good: everything that points at him goes too. */
export function eraseUser(org: Org, user: User): void {
  org.users.remove(user);
  for (const id of user.groups) org.groups.get(id)?.members.delete(user.id);
  for (const map of [org.appAssignments, org.grants, org.tokens, org.idpLinks, org.roles]) map.delete(user.id);
  for (const map of [org.factors, org.failedChecks]) map.delete(user.id);
  for (const link of org.links.values()) {
    unlink(link, user.id);
    for (const associated of link.associatedOf.get(user.id) ?? []) link.primaryOf.delete(associated);
    link.associatedOf.delete(user.id);
  }
}

/** Sets or replaces the primary of an associated user; a user has one primary per definition. */
export function link(definition: LinkDefinition, associatedId: string, primaryId: string): void {
  unlink(definition, associatedId);
  definition.primaryOf.set(associatedId, primaryId);
  const others = definition.associatedOf.get(primaryId);
  if (others === undefined) definition.associatedOf.set(primaryId, new Set([associatedId]));
  else others.add(associatedId);
}

export function unlink(definition: LinkDefinition, associatedId: string): void {
  const primaryId = definition.primaryOf.get(associatedId);
  if (primaryId === undefined) return;
  definition.primaryOf.delete(associatedId);
  definition.associatedOf.get(primaryId)?.delete(associatedId);
}
