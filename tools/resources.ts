import { operation } from "../src/operation.ts";
import { userId } from "./args.ts";

export const listUserGroups = operation({
  name: "list_user_groups",
  title: "List user groups",
  summary: "The groups of a user.",
  route: "GET /api/v1/users/{userId}/groups",
  scope: "okta.users.read",
  effect: "read",
  path: { userId },
  listOf: "group",
});

export const listAppLinks = operation({
  name: "list_app_links",
  title: "List app links",
  summary: "The apps a user can open, directly or through groups.",
  route: "GET /api/v1/users/{userId}/appLinks",
  scope: "okta.users.read",
  effect: "read",
  path: { userId },
  listOf: "appLink",
});

export const listUserIdentityProviders = operation({
  name: "list_user_identity_providers",
  title: "List user identity providers",
  summary: "The identity providers linked to a user.",
  route: "GET /api/v1/users/{userId}/idps",
  scope: "okta.users.read",
  effect: "read",
  path: { userId },
  listOf: "identityProvider",
});

export const listUserClients = operation({
  name: "list_user_clients",
  title: "List user clients",
  summary: "The OAuth clients a user has grants or tokens for.",
  route: "GET /api/v1/users/{userId}/clients",
  scope: "okta.users.read",
  effect: "read",
  lookUp: ["userId"],
  path: { userId },
  listOf: "client",
});
