import { iso } from "./clock.ts";
import { notFound } from "./error.ts";
import type { App, Grant, Scope } from "./org.ts";
import { pageOf } from "./page.ts";
import { fullName } from "./resources.ts";
import { type Answer, type Call, noContent, ok, param, type Route, userRoute } from "./route.ts";
import type { User } from "./user.ts";

const PAGE = { byDefault: 20, max: 200, repeat: ["expand", "scopeId"] } as const;

/** Consents of a user, and the OAuth clients he has consents or tokens for. All take ids only. */
export const grantRoutes: readonly Route[] = [
  userRoute("GET /api/v1/users/{userId}/grants", listGrants),
  userRoute("DELETE /api/v1/users/{userId}/grants", revokeAll),
  userRoute("GET /api/v1/users/{userId}/grants/{grantId}", (call, user) => {
    return ok(grantView(call, user, oneGrant(call, user)));
  }),
  userRoute("DELETE /api/v1/users/{userId}/grants/{grantId}", (call, user) => {
    const gone = oneGrant(call, user);
    return keep(call, user, (grant) => grant !== gone);
  }),
  userRoute("GET /api/v1/users/{userId}/clients", listClients),
  userRoute("GET /api/v1/users/{userId}/clients/{clientId}/grants", (call, user) => {
    const client = clientInPath(call);
    return list(call, user, (grant) => grant.clientId === client.id);
  }),
  userRoute("DELETE /api/v1/users/{userId}/clients/{clientId}/grants", (call, user) => {
    const client = clientInPath(call);
    return keep(call, user, (grant) => grant.clientId !== client.id);
  }),
];

function listGrants(call: Call, user: User): Answer {
  const scopeId = call.query.get("scopeId");
  return list(call, user, (grant) => scopeId === null || grant.scopeId === scopeId);
}

/** 204 also when there are none (behaviour: recorded). A consent outlives tokens, so tokens stay. */
function revokeAll(call: Call, user: User): Answer {
  return keep(call, user, () => false);
}

function list(call: Call, user: User, wanted: (grant: Grant) => boolean): Answer {
  const grants = (call.org.grants.get(user.id) ?? []).filter(wanted);
  return pageOf(
    call,
    grants,
    (grant) => grant.id,
    (grant) => grantView(call, user, grant),
    PAGE,
  );
}

function keep({ org }: Call, user: User, wanted: (grant: Grant) => boolean): Answer {
  org.grants.set(user.id, (org.grants.get(user.id) ?? []).filter(wanted));
  return noContent;
}

function oneGrant(call: Call, user: User): Grant {
  const id = param(call, "grantId");
  const found = call.org.grants.get(user.id)?.find((grant) => grant.id === id);
  // unverified: entity name.
  if (found === undefined) throw notFound(id, "OAuth2ScopeConsentGrant");
  return found;
}

function listClients(call: Call, user: User): Answer {
  const { org, origin } = call;
  const ids = new Set([...(org.grants.get(user.id) ?? []), ...(org.tokens.get(user.id) ?? [])].map((e) => e.clientId));
  const body = [...ids].sort().flatMap((id) => {
    const app = org.apps.get(id);
    if (app?.client === undefined) return [];
    const self = `${origin}/api/v1/users/${user.id}/clients/${id}`;
    return [
      {
        client_id: id,
        client_name: app.label,
        client_uri: app.client.uri,
        logo_uri: app.client.logo,
        _links: { grants: { href: `${self}/grants` }, tokens: { href: `${self}/tokens` } },
      },
    ];
  });
  return ok(body);
}

/** The OAuth client named in the path. unverified: the entity name for an unknown one. */
export function clientInPath(call: Call): App {
  const id = param(call, "clientId");
  const app = call.org.apps.get(id);
  if (app?.client === undefined) throw notFound(id, "PublicClientApp");
  return app;
}

/** Issuer and the links that grants and tokens share (OpenAPI 2026.06.3). */
export function oauthParts(call: Call, user: User, clientId: string): { issuer: string; links: OAuthLinks } {
  const { org, origin } = call;
  const title = org.apps.get(clientId)?.label ?? "";
  return {
    issuer: `${origin}/oauth2/${org.server.id}`,
    links: {
      app: { href: `${origin}/api/v1/apps/${clientId}`, title },
      client: { href: `${origin}/oauth2/v1/clients/${clientId}`, title },
      user: { href: `${origin}/api/v1/users/${user.id}`, title: fullName(user) },
      authorizationServer: {
        href: `${origin}/api/v1/authorizationServers/${org.server.id}`,
        title: org.server.name,
      },
    },
  };
}

interface OAuthLinks {
  readonly app: object;
  readonly client: object;
  readonly user: object;
  readonly authorizationServer: object;
}

/** A scope as `_embedded` shows it. */
export function scopeView(scope: Scope): object {
  const { id, name, displayName, description } = scope;
  return { id, name, displayName, description };
}

export function expandsScope(call: Call): boolean {
  return call.query.get("expand") === "scope";
}

function grantView(call: Call, user: User, grant: Grant): object {
  const { org, origin } = call;
  const { issuer, links } = oauthParts(call, user, grant.clientId);
  const scope = org.server.scopes.find((entry) => entry.id === grant.scopeId);
  return {
    id: grant.id,
    status: "ACTIVE",
    created: iso(grant.created),
    createdBy: { id: grant.source === "ADMIN" ? org.ownerId : user.id, type: "User" },
    lastUpdated: iso(grant.created),
    issuer,
    clientId: grant.clientId,
    userId: user.id,
    scopeId: grant.scopeId,
    source: grant.source,
    ...(expandsScope(call) && scope !== undefined && { _embedded: { scope: scopeView(scope) } }),
    _links: {
      app: links.app,
      scope: {
        href: `${origin}/api/v1/authorizationServers/${org.server.id}/scopes/${grant.scopeId}`,
        title: scope?.displayName ?? "",
      },
      client: links.client,
      self: {
        href: `${origin}/api/v1/users/${user.id}/grants/${grant.id}`,
        hints: { allow: ["GET", "DELETE"] },
      },
      user: links.user,
      authorizationServer: links.authorizationServer,
    },
  };
}
