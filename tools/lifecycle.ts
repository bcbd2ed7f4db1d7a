import { operation } from "../src/operation.ts";
import { flag, prefer, returnsLink, returnsLinkUnlessMailed, userId } from "./args.ts";
import { activated, became } from "./proof.ts";
import { unsuspended } from "./undo.ts";

export const activateUser = operation({
  name: "activate_user",
  title: "Activate user",
  summary: "Activate a STAGED or DEPROVISIONED user: ACTIVE with a password, else PROVISIONED. Mails them.",
  route: "POST /api/v1/users/{userId}/lifecycle/activate",
  scope: "okta.users.manage",
  effect: "additive",
  sendsEmail: true,
  refusedFrom: ["PROVISIONED", "ACTIVE"],
  uncertainFrom: ["RECOVERY", "LOCKED_OUT", "PASSWORD_EXPIRED", "SUSPENDED"],
  proof: activated,
  path: { userId },
  query: { sendEmail: flag("default true; false returns the link") },
  confirm: ({ sendEmail }) =>
    sendEmail === false
      ? "A one-time activation link comes into this conversation; whoever opens it takes over the account."
      : undefined,
  secret: ["activationUrl", "activationToken"],
  secretWhen: returnsLink,
});

export const deactivateUser = operation({
  name: "deactivate_user",
  title: "Deactivate user",
  summary: "End sign-in and, for good, all app assignments. suspend_user is milder.",
  route: "POST /api/v1/users/{userId}/lifecycle/deactivate",
  scope: "okta.users.manage",
  effect: "destructive",
  irreversible: true,
  sendsEmail: true,
  uncertainFrom: ["DEPROVISIONED"],
  to: "DEPROVISIONED",
  proof: became(["DEPROVISIONED"]),
  alongside: "list_app_links",
  path: { userId },
  query: { sendEmail: flag("mail the admin; default false") },
  headers: { prefer },
  confirm: () =>
    "They cannot sign in, and all app assignments are lost for good; apps may delete their data. Activating later does not bring these back.",
});

export const reactivateUser = operation({
  name: "reactivate_user",
  title: "Reactivate user",
  summary: "Restart activation of a PROVISIONED or RECOVERY user. Returns a one-time link unless sendEmail is true.",
  route: "POST /api/v1/users/{userId}/lifecycle/reactivate",
  scope: "okta.users.manage",
  effect: "additive",
  sendsEmail: true,
  refusedFrom: ["ACTIVE"],
  uncertainFrom: ["STAGED", "LOCKED_OUT", "PASSWORD_EXPIRED", "SUSPENDED", "DEPROVISIONED"],
  seenWith: null,
  path: { userId },
  query: { sendEmail: flag("true mails the person; default false") },
  confirm: ({ sendEmail }) =>
    sendEmail === true
      ? undefined
      : "A one-time activation link comes into this conversation; whoever opens it takes over the account.",
  secret: ["activationUrl", "activationToken"],
  secretWhen: returnsLinkUnlessMailed,
});

export const suspendUser = operation({
  name: "suspend_user",
  title: "Suspend user",
  summary: "Block an ACTIVE user from signing in, keeping apps and groups. unsuspend_user undoes it.",
  route: "POST /api/v1/users/{userId}/lifecycle/suspend",
  scope: "okta.users.manage",
  effect: "destructive",
  refusedFrom: ["STAGED", "DEPROVISIONED"],
  uncertainFrom: ["PROVISIONED", "RECOVERY", "LOCKED_OUT", "PASSWORD_EXPIRED", "SUSPENDED"],
  to: "SUSPENDED",
  undoneBy: "unsuspend_user",
  undo: unsuspended,
  proof: became(["SUSPENDED"]),
  path: { userId },
  confirm: () => "They cannot sign in until unsuspended; apps and groups stay.",
});

export const unsuspendUser = operation({
  name: "unsuspend_user",
  title: "Unsuspend user",
  summary: "End a suspension; the status from before returns.",
  route: "POST /api/v1/users/{userId}/lifecycle/unsuspend",
  scope: "okta.users.manage",
  effect: "additive",
  refusedFrom: ["STAGED", "PROVISIONED", "ACTIVE", "RECOVERY", "LOCKED_OUT", "PASSWORD_EXPIRED", "DEPROVISIONED"],
  proof: became(["ACTIVE", "PROVISIONED", "PASSWORD_EXPIRED"]),
  path: { userId },
});

export const unlockUser = operation({
  name: "unlock_user",
  title: "Unlock user",
  summary: "Unlock a LOCKED_OUT user, or an ACTIVE one blocked from unknown devices.",
  route: "POST /api/v1/users/{userId}/lifecycle/unlock",
  scope: "okta.users.manage",
  effect: "additive",
  refusedFrom: ["STAGED", "PROVISIONED", "RECOVERY", "PASSWORD_EXPIRED", "SUSPENDED", "DEPROVISIONED"],
  uncertainFrom: ["ACTIVE"],
  proof: became(["ACTIVE", "PASSWORD_EXPIRED"]),
  path: { userId },
});

export const resetFactors = operation({
  name: "reset_factors",
  title: "Reset factors",
  summary: "Unenroll every MFA factor of a user.",
  route: "POST /api/v1/users/{userId}/lifecycle/reset_factors",
  scope: "okta.users.manage",
  effect: "destructive",
  idempotent: true,
  irreversible: true,
  seenWith: null,
  path: { userId },
  confirm: () => "All MFA factors are gone: until new ones are enrolled a password alone may be enough to get in.",
});
