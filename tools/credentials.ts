import { operation } from "../src/operation.ts";
import { z } from "../src/schema.ts";
import { flag, returnsLink, strict, userId } from "./args.ts";
import { answer, passwordValue, questionAndAnswer } from "./credential.ts";
import { became } from "./proof.ts";

export const expirePassword = operation({
  name: "expire_password",
  title: "Expire password",
  summary: "Expire the password: it must be changed at the next sign-in.",
  route: "POST /api/v1/users/{userId}/lifecycle/expire_password",
  scope: "okta.users.manage",
  effect: "destructive",
  idempotent: true,
  uncertainFrom: ["STAGED", "PROVISIONED", "RECOVERY", "LOCKED_OUT", "SUSPENDED", "DEPROVISIONED"],
  to: "PASSWORD_EXPIRED",
  proof: became(["PASSWORD_EXPIRED"], { time: "lastUpdated" }),
  path: { userId },
  confirm: () => "They must choose a new password at the next sign-in.",
  returns: "user",
});

export const expirePasswordWithTempPassword = operation({
  name: "expire_password_with_temp_password",
  title: "Set temporary password",
  summary: "Set a random temporary password, returned once, to be changed at next sign-in.",
  route: "POST /api/v1/users/{userId}/lifecycle/expire_password_with_temp_password",
  scope: "okta.users.manage",
  effect: "destructive",
  irreversible: true,
  uncertainFrom: ["STAGED", "PROVISIONED", "RECOVERY", "LOCKED_OUT", "SUSPENDED", "DEPROVISIONED"],
  to: "PASSWORD_EXPIRED",
  proof: became(["PASSWORD_EXPIRED"], { time: "passwordChanged", secretLost: () => true }),
  path: { userId },
  query: { revokeSessions: flag("also end their sessions; default false") },
  confirm: () =>
    "The present password stops working, and a temporary one comes into this conversation; whoever reads it can sign in.",
  secret: ["tempPassword"],
});

export const resetPassword = operation({
  name: "reset_password",
  title: "Reset password",
  summary: "Void the password and start a reset by link: no sign-in until it is done.",
  route: "POST /api/v1/users/{userId}/lifecycle/reset_password",
  scope: "okta.users.manage",
  effect: "destructive",
  sendsEmail: true,
  uncertainFrom: ["STAGED", "SUSPENDED", "DEPROVISIONED"],
  to: "RECOVERY",
  proof: became(["RECOVERY"], { secretLost: returnsLink }),
  path: { userId },
  query: {
    sendEmail: z.boolean().describe("true mails the link, false returns it"),
    revokeSessions: flag("also end their sessions; default false"),
  },
  confirm: ({ sendEmail }) =>
    sendEmail
      ? "They cannot sign in until they follow the mailed link and choose a new password."
      : "They cannot sign in until the reset is done, and the link comes into this conversation; whoever opens it takes over the account.",
  secret: ["resetPasswordUrl"],
  secretWhen: returnsLink,
});

export const forgotPassword = operation({
  name: "forgot_password",
  title: "Forgot password",
  summary: "Start self-service reset of an ACTIVE user; the old password keeps working. Mails them.",
  route: "POST /api/v1/users/{userId}/credentials/forgot_password",
  scope: "okta.users.manage",
  effect: "additive",
  sendsEmail: true,
  uncertainFrom: ["STAGED", "PROVISIONED", "RECOVERY", "LOCKED_OUT", "PASSWORD_EXPIRED", "SUSPENDED", "DEPROVISIONED"],
  seenWith: null,
  lookUp: ["userId"],
  path: { userId },
  query: { sendEmail: flag("default true; false returns the link") },
  confirm: ({ sendEmail }) =>
    sendEmail === false
      ? "A one-time reset link comes into this conversation; whoever opens it takes over the account."
      : undefined,
  secret: ["resetPasswordUrl"],
  secretWhen: returnsLink,
});

export const forgotPasswordSetNewPassword = operation({
  name: "forgot_password_set_new_password",
  title: "Set new password by answer",
  summary: "Set a new password by the recovery answer.",
  route: "POST /api/v1/users/{userId}/credentials/forgot_password_recovery_question",
  scope: "okta.users.manage",
  effect: "destructive",
  sendsEmail: true,
  uncertainFrom: ["STAGED", "PROVISIONED", "RECOVERY", "LOCKED_OUT", "PASSWORD_EXPIRED", "SUSPENDED", "DEPROVISIONED"],
  lookUp: ["userId"],
  path: { userId },
  query: { sendEmail: flag("mail a notice; default true") },
  body: { password: passwordValue.describe("the new one"), recovery_question: answer },
  confirm: () => "The present password stops working; whoever knows the new one can sign in as this person.",
  returns: "credentials",
});

export const changePassword = operation({
  name: "change_password",
  title: "Change password",
  summary: "Change a password by the present one.",
  route: "POST /api/v1/users/{userId}/credentials/change_password",
  scope: "okta.users.manage",
  effect: "destructive",
  uncertainFrom: ["PROVISIONED", "LOCKED_OUT", "SUSPENDED", "DEPROVISIONED"],
  lookUp: ["userId"],
  path: { userId },
  query: { strict },
  body: {
    oldPassword: passwordValue,
    newPassword: passwordValue,
    revokeSessions: flag("also end their sessions; default false"),
  },
  confirm: () => "The present password stops working; whoever knows the new one can sign in as this person.",
  returns: "credentials",
});

export const changeRecoveryQuestion = operation({
  name: "change_recovery_question",
  title: "Change recovery question",
  summary: "Change the recovery question by the password.",
  route: "POST /api/v1/users/{userId}/credentials/change_recovery_question",
  scope: "okta.users.manage",
  effect: "destructive",
  idempotent: true,
  uncertainFrom: ["PROVISIONED", "LOCKED_OUT", "PASSWORD_EXPIRED", "SUSPENDED", "DEPROVISIONED"],
  lookUp: ["userId"],
  path: { userId },
  body: { password: passwordValue.describe("the present one"), recovery_question: questionAndAnswer },
  confirm: () => "Whoever knows the new answer can recover the account; the old answer stops working.",
  returns: "credentials",
});
