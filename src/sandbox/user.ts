import type { StoredPassword } from "./password.ts";

/** The eight statuses (OpenAPI 2026.06.3). Their order here is the order of the plain list. */
export const STATUSES = [
  "STAGED",
  "PROVISIONED",
  "ACTIVE",
  "RECOVERY",
  "LOCKED_OUT",
  "PASSWORD_EXPIRED",
  "SUSPENDED",
  "DEPROVISIONED",
] as const;
export type Status = (typeof STATUSES)[number];

export const PROVIDERS = ["ACTIVE_DIRECTORY", "FEDERATION", "IMPORT", "LDAP", "OKTA", "SOCIAL"] as const;
export type ProviderType = (typeof PROVIDERS)[number];

export type ProfileValue = string | number | boolean | readonly string[] | readonly number[];
export type Profile = Readonly<Record<string, ProfileValue>>;

export type Block = { readonly type: "DEVICE_BASED"; readonly appliesTo: "ANY_DEVICES" | "UNKNOWN_DEVICES" };

export interface Credentials {
  password: StoredPassword | undefined;
  /** Earlier passwords, newest first: what `strict=true` compares with. */
  previous: readonly StoredPassword[];
  provider: { readonly type: ProviderType; readonly name: string };
  recovery: { readonly question: string; readonly answer: StoredPassword } | undefined;
}

/** One person as stored. Times are epoch milliseconds of whole seconds. Change status and profile through the store. */
export interface User {
  readonly id: string;
  status: Status;
  /** Where an asynchronous change that still runs will end. */
  transitioningTo?: Status;
  /** Status before the suspension; only meaningful while SUSPENDED. */
  suspendedFrom: Status;
  /** The password is expired although the status says something else (LOCKED_OUT). */
  passwordExpired: boolean;
  readonly created: number;
  activated: number | null;
  statusChanged: number | null;
  lastLogin: number | null;
  lastUpdated: number;
  passwordChanged: number | null;
  realmId: string;
  typeId: string;
  profile: Profile;
  readonly credentials: Credentials;
  /** Group ids without the built-in group Everyone, which holds everybody. */
  groups: readonly string[];
  blocks: readonly Block[];
  /** Open browser sessions, remembered devices, enrolled factors: counted only, to see that an operation cleared them. */
  sessions: number;
  devices: number;
  factors: number;
}

/** The profile value as a string; "" when absent or not a string. */
export function profileText(user: User, name: string): string {
  const value = user.profile[name];
  return typeof value === "string" ? value : "";
}
