import { operation } from "../src/operation.ts";
import { factorId, flag, userId } from "./args.ts";
import { gone } from "./proof.ts";

export const listFactors = operation({
  name: "list_factors",
  title: "List factors",
  summary: "The MFA factors of a user, as far as the enrollment policy shows them.",
  route: "GET /api/v1/users/{userId}/factors",
  scope: "okta.users.read",
  effect: "read",
  lookUp: ["userId"],
  path: { userId },
  listOf: "factor",
});

export const getFactor = operation({
  name: "get_factor",
  title: "Get factor",
  summary: "One MFA factor of a user.",
  route: "GET /api/v1/users/{userId}/factors/{factorId}",
  scope: "okta.users.read",
  effect: "read",
  lookUp: ["userId"],
  path: { userId, factorId },
  returns: "factor",
});

export const unenrollFactor = operation({
  name: "unenroll_factor",
  title: "Unenroll factor",
  summary: "Take one MFA factor from a user, e.g. a lost phone. reset_factors takes all.",
  route: "DELETE /api/v1/users/{userId}/factors/{factorId}",
  scope: "okta.users.manage",
  effect: "destructive",
  irreversible: true,
  refusedFrom: ["DEPROVISIONED"],
  // The list leaves out factors the enrollment policy does not name (OpenAPI 2026.06.3).
  seenWith: "get_factor",
  proof: gone,
  lookUp: ["userId"],
  alongside: "get_factor",
  path: { userId, factorId },
  query: { removeRecoveryEnrollment: flag("sms, call: also for recovery; default false") },
  confirm: () =>
    "The factor is gone until it is enrolled anew, and with Okta Verify its sibling factors: a password alone may then be enough to get in.",
});
