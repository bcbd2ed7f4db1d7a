import { inertText } from "../../src/job.ts";
import type { JsonObject } from "../../src/schema.ts";
import type { PlannedCall } from "./step.ts";

/** What became of a call; `refused` is a refusal that holds nothing up. */
export type Fate = "done" | "not needed" | "refused" | "failed" | "unknown" | "untried";

export interface CallReport {
  readonly call: PlannedCall;
  readonly fate: Fate;
  /** Of a failure: the code, what was said, and when to come back. */
  readonly code?: string | undefined;
  readonly summary?: string | undefined;
  readonly retryAt?: string | undefined;
}

export interface Carried {
  readonly steps: readonly JsonObject[];
  /** Whether every step is done, as far as the person's status allows. */
  readonly complete: boolean;
  /** Some step did not apply to the person's status. */
  readonly refused: boolean;
  readonly unknown: boolean;
  /** Id of the person whom a step created. */
  readonly newcomer: string | undefined;
  readonly retryAt: string | undefined;
}

/** What became of a step. */
export interface Reported {
  readonly step: string;
  /** Whether what comes after it may go on. */
  readonly passed: boolean;
  readonly refused: boolean;
  readonly unknown: boolean;
  readonly retryAt: string | undefined;
  readonly shown: JsonObject;
}

/** A reply must stay short however much goes wrong. */
const MOST_FAILURES = 3;
const LONGEST_SUMMARY = 160;

export function reportOf(name: string, calls: readonly CallReport[]): Reported {
  const count = (...fates: Fate[]): number => calls.filter(({ fate }) => fates.includes(fate)).length;
  const fine = count("done", "not needed");
  const open = calls.filter(({ fate }) => fate === "failed" || fate === "unknown" || fate === "refused");
  const [first] = open;
  return {
    step: name,
    passed: fine + count("refused") === calls.length,
    refused: count("refused") > 0,
    unknown: count("unknown") > 0,
    retryAt: calls.find(({ retryAt }) => retryAt !== undefined)?.retryAt,
    shown: {
      step: name,
      outcome: outcomeOf(count, calls.length),
      ...(first?.code === undefined ? {} : { code: first.code }),
      ...(first?.summary === undefined ? {} : { summary: inertText(first.summary, LONGEST_SUMMARY) }),
      ...(calls.length > 1 ? { count: calls.length, done: fine } : {}),
      ...(open.length > 0
        ? {
            calls: open
              .slice(0, MOST_FAILURES)
              .map(({ call: { tool, arguments: given } }) => ({ tool, ...idsIn(given) })),
          }
        : {}),
    },
  };
}

/** Without profiles. */
function idsIn(given: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => typeof value === "string"));
}

function outcomeOf(count: (...fates: Fate[]) => number, all: number): string {
  if (count("failed") > 0) return "failed";
  if (count("unknown") > 0) return "unknown";
  if (count("untried", "refused") > 0) return "skipped";
  return count("not needed") === all ? "not needed" : "done";
}

export function sumUp(reports: readonly Reported[], newcomer: string | undefined): Carried {
  return {
    steps: reports.map(({ shown }) => shown),
    complete: reports.every(({ passed }) => passed),
    refused: reports.some(({ refused }) => refused),
    unknown: reports.some(({ unknown }) => unknown),
    newcomer,
    retryAt: reports.find(({ retryAt }) => retryAt !== undefined)?.retryAt,
  };
}
