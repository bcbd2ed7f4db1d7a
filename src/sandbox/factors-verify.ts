import { randomInt } from "node:crypto";
import { exactNow, now } from "./clock.ts";
import { OktaError } from "./error.ts";
import type { Factor, SmsFactor, TotpFactor } from "./factors-store.ts";
import { challengeView, factorView } from "./factors-view.ts";
import { isString, type Json } from "./guard.ts";
import { matches } from "./password.ts";
import { type Answer, type Call, jsonBody, ok } from "./route.ts";
import { matchingStep } from "./totp.ts";
import type { User } from "./user.ts";

/**
 * Ends an enrollment with the passcode that the new factor shows.
 *
 * @throws OktaError 403 E0000068 for a wrong passcode (documented), 400 E0000001 for a factor that is active already
 */
export function activateFactor(call: Call, user: User, factor: Factor): Answer {
  // unverified: the refusal.
  if (factor.status === "ACTIVE") throw new OktaError("E0000107");
  requirePasscode(factor, optionalBody(call).passCode);
  factor.status = "ACTIVE";
  factor.lastUpdated = now();
  return ok(factorView(factor, user, call.origin));
}

/** Checks an answer or a passcode; without one a text message with a new code is sent first (OpenAPI 2026.06.3). */
export function verifyFactor(call: Call, user: User, factor: Factor): Answer {
  // unverified: the refusal of a factor that was never activated.
  if (factor.status !== "ACTIVE") throw new OktaError("E0000107");
  const body = optionalBody(call);
  if (factor.type === "question") {
    const right = isString(body.answer) && matches(factor.answer, body.answer.trim().toLowerCase());
    if (!right) throw new OktaError("E0000068", ["Your answer doesn't match our records. Please try again."]);
  } else if (factor.type === "sms" && body.passCode === undefined) {
    sendCode(call, factor);
    return ok(challengeView(factor, user, call.origin));
  } else {
    requirePasscode(factor, body.passCode);
  }
  return ok({ factorResult: "SUCCESS" });
}

/** Sends a text message: the code shows in the snapshot. Valid for `tokenLifetimeSeconds`, 300 by default (OpenAPI 2026.06.3). */
export function sendCode(call: Call, factor: SmsFactor): void {
  const seconds = Number(call.query.get("tokenLifetimeSeconds") ?? 300);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 86_400) {
    throw new OktaError("E0000037", [], "tokenLifetimeSeconds");
  }
  factor.code = { value: String(randomInt(1_000_000)).padStart(6, "0"), expires: exactNow() + seconds * 1000 };
}

function requirePasscode(factor: Factor, given: unknown): void {
  const code = isString(given) ? given : "";
  switch (factor.type) {
    case "question":
      return;
    case "sms": {
      const right = factor.code?.value === code && exactNow() < factor.code.expires;
      if (!right) throw wrongPasscode();
      factor.code = undefined;
      return;
    }
    case "token:software:totp":
      useStep(factor, code);
  }
}

/** A passcode works once. unverified: the wording for a second use. */
function useStep(factor: TotpFactor, code: string): void {
  const step = matchingStep(factor.sharedSecret, code, exactNow());
  if (step === undefined) throw wrongPasscode();
  if (step <= factor.lastStep) {
    const cause = "Each code can only be used once. Please wait for a new code and try again.";
    throw new OktaError("E0000068", [cause]);
  }
  factor.lastStep = step;
}

/** Cause as in Okta's factor documentation. */
function wrongPasscode(): OktaError {
  return new OktaError("E0000068", ["Your passcode doesn't match our records. Please try again."]);
}

function optionalBody(call: Call): Json {
  return call.body.trim() === "" ? {} : jsonBody(call);
}
