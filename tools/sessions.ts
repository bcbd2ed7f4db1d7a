import { operation } from "../src/operation.ts";
import { flag, userId } from "./args.ts";

export const revokeUserSessions = operation({
  name: "revoke_user_sessions",
  title: "Revoke user sessions",
  summary: "Sign a user out of Okta everywhere; sessions apps keep themselves go on.",
  route: "DELETE /api/v1/users/{userId}/sessions",
  scope: "okta.users.manage",
  effect: "destructive",
  idempotent: true,
  irreversible: true,
  seenWith: null,
  lookUp: ["userId"],
  path: { userId },
  query: {
    oauthTokens: flag("also revoke OAuth tokens; default false"),
    forgetDevices: flag("also forget remembered devices; default true"),
  },
  confirm: () => "They are signed out of Okta on every device and must sign in again.",
});
