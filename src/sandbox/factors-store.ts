import { createHash } from "node:crypto";
import { PREFIX } from "./id.ts";
import type { Org } from "./org.ts";
import { type StoredPassword, storeShared } from "./password.ts";
import { SEEDED_ANSWER } from "./seed-people.ts";
import { sharedSecretFrom } from "./totp.ts";
import { profileText, type User } from "./user.ts";

interface Enrolled {
  readonly id: string;
  status: "PENDING_ACTIVATION" | "ACTIVE";
  readonly created: number;
  lastUpdated: number;
}

export interface QuestionFactor extends Enrolled {
  readonly type: "question";
  readonly provider: "OKTA";
  /** Key of the question. */
  readonly question: string;
  readonly answer: StoredPassword;
}

export interface SmsFactor extends Enrolled {
  readonly type: "sms";
  readonly provider: "OKTA";
  readonly phoneNumber: string;
  /** The code that was sent last and not used yet. */
  code: { readonly value: string; readonly expires: number } | undefined;
}

export interface TotpFactor extends Enrolled {
  readonly type: "token:software:totp";
  readonly provider: "OKTA" | "GOOGLE";
  readonly sharedSecret: string;
  /** The step whose passcode was used last; it and those before it cannot be used again. */
  lastStep: number;
}

/** A second factor of a user. */
export type Factor = QuestionFactor | SmsFactor | TotpFactor;

/** The factors of a user. Those of seeded people are made up when somebody first looks: the org only knows how many. */
export function factorsOf(org: Org, user: User): readonly Factor[] {
  const known = org.factors.get(user.id);
  if (known !== undefined) return known;
  const made = user.factors > 0 ? seededFactors(user).slice(0, user.factors) : [];
  org.factors.set(user.id, made);
  return made;
}

export function setFactors(org: Org, user: User, factors: readonly Factor[]): void {
  org.factors.set(user.id, factors);
  user.factors = factors.length;
}

/** Codes sent by text message that still wait: what a phone would show. */
export function openCodes(org: Org): object[] {
  return [...org.factors].flatMap(([userId, factors]) =>
    factors.flatMap((factor) =>
      factor.type === "sms" && factor.code !== undefined
        ? [{ userId, factorId: factor.id, to: factor.phoneNumber, code: factor.code.value }]
        : [],
    ),
  );
}

/** A phone or an authenticator app first, then a security question. */
function seededFactors(user: User): Factor[] {
  const time = user.activated ?? user.created;
  const base = { status: "ACTIVE", created: time, lastUpdated: time } as const;
  const phoneNumber = profileText(user, "mobilePhone");
  const first: Factor =
    phoneNumber === ""
      ? {
          ...base,
          id: seededId("totpFactor", user),
          type: "token:software:totp",
          provider: "GOOGLE",
          sharedSecret: sharedSecretFrom(digest("secret", user).subarray(0, 10)),
          lastStep: 0,
        }
      : { ...base, id: seededId("smsFactor", user), type: "sms", provider: "OKTA", phoneNumber, code: undefined };
  const second: Factor = {
    ...base,
    id: seededId("questionFactor", user),
    type: "question",
    provider: "OKTA",
    question: "favorite_toy",
    answer: storeShared(SEEDED_ANSWER),
  };
  return [first, second];
}

/** From the user's id, so that a factor has the same id whenever somebody looks. */
function seededId(kind: "totpFactor" | "smsFactor" | "questionFactor", user: User): string {
  return PREFIX[kind] + digest(kind, user).toString("hex").slice(0, 17);
}

function digest(what: string, user: User): Buffer {
  return createHash("sha256").update(`${what} ${user.id}`).digest();
}
