import { isObject } from "./guard.ts";

/** How the org behaves where real orgs differ or time plays a part; set by `POST /sandbox/settings`. */
export interface Knobs {
  /** How long `search` goes on seeing the old state after a change. Okta's index lags by a second or less (documented). */
  indexLagMs: number;
  /** How long a change takes that was asked for with `Prefer: respond-async`. unverified: any figure. */
  asyncMs: number;
  /** Wrong passwords or answers in a row that lock an account; 10 in Okta's default password policy (documented). */
  lockoutAttempts: number;
  /** Age from which a password counts as expired at sign-in; 0 never, as in Okta's default password policy. */
  passwordMaxAgeDays: number;
  /** Requests at the same time; the next one gets 429. 75 for Workforce Identity orgs (documented). */
  concurrency: number;
}

/** The body of `POST /sandbox/settings`. */
export const KNOB_MEANINGS: Readonly<Record<keyof Knobs, string>> = {
  indexLagMs: "How long searches go on seeing the old state; 0",
  asyncMs: "How long a change takes that was asked for with Prefer: respond-async; 200",
  lockoutAttempts: "Wrong passwords or answers in a row that lock an account; 10",
  passwordMaxAgeDays: "Age from which a password is expired at sign-in, 0 for never; 0",
  concurrency: "Requests at the same time; 75",
};

const RULES: Readonly<Record<keyof Knobs, { readonly byDefault: number; readonly least: number }>> = {
  indexLagMs: { byDefault: 0, least: 0 },
  asyncMs: { byDefault: 200, least: 0 },
  lockoutAttempts: { byDefault: 10, least: 1 },
  passwordMaxAgeDays: { byDefault: 0, least: 0 },
  concurrency: { byDefault: 75, least: 1 },
};
const MOST = 1_000_000;

export function defaultKnobs(): Knobs {
  return {
    indexLagMs: RULES.indexLagMs.byDefault,
    asyncMs: RULES.asyncMs.byDefault,
    lockoutAttempts: RULES.lockoutAttempts.byDefault,
    passwordMaxAgeDays: RULES.passwordMaxAgeDays.byDefault,
    concurrency: RULES.concurrency.byDefault,
  };
}

/** Changes what the body of `POST /sandbox/settings` names; a string says what is wrong, and then nothing is changed. */
export function setKnobs(knobs: Knobs, body: unknown): string | undefined {
  if (!isObject(body)) return "The body must be an object.";
  const wanted: Partial<Knobs> = {};
  for (const [name, value] of Object.entries(body)) {
    if (!isKnob(name)) return `There is no setting ${name}; there are ${Object.keys(RULES).join(", ")}.`;
    const { least } = RULES[name];
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > MOST) {
      return `${name} must be a whole number from ${least} to ${MOST}.`;
    }
    wanted[name] = value;
  }
  Object.assign(knobs, wanted);
  return undefined;
}

function isKnob(name: string): name is keyof Knobs {
  return Object.hasOwn(RULES, name);
}
