import { invalid } from "./error.ts";
import { isOneOf, isString } from "./guard.ts";
import { type Answer, type Call, created, jsonBody, ok, type Route, userRoute } from "./route.ts";
import type { User } from "./user.ts";

const LEVELS = ["HIGH", "MEDIUM", "LOW"] as const;

interface Risk {
  readonly level: (typeof LEVELS)[number];
  readonly reason: string;
}

/** Recorded; OpenAPI 2026.06.3 names `override.by.admin`. */
const REASON = "Admin override risk";
const RISKS = new WeakMap<User, Risk>();

/** The risk an administrator ascribes to a person. */
export const riskRoutes: readonly Route[] = [
  userRoute("GET /api/v1/users/{userId}/risk", (call, user) => ok(riskView(call, user))),
  userRoute("PUT /api/v1/users/{userId}/risk", setRisk),
];

/** 201 the first time (behaviour: recorded), 200 afterwards (OpenAPI 2026.06.3). */
function setRisk(call: Call, user: User): Answer {
  const { riskLevel, riskReason = REASON } = jsonBody(call, new Set(["riskLevel", "riskReason"]));
  // unverified: the wording of both refusals.
  if (!isOneOf(LEVELS, riskLevel)) throw invalid("riskLevel", `riskLevel: The level must be ${LEVELS.join(", ")}`);
  if (!isString(riskReason)) throw invalid("riskReason", "riskReason: The field has the wrong type");
  const isNew = !RISKS.has(user);
  RISKS.set(user, { level: riskLevel, reason: riskReason });
  const view = riskView(call, user);
  return isNew ? created(view) : ok(view);
}

function riskView({ origin }: Call, user: User): object {
  const risk = RISKS.get(user);
  const self = `${origin}/api/v1/users/${user.id}`;
  return {
    riskLevel: risk?.level ?? "NONE",
    ...(risk !== undefined && { reason: risk.reason }),
    _links: {
      user: { href: self, hints: { allow: ["GET"] } },
      self: { href: `${self}/risk`, hints: { allow: ["GET", "PUT"] } },
    },
  };
}
