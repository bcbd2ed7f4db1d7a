import { iso } from "./clock.ts";
import { notFound } from "./error.ts";
import { clientInPath, expandsScope, oauthParts, scopeView } from "./grants.ts";
import type { RefreshToken } from "./org.ts";
import { pageOf } from "./page.ts";
import { type Answer, type Call, noContent, ok, param, type Route, userRoute } from "./route.ts";
import type { User } from "./user.ts";

const PAGE = { byDefault: 20, max: 200, repeat: ["expand"] } as const;
const BASE = "/api/v1/users/{userId}/clients/{clientId}/tokens";

/** Refresh tokens of a user for one OAuth client: what they are, never their value. */
export const tokenRoutes: readonly Route[] = [
  userRoute(`GET ${BASE}`, (call, user) =>
    pageOf(
      call,
      tokensOf(call, user),
      (token) => token.id,
      (token) => tokenView(call, user, token),
      PAGE,
    ),
  ),
  userRoute(`DELETE ${BASE}`, (call, user) => revoke(call, user, tokensOf(call, user))),
  userRoute(`GET ${BASE}/{tokenId}`, (call, user) => ok(tokenView(call, user, oneToken(call, user)))),
  userRoute(`DELETE ${BASE}/{tokenId}`, (call, user) => revoke(call, user, [oneToken(call, user)])),
];

function tokensOf(call: Call, user: User): readonly RefreshToken[] {
  const client = clientInPath(call);
  return (call.org.tokens.get(user.id) ?? []).filter((token) => token.clientId === client.id);
}

function oneToken(call: Call, user: User): RefreshToken {
  const id = param(call, "tokenId");
  const found = tokensOf(call, user).find((token) => token.id === id);
  if (found === undefined) throw notFound(id, "OAuth2RefreshTokenTx");
  return found;
}

function revoke({ org }: Call, user: User, gone: readonly RefreshToken[]): Answer {
  org.tokens.set(
    user.id,
    (org.tokens.get(user.id) ?? []).filter((token) => !gone.includes(token)),
  );
  return noContent;
}

function tokenView(call: Call, user: User, token: RefreshToken): object {
  const { issuer, links } = oauthParts(call, user, token.clientId);
  const scopes = call.org.server.scopes.filter((scope) => token.scopeIds.includes(scope.id));
  const self = `${call.origin}/api/v1/users/${user.id}/clients/${token.clientId}/tokens/${token.id}`;
  return {
    id: token.id,
    status: "ACTIVE",
    created: iso(token.created),
    lastUpdated: iso(token.created),
    expiresAt: iso(token.expiresAt),
    issuer,
    clientId: token.clientId,
    userId: user.id,
    scopes: ["offline_access", ...scopes.map((scope) => scope.name)],
    ...(expandsScope(call) && { _embedded: { scopes: scopes.map(scopeView) } }),
    _links: {
      app: links.app,
      self: { href: self },
      revoke: { href: self, hints: { allow: ["DELETE"] } },
      client: links.client,
      user: links.user,
      authorizationServer: links.authorizationServer,
    },
  };
}
