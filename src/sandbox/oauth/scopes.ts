import type { Route } from "../route.ts";

/** Scope families of the routes the sandbox can serve (OpenAPI 2026.06.3). Each has `.read`, and all but logs `.manage`. */
const SERVED = [
  "okta.groups",
  "okta.linkedObjects",
  "okta.logs",
  "okta.roles",
  "okta.schemas",
  "okta.userRisk",
  "okta.userTypes",
  "okta.users",
] as const;

export type ScopeFamily = (typeof SERVED)[number];

/** Families a service app may be granted although the sandbox serves nothing that needs them. */
const OTHERS = [
  "okta.apps",
  "okta.authenticators",
  "okta.authorizationServers",
  "okta.clients",
  "okta.devices",
  "okta.domains",
  "okta.factors",
  "okta.features",
  "okta.idps",
  "okta.orgs",
  "okta.policies",
  "okta.realms",
  "okta.sessions",
] as const;

const OPENID: ReadonlySet<string> = new Set(["openid", "profile", "email", "address", "phone", "offline_access"]);

/** Every scope of Okta's APIs that the sandbox knows. */
export const API_SCOPES: readonly string[] = [...SERVED, ...OTHERS].flatMap((family) =>
  family === "okta.logs" ? [`${family}.read`] : [`${family}.read`, `${family}.manage`],
);

/** A route with the scope an OAuth token needs for it. */
export interface ScopedRoute extends Route {
  readonly scope: string;
}

/** Declares the scope of whole route families: `.read` for GET, `.manage` for everything else (OpenAPI 2026.06.3). */
export function scoped(family: ScopeFamily, ...families: readonly (readonly Route[])[]): ScopedRoute[] {
  return families
    .flat()
    .map((route) => ({ ...route, scope: `${family}.${route.method === "GET" ? "read" : "manage"}` }));
}

/** True when the scopes cover the needed one; `manage` includes `read` (documented). */
export function covers(scopes: ReadonlySet<string>, needed: string): boolean {
  return scopes.has(needed) || scopes.has(needed.replace(/\.read$/, ".manage"));
}

export function isOpenIdScope(scope: string): boolean {
  return OPENID.has(scope);
}

export function isApiScope(scope: string): boolean {
  return API_SCOPES.includes(scope);
}
