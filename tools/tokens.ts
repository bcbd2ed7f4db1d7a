import { operation } from "../src/operation.ts";
import { after, clientId, expandScope, limit, tokenId, userId } from "./args.ts";
import { isGood, unlisted } from "./proof.ts";

export const listRefreshTokensForUserAndClient = operation({
  name: "list_refresh_tokens_for_user_and_client",
  title: "List refresh tokens",
  summary: "Refresh tokens of a user for one client: facts, never the tokens.",
  route: "GET /api/v1/users/{userId}/clients/{clientId}/tokens",
  scope: "okta.users.read",
  effect: "read",
  lookUp: ["userId"],
  path: { userId, clientId },
  query: { expand: expandScope, after, limit: limit(20) },
  listOf: "token",
});

export const getRefreshTokenForUserAndClient = operation({
  name: "get_refresh_token_for_user_and_client",
  title: "Get refresh token",
  summary: "One refresh token of a user: facts, never the token.",
  route: "GET /api/v1/users/{userId}/clients/{clientId}/tokens/{tokenId}",
  scope: "okta.users.read",
  effect: "read",
  lookUp: ["userId"],
  path: { userId, clientId, tokenId },
  query: { expand: expandScope },
  returns: "token",
});

export const revokeTokensForUserAndClient = operation({
  name: "revoke_tokens_for_user_and_client",
  title: "Revoke refresh tokens",
  summary: "Revoke a user's refresh tokens for one client, and access tokens from them.",
  route: "DELETE /api/v1/users/{userId}/clients/{clientId}/tokens",
  scope: "okta.users.manage",
  effect: "destructive",
  idempotent: true,
  irreversible: true,
  seenWith: "list_refresh_tokens_for_user_and_client",
  proof: unlisted(isGood),
  lookUp: ["userId"],
  alongside: "list_refresh_tokens_for_user_and_client",
  path: { userId, clientId },
  confirm: () => "They must sign in to this app again on every device.",
});

export const revokeTokenForUserAndClient = operation({
  name: "revoke_token_for_user_and_client",
  title: "Revoke refresh token",
  summary: "Revoke one refresh token, with access tokens from it.",
  route: "DELETE /api/v1/users/{userId}/clients/{clientId}/tokens/{tokenId}",
  scope: "okta.users.manage",
  effect: "destructive",
  irreversible: true,
  seenWith: "list_refresh_tokens_for_user_and_client",
  proof: unlisted((token, { tokenId }) => token.id === tokenId && isGood(token)),
  lookUp: ["userId"],
  alongside: "get_refresh_token_for_user_and_client",
  path: { userId, clientId, tokenId },
  confirm: () => "They must sign in to this app again where this token was used.",
});
