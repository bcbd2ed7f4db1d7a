import { iso } from "./clock.ts";
import { QUESTIONS } from "./factors-questions.ts";
import type { Factor } from "./factors-store.ts";
import { secret } from "./id.ts";
import { TIME_STEP } from "./totp.ts";
import { profileText, type User } from "./user.ts";

const hint = (href: string, ...allow: readonly string[]): object => ({ href, hints: { allow } });

/** A factor as Okta shows it (examples of OpenAPI 2026.06.3). A shared secret shows only while the factor is pending. */
export function factorView(factor: Factor, user: User, origin: string): Record<string, unknown> {
  const factors = `${origin}/api/v1/users/${user.id}/factors`;
  const self = `${factors}/${factor.id}`;
  const pending = factor.status === "PENDING_ACTIVATION";
  const qr = { qrcode: { href: `${self}/qr/00${secret(40)}`, type: "image/png" } };
  return {
    id: factor.id,
    factorType: factor.type,
    provider: factor.provider,
    vendorName: factor.provider,
    status: factor.status,
    created: iso(factor.created),
    lastUpdated: iso(factor.lastUpdated),
    profile: profileOf(factor, user),
    _links: {
      ...(pending && { activate: hint(`${self}/lifecycle/activate`, "POST") }),
      ...(pending && factor.type === "sms" && { resend: [{ name: "sms", ...hint(`${self}/resend`, "POST") }] }),
      ...(!pending && factor.type !== "question" && { verify: hint(`${self}/verify`, "POST") }),
      ...(factor.type === "question" && { questions: hint(`${factors}/questions`, "GET") }),
      self: pending ? hint(self, "GET") : hint(self, "GET", "DELETE"),
      user: hint(`${origin}/api/v1/users/${user.id}`, "GET"),
    },
    ...(pending &&
      factor.type === "token:software:totp" && {
        _embedded: {
          activation: {
            timeStep: TIME_STEP,
            sharedSecret: factor.sharedSecret,
            encoding: "base32",
            keyLength: factor.provider === "OKTA" ? 6 : 16,
            _links: qr,
          },
        },
      }),
  };
}

function profileOf(factor: Factor, user: User): object {
  switch (factor.type) {
    case "question":
      return { question: factor.question, questionText: QUESTIONS.get(factor.question) ?? "" };
    case "sms":
      return { phoneNumber: factor.phoneNumber };
    case "token:software:totp":
      return { credentialId: profileText(user, "login") };
  }
}

/** The kinds of factor the sandbox can enroll. */
export const SUPPORTED = [
  { type: "question", provider: "OKTA" },
  { type: "token:software:totp", provider: "OKTA" },
  { type: "token:software:totp", provider: "GOOGLE" },
  { type: "sms", provider: "OKTA" },
] as const satisfies readonly { type: Factor["type"]; provider: Factor["provider"] }[];

/** The catalogue entry of each kind (OpenAPI 2026.06.3). */
export function catalogView(enrolled: readonly Factor[], user: User, origin: string): object[] {
  const factors = `${origin}/api/v1/users/${user.id}/factors`;
  return SUPPORTED.map(({ type, provider }) => ({
    factorType: type,
    provider,
    vendorName: provider,
    enrollment: "OPTIONAL",
    status: enrolled.find((factor) => factor.type === type && factor.provider === provider)?.status ?? "NOT_SETUP",
    _links: {
      ...(type === "question" && { questions: hint(`${factors}/questions`, "GET") }),
      enroll: hint(factors, "POST"),
    },
  }));
}

/** The answer to a challenge by text message (OpenAPI 2026.06.3). */
export function challengeView(factor: Factor, user: User, origin: string): object {
  const self = `${origin}/api/v1/users/${user.id}/factors/${factor.id}`;
  return {
    factorResult: "CHALLENGE",
    profile: profileOf(factor, user),
    _links: { verify: hint(`${self}/verify`, "POST"), factor: hint(self, "GET", "DELETE") },
  };
}
