import { now } from "./clock.ts";
import { storeAnswer } from "./credentials-input.ts";
import { invalid, notFound, notServed, OktaError } from "./error.ts";
import { QUESTIONS } from "./factors-questions.ts";
import { type Factor, factorsOf, type SmsFactor, setFactors } from "./factors-store.ts";
import { activateFactor, sendCode, verifyFactor } from "./factors-verify.ts";
import { catalogView, factorView, SUPPORTED } from "./factors-view.ts";
import { isObject, isString, type Json } from "./guard.ts";
import { type Answer, type Call, flag, jsonBody, noContent, ok, param, type Route, userRoute } from "./route.ts";
import { newSharedSecret } from "./totp.ts";
import type { User } from "./user.ts";

const FACTORS = "/api/v1/users/{userId}/factors";

/** Second factors of a user: security question, text message and authenticator app. Other kinds are not served. */
export const factorRoutes: readonly Route[] = [
  userRoute(`GET ${FACTORS}`, (call, user) =>
    ok(factorsOf(call.org, user).map((factor) => factorView(factor, user, call.origin))),
  ),
  userRoute(`POST ${FACTORS}`, enrollFactor),
  userRoute(`GET ${FACTORS}/catalog`, (call, user) => ok(catalogView(factorsOf(call.org, user), user, call.origin))),
  userRoute(`GET ${FACTORS}/questions`, () =>
    ok([...QUESTIONS].map(([question, questionText]) => ({ question, questionText }))),
  ),
  userRoute(`GET ${FACTORS}/{factorId}`, (call, user) => ok(factorView(factorInPath(call, user), user, call.origin))),
  userRoute(`DELETE ${FACTORS}/{factorId}`, unenrollFactor),
  userRoute(`POST ${FACTORS}/{factorId}/lifecycle/activate`, (call, user) =>
    activateFactor(call, user, factorInPath(call, user)),
  ),
  userRoute(`POST ${FACTORS}/{factorId}/verify`, (call, user) => verifyFactor(call, user, factorInPath(call, user))),
];

const ENROLL_KEYS: ReadonlySet<string> = new Set(["factorType", "provider", "profile"]);

/**
 * Enrolls a factor: a question is ACTIVE at once, the others wait for their passcode. `activate=true` activates a text
 * message factor without one (OpenAPI 2026.06.3).
 *
 * @throws OktaError 400 E0000001 `factorEnrollRequest` when the kind is set up already or the profile is not usable
 */
function enrollFactor(call: Call, user: User): Answer {
  const { org } = call;
  const activate = flag(call, "activate", false);
  const body = jsonBody(call, ENROLL_KEYS);
  const { factorType, provider } = body;
  if (!isString(factorType) || !isString(provider)) throw new OktaError("E0000003");
  const kind = SUPPORTED.find((entry) => entry.type === factorType && entry.provider === provider);
  if (kind === undefined) throw notServed(`factors of type ${factorType} by ${provider}`);
  // unverified: the refusal; a deactivated user cannot have factors changed (documented for taking one away).
  if (user.status === "DEPROVISIONED") throw new OktaError("E0000038");
  const others = factorsOf(org, user).filter((entry) => entry.type !== kind.type || entry.provider !== kind.provider);
  const present = factorsOf(org, user).find((entry) => !others.includes(entry));
  if (present?.status === "ACTIVE") {
    throw invalid("factorEnrollRequest", "A factor of this type is already set up.");
  }
  const factor = newFactor(call, kind, isObject(body.profile) ? body.profile : {}, activate);
  // unverified: that a second enrollment takes the place of one that was never activated.
  setFactors(org, user, [...others, factor]);
  return ok(factorView(factor, user, call.origin));
}

function newFactor(call: Call, kind: (typeof SUPPORTED)[number], profile: Json, activate: boolean): Factor {
  const { ids } = call.org;
  const time = now();
  const times = { created: time, lastUpdated: time };
  switch (kind.type) {
    case "question": {
      const { question, answer } = profile;
      // unverified: wording; an answer has at least 4 characters (OpenAPI 2026.06.3).
      if (!isString(question) || !QUESTIONS.has(question)) throw invalid("factorEnrollRequest", "Invalid question.");
      if (!isString(answer) || answer.trim().length < 4) throw invalid("factorEnrollRequest", "Invalid answer.");
      const id = ids.next("questionFactor");
      return { ...kind, ...times, id, status: "ACTIVE", question, answer: storeAnswer(answer) };
    }
    case "sms": {
      const { phoneNumber } = profile;
      if (!isString(phoneNumber) || !/^\+[\d\s().-]{7,30}$/.test(phoneNumber)) {
        throw invalid("factorEnrollRequest", "Invalid Phone Number.");
      }
      const status = activate ? "ACTIVE" : "PENDING_ACTIVATION";
      const id = ids.next("smsFactor");
      const factor: SmsFactor = { ...kind, ...times, id, status, phoneNumber, code: undefined };
      if (!activate) sendCode(call, factor);
      return factor;
    }
    case "token:software:totp": {
      const id = ids.next("totpFactor");
      return { ...kind, ...times, id, status: "PENDING_ACTIVATION", sharedSecret: newSharedSecret(), lastStep: 0 };
    }
  }
}

/** 204. You cannot unenroll a factor from a deactivated user (OpenAPI 2026.06.3). unverified: the code of the refusal. */
function unenrollFactor(call: Call, user: User): Answer {
  flag(call, "removeRecoveryEnrollment", false);
  const gone = factorInPath(call, user);
  if (user.status === "DEPROVISIONED") throw new OktaError("E0000038");
  setFactors(
    call.org,
    user,
    factorsOf(call.org, user).filter((factor) => factor !== gone),
  );
  return noContent;
}

function factorInPath(call: Call, user: User): Factor {
  const id = param(call, "factorId");
  const found = factorsOf(call.org, user).find((factor) => factor.id === id);
  if (found === undefined) throw notFound(id, "UserFactor");
  return found;
}
