import { exactNow, now } from "./clock.ts";
import { isObject, isString } from "./guard.ts";
import { requestId, secret } from "./id.ts";
import { countFailure } from "./lockout.ts";
import { userEntity } from "./log-context.ts";
import type { LogContext, LogFact } from "./log-events.ts";
import type { Org } from "./org.ts";
import { matches } from "./password.ts";
import type { Answer } from "./route.ts";
import type { User } from "./user.ts";
import { watch } from "./watch.ts";

const DAY = 86_400_000;

/** The body of `POST /sandbox/sign-in`. */
export const SIGN_IN_BODY = {
  login: "Required; the login or id of the person",
  password: "Required",
  ip: "Where from; 127.0.0.1",
  userAgent: "The browser",
} as const;

type Outcome = "SUCCESS" | "PASSWORD_EXPIRED" | "LOCKED_OUT" | "INVALID_CREDENTIALS";

/**
 * `POST /sandbox/sign-in {login, password}`: a person signs in, as if with a browser. Answers the outcome and the
 * status of the user afterwards. Password age is judged here and nowhere else (Okta's API documentation).
 */
export function signIn(org: Org, body: unknown): Answer {
  if (!isObject(body) || !isString(body.login) || !isString(body.password)) {
    return { status: 400, body: { error: "The body must have the strings login and password." } };
  }
  const user = org.users.find(body.login);
  if (user === undefined) return { status: 404, body: { error: "Nobody has this login." } };
  const context: LogContext = {
    actor: userEntity(user),
    ip: isString(body.ip) ? body.ip : "127.0.0.1",
    userAgent: isString(body.userAgent) ? body.userAgent : "Sandbox sign-in",
    requestId: requestId(),
    uri: "/idp/idx/challenge/answer",
    sessionId: `idx${secret(22)}`,
  };
  const watched = watch(org, user);
  const outcome = attempt(org, user, body.password);
  const fact: LogFact = { type: "user.session.start", targets: [] };
  org.events.append(context, outcome === "SUCCESS" ? fact : { ...fact, failure: outcome });
  watched.end(context);
  return { status: 200, body: { outcome, status: user.status } };
}

/** unverified: that a wrong password, not the status, is told to people who cannot sign in at all. */
function attempt(org: Org, user: User, password: string): Outcome {
  if (user.status === "LOCKED_OUT") return "LOCKED_OUT";
  if (user.status !== "ACTIVE" && user.status !== "PASSWORD_EXPIRED") return "INVALID_CREDENTIALS";
  if (!matches(user.credentials.password, password)) {
    countFailure(org, user);
    return "INVALID_CREDENTIALS";
  }
  org.failedChecks.delete(user.id);
  if (user.status === "PASSWORD_EXPIRED" || tooOld(org, user)) {
    user.passwordExpired = true;
    if (user.status === "ACTIVE") user.statusChanged = now();
    org.users.setStatus(user, "PASSWORD_EXPIRED");
    return "PASSWORD_EXPIRED";
  }
  user.lastLogin = now();
  user.sessions += 1;
  return "SUCCESS";
}

function tooOld({ knobs }: Org, { passwordChanged }: User): boolean {
  const days = knobs.passwordMaxAgeDays;
  return days > 0 && passwordChanged !== null && exactNow() - passwordChanged > days * DAY;
}
