import { now } from "./clock.ts";
import { readRecovery, storeAnswer } from "./credentials-input.ts";
import { OktaError } from "./error.ts";
import { isObject, isString } from "./guard.ts";
import { secret } from "./id.ts";
import { enter } from "./lifecycle.ts";
import { prove } from "./lockout.ts";
import { requireOwnPassword } from "./mastered.ts";
import { sendMail } from "./org.ts";
import { matches, meetsPolicy, POLICY_CAUSE, passwordValue, store } from "./password.ts";
import { type Answer, type Call, flag, jsonBody, ok, type Route, userRoute } from "./route.ts";
import { profileText, type Status, type User } from "./user.ts";
import { credentialsView } from "./user-view.ts";

/** In which statuses each operation is allowed. unverified: every status left out, and PASSWORD_EXPIRED for the question. */
export const ALLOWED = {
  forgot_password: ["ACTIVE"],
  forgot_password_recovery_question: ["ACTIVE"],
  change_password: ["STAGED", "ACTIVE", "RECOVERY", "PASSWORD_EXPIRED"],
  change_recovery_question: ["STAGED", "ACTIVE", "RECOVERY", "PASSWORD_EXPIRED"],
} as const satisfies Record<string, readonly Status[]>;

const REFUSAL = {
  forgot_password: "E0000034",
  forgot_password_recovery_question: "E0000034",
  change_password: "E0000035",
  change_recovery_question: "E0000036",
} as const;

type Operation = keyof typeof ALLOWED;

const credentialRoute = (operation: Operation, handle: (call: Call, user: User) => Answer): Route =>
  userRoute(`POST /api/v1/users/{userId}/credentials/${operation}`, (call, user) => {
    requireOwnPassword(user);
    const allowed: readonly Status[] = ALLOWED[operation];
    if (!allowed.includes(user.status)) throw new OktaError(REFUSAL[operation]);
    return handle(call, user);
  });

export const credentialRoutes: readonly Route[] = [
  credentialRoute("forgot_password", forgotPassword),
  credentialRoute("forgot_password_recovery_question", answerRecoveryQuestion),
  credentialRoute("change_password", changePassword),
  credentialRoute("change_recovery_question", changeRecoveryQuestion),
];

/** Starts self-service recovery; with a body the older form, which sets the new password at once. `{}` is no body. */
function forgotPassword(call: Call, user: User): Answer {
  if (!/^\s*(\{\s*\})?\s*$/.test(call.body)) return answerRecoveryQuestion(call, user);
  if (flag(call, "sendEmail", true)) {
    sendMail(call.org, profileText(user, "email"), "forgot-password", now());
    return ok({});
  }
  return ok({ resetPasswordUrl: `${call.origin}/signin/reset-password/dfp${secret(17)}` });
}

function answerRecoveryQuestion(call: Call, user: User): Answer {
  const mail = flag(call, "sendEmail", true);
  const body = jsonBody(call);
  const { recovery } = user.credentials;
  if (recovery === undefined) throw new OktaError("E0000034");
  const answer = isObject(body.recovery_question) ? body.recovery_question.answer : undefined;
  const right = isString(answer) && matches(recovery.answer, answer.trim().toLowerCase());
  prove(call.org, user, right, new OktaError("E0000087"));
  setPassword(user, passwordValue(body.password), false);
  if (mail) sendMail(call.org, profileText(user, "email"), "password-changed", now());
  return ok(credentialsView(user));
}

/** The old password proves the change. RECOVERY and PASSWORD_EXPIRED end in ACTIVE. unverified: PASSWORD_EXPIRED. */
function changePassword(call: Call, user: User): Answer {
  const strict = flag(call, "strict", false);
  const body = jsonBody(call, new Set(["oldPassword", "newPassword", "revokeSessions"]));
  if (user.credentials.password === undefined) throw new OktaError("E0000035");
  const old = passwordValue(body.oldPassword);
  const right = old !== undefined && matches(user.credentials.password, old);
  prove(call.org, user, right, wrongPassword("Old Password is not correct"));
  setPassword(user, passwordValue(body.newPassword), strict);
  user.passwordExpired = false;
  if (user.status !== "STAGED") enter(call.org, user, "ACTIVE", user.lastUpdated);
  if (body.revokeSessions === true) user.sessions = 0;
  return ok(credentialsView(user));
}

function changeRecoveryQuestion(call: Call, user: User): Answer {
  const body = jsonBody(call, new Set(["password", "recovery_question", "provider"]));
  const password = passwordValue(body.password);
  if (user.credentials.password === undefined) throw new OktaError("E0000036");
  const right = password !== undefined && matches(user.credentials.password, password);
  prove(call.org, user, right, wrongPassword("Password is not correct"));
  const recovery = readRecovery(body.recovery_question);
  if (recovery === undefined) throw new OktaError("E0000003");
  user.credentials.recovery = { question: recovery.question, answer: storeAnswer(recovery.answer) };
  user.lastUpdated = now();
  return ok(credentialsView(user));
}

/** 403 E0000014 for policy failures here, unlike on create and update (reported by several callers). */
function setPassword(user: User, password: string | undefined, strict: boolean): void {
  const { credentials } = user;
  if (password === undefined || !meetsPolicy(password, profileText(user, "login"))) {
    throw new OktaError("E0000014", [POLICY_CAUSE]);
  }
  if (strict && [credentials.password, ...credentials.previous].some((old) => matches(old, password))) {
    throw new OktaError("E0000014", ["Password has been used too recently"]);
  }
  if (credentials.password !== undefined) {
    credentials.previous = [credentials.password, ...credentials.previous].slice(0, 4);
  }
  credentials.password = store(password);
  credentials.provider = { type: "OKTA", name: "OKTA" };
  user.passwordChanged = now();
  user.lastUpdated = user.passwordChanged;
}

/** unverified: the cause; code and status are those of a wrong password elsewhere. */
function wrongPassword(cause: string): OktaError {
  return new OktaError("E0000014", [cause]);
}
