import { now } from "../clock.ts";
import { secret } from "../id.ts";
import type { HeldRole } from "../permissions.ts";
import type { PublicJwk } from "./jwt.ts";
import { API_SCOPES } from "./scopes.ts";

/** An app of the org that gets tokens. */
export interface OAuthClient {
  readonly clientId: string;
  /** Keys its assertions are verified with. With at least one it is a service app. */
  readonly keys: readonly PublicJwk[];
  /** A native app: people sign in through it, and it has no credentials of its own. */
  readonly native: boolean;
  /** Scopes an administrator granted to it. */
  readonly scopes: ReadonlySet<string>;
  /** Whether every token request must carry a DPoP proof. */
  readonly dpop: boolean;
  /** Admin roles of the app itself: what its own tokens may do. */
  readonly roles: readonly HeldRole[];
}

/** Whom a token speaks for, and for what. */
export interface Grant {
  readonly clientId: string;
  /** The person who signed in; undefined for a service app. */
  readonly userId: string | undefined;
  readonly scopes: readonly string[];
  /** Thumbprint of the key that proofs must be signed with; undefined for a Bearer token. */
  readonly jkt: string | undefined;
  /** Tokens that came from one sign-in: they are revoked together. */
  readonly family: string;
}

export interface IssuedToken extends Grant {
  readonly expiresAt: number;
  state: "live" | "used" | "revoked";
}

/** A device on its way to a token. */
export interface DeviceRequest {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly expiresAt: number;
  lastPoll: number | undefined;
  decision: "pending" | "denied" | { readonly userId: string };
}

/** Times in seconds, all on the org's own clock. */
export interface OAuthSettings {
  accessTokenSeconds: number;
  refreshTokenSeconds: number;
  deviceCodeSeconds: number;
  pollSeconds: number;
}

/** Everything the org authorization server remembers. */
export interface OAuthStore {
  readonly clients: Map<string, OAuthClient>;
  readonly accessTokens: Map<string, IssuedToken>;
  readonly refreshTokens: Map<string, IssuedToken>;
  readonly devices: Map<string, DeviceRequest>;
  /** SSWS tokens beside the owner's: token -> user id. */
  readonly apiTokens: Map<string, string>;
  /** Ids of assertions and proofs that were seen -> until when they count as seen, epoch milliseconds. */
  readonly usedIds: Map<string, number>;
  /** DPoP nonces, oldest first. */
  readonly nonces: { readonly value: string; readonly madeAt: number }[];
  readonly settings: OAuthSettings;
}

/** An hour for access tokens and 90 days for refresh tokens are fixed at Okta; ten minutes and five seconds its defaults (documented). */
const DEFAULTS: OAuthSettings = {
  accessTokenSeconds: 3600,
  refreshTokenSeconds: 90 * 86_400,
  deviceCodeSeconds: 600,
  pollSeconds: 5,
};

/** A client that may do everything. */
export interface ServiceApp {
  readonly clientId: string;
  readonly keys: readonly PublicJwk[];
}

/** Knows one client from the start. Unlike at Okta it is a service app and a native app in one, so that one id does to try both. */
export function oauthStore({ clientId, keys }: ServiceApp): OAuthStore {
  const roles = [{ type: "SUPER_ADMIN", groupTargets: [] }];
  const app = { clientId, keys, native: true, scopes: new Set(API_SCOPES), dpop: false, roles };
  return {
    clients: new Map([[clientId, app]]),
    accessTokens: new Map(),
    refreshTokens: new Map(),
    devices: new Map(),
    apiTokens: new Map(),
    usedIds: new Map(),
    nonces: [],
    settings: { ...DEFAULTS },
  };
}

/** Most entries kept of each kind; the oldest go first. */
const MOST = 10_000;

/** Adds to a map that must not grow without end. */
export function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.set(key, value);
  if (map.size <= MOST) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

/** A new opaque token. Okta's are JWTs that only Okta may look into (documented), so nothing is lost. */
export function issue(tokens: Map<string, IssuedToken>, grant: Grant, seconds: number): string {
  const token = secret(72);
  keep(tokens, token, { ...grant, expiresAt: now() + seconds * 1000, state: "live" });
  return token;
}

/** Ends every token that fits. */
export function revokeTokens({ accessTokens, refreshTokens }: OAuthStore, gone: (token: Grant) => boolean): void {
  for (const tokens of [accessTokens, refreshTokens]) {
    for (const token of tokens.values()) if (gone(token)) token.state = "revoked";
  }
}

/** True the first time an id is shown before `until`, in real time: only the client's own clock dates it. */
export function firstUse({ usedIds }: OAuthStore, id: string, until: number): boolean {
  const present = Date.now();
  const seen = usedIds.get(id);
  if (seen !== undefined && seen > present) return false;
  if (usedIds.size % MOST === 0) for (const [old, end] of usedIds) if (end <= present) usedIds.delete(old);
  usedIds.set(id, until);
  return true;
}
