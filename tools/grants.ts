import { operation } from "../src/operation.ts";
import { z } from "../src/schema.ts";
import { after, clientId, expandScope, grantId, limit, userId } from "./args.ts";
import { isGood, unlisted } from "./proof.ts";

export const listUserGrants = operation({
  name: "list_user_grants",
  title: "List user grants",
  summary: "The OAuth scopes a user granted, all clients.",
  route: "GET /api/v1/users/{userId}/grants",
  scope: "okta.users.read",
  effect: "read",
  lookUp: ["userId"],
  path: { userId },
  query: { scopeId: z.string().optional(), expand: expandScope, after, limit: limit(20) },
  listOf: "grant",
});

export const getUserGrant = operation({
  name: "get_user_grant",
  title: "Get user grant",
  summary: "One OAuth scope consent of a user.",
  route: "GET /api/v1/users/{userId}/grants/{grantId}",
  scope: "okta.users.read",
  effect: "read",
  lookUp: ["userId"],
  path: { userId, grantId },
  query: { expand: expandScope },
  returns: "grant",
});

export const revokeUserGrants = operation({
  name: "revoke_user_grants",
  title: "Revoke all user grants",
  summary: "Revoke every OAuth consent of a user.",
  route: "DELETE /api/v1/users/{userId}/grants",
  scope: "okta.users.manage",
  effect: "destructive",
  idempotent: true,
  irreversible: true,
  seenWith: "list_user_grants",
  proof: unlisted(isGood),
  lookUp: ["userId"],
  alongside: "list_user_grants",
  path: { userId },
  confirm: () => "Every app loses the access they consented to and must ask them again.",
});

export const revokeUserGrant = operation({
  name: "revoke_user_grant",
  title: "Revoke user grant",
  summary: "Revoke one OAuth consent of a user.",
  route: "DELETE /api/v1/users/{userId}/grants/{grantId}",
  scope: "okta.users.manage",
  effect: "destructive",
  irreversible: true,
  seenWith: "list_user_grants",
  proof: unlisted((grant, { grantId }) => grant.id === grantId && isGood(grant)),
  lookUp: ["userId"],
  alongside: "get_user_grant",
  path: { userId, grantId },
  confirm: () => "The app loses this consent and must ask them again.",
});

export const listGrantsForUserAndClient = operation({
  name: "list_grants_for_user_and_client",
  title: "List client grants",
  summary: "The OAuth scopes a user granted one client.",
  route: "GET /api/v1/users/{userId}/clients/{clientId}/grants",
  scope: "okta.users.read",
  effect: "read",
  lookUp: ["userId"],
  path: { userId, clientId },
  query: { expand: expandScope, after, limit: limit(20) },
  listOf: "grant",
});

export const revokeGrantsForUserAndClient = operation({
  name: "revoke_grants_for_user_and_client",
  title: "Revoke client grants",
  summary: "Revoke a user's OAuth consents for one client.",
  route: "DELETE /api/v1/users/{userId}/clients/{clientId}/grants",
  scope: "okta.users.manage",
  effect: "destructive",
  idempotent: true,
  irreversible: true,
  seenWith: "list_grants_for_user_and_client",
  proof: unlisted(isGood),
  lookUp: ["userId"],
  alongside: "list_grants_for_user_and_client",
  path: { userId, clientId },
  confirm: () => "This app loses the access they consented to and must ask them again.",
});
