import type { Consent, JobContext, JobOkta, Outcome, Run } from "../../src/job.ts";
import { isJsonObject, type JsonObject } from "../../src/schema.ts";
import { atOnce } from "./at-once.ts";
import { named, type Plan, type Planned, shown } from "./bulk-plan.ts";
import { codeOf, FAILS_FOR_ALL, saidOf } from "./failure.ts";
import { orMissing } from "./look.ts";

/** What became of one person; `left` means that it is still to be done. */
export interface Ending {
  readonly outcome: "done" | "skipped" | "failed" | "unknown" | "left";
  /** The reason: an error's code, or a word of ours. */
  readonly why?: string | undefined;
  /** What Okta said of that. */
  readonly summary?: string | undefined;
}

const WRITES_AT_ONCE = 6;

/** What is kept of a call's time for those who are under way when it is over. */
const TIME_TO_END_MS = 9_000;

/** So many calls in a row of whose outcome nobody knows are an outage, not a mishap. */
const MOST_UNKNOWN = 3;

/** What fails so for one would fail so for all, since it is the same action. */
const STOPS = [...FAILS_FOR_ALL, "insufficient_scope", "tool_disabled", "read_only", "declined"];

const OUTAGE: Outcome = {
  failed: true,
  reply: {
    error: {
      code: "outcome_unknown",
      summary: `Of ${MOST_UNKNOWN} calls in a row nobody knows the outcome: look how Okta fares before more go out.`,
    },
  },
};

const OUTCOMES = ["done", "skipped", "failed", "unknown", "left"] as const;

/** What the notes of earlier calls say of each person; of who was sent for and never came back, when that was. */
export function endings(notes: readonly JsonObject[]): Map<string, Ending | { readonly sentAt: number }> {
  const found = new Map<string, Ending | { readonly sentAt: number }>();
  for (const { id, sentAt, outcome: said, why, summary } of notes) {
    if (typeof id !== "string") continue;
    if (typeof sentAt === "number") found.set(id, { sentAt });
    const outcome = OUTCOMES.find((word) => word === said);
    if (outcome !== undefined) found.set(id, { outcome, why: textOf(why), summary: textOf(summary) });
  }
  return found;
}

/** Carries out what is left of a plan; gives how it stands with everybody, and why it stopped where it did. */
export async function carryOut(
  okta: JobOkta,
  { action, args, people }: Plan,
  run: Run,
  consent: Consent,
  context: JobContext,
): Promise<{ readonly ended: ReadonlyMap<string, Ending>; readonly stopped?: Outcome }> {
  const before = endings(run.notes);
  const ended = new Map<string, Ending>();
  let stopped: Outcome | undefined;
  let unknown = 0;

  const end = async (person: Planned, ending: Ending): Promise<void> => {
    ended.set(person.id, ending);
    const { outcome, why, summary } = ending;
    await run.note({
      id: person.id,
      outcome,
      ...(why === undefined ? {} : { why }),
      ...(summary === undefined ? {} : { summary }),
    });
    context.progress(`${action.name}: ${ended.size} of ${people.length}`, ended.size, people.length);
  };

  /** How it ended for a person, or the failure that ends the run. */
  const one = async (person: Planned): Promise<Ending | Outcome> => {
    const earlier = before.get(person.id);
    const call = { ...args, userId: person.id };
    const was = person.status ?? undefined;
    if (earlier !== undefined && "sentAt" in earlier)
      return (await context.seeDone(action, call, { at: earlier.sentAt, was }))
        ? { outcome: "done" }
        : { outcome: "unknown" };
    if (person.wouldFail !== undefined) return { outcome: "skipped", why: person.wouldFail };
    let now: Planned["status"] | undefined;
    const looked = await context.attempt(async () => {
      const found = await orMissing(() => okta.person(person.id));
      now = found === undefined ? undefined : found.status;
      return {};
    });
    if (looked.failed) return endsAll(looked) ? looked : failure(looked);
    if (now === undefined) return { outcome: "skipped", why: "gone" };
    if (now !== person.status) return { outcome: "skipped", why: `status is ${now ?? "unknown"} now` };
    await run.noteSending({ id: person.id, sentAt: Date.now() });
    const answer = await okta.act(action, call, { agreed: consent, was });
    if (!answer.failed) return { outcome: "done" };
    if (endsAll(answer)) return answer;
    return codeOf(answer) === "outcome_unknown" ? { outcome: "unknown" } : failure(answer);
  };

  const isOver = (): boolean => context.signal.aborted || Date.now() > context.deadline - TIME_TO_END_MS;

  const everybody = async (): Promise<void> => {
    stopped = undefined;
    await atOnce(WRITES_AT_ONCE, people, async (person) => {
      if (ended.has(person.id)) return true;
      const earlier = before.get(person.id);
      if (earlier !== undefined && "outcome" in earlier && earlier.outcome !== "left") {
        ended.set(person.id, earlier);
        return true;
      }
      if (isOver() || stopped !== undefined) return false;
      const came = await one(person);
      if (!("outcome" in came)) {
        await run.note({ id: person.id, outcome: "left" });
        stopped = came;
        return false;
      }
      await end(person, came);
      // What an earlier call left open says nothing of how Okta fares now.
      if (earlier === undefined) unknown = came.outcome === "unknown" ? unknown + 1 : 0;
      if (unknown === MOST_UNKNOWN) stopped ??= OUTAGE;
      return unknown < MOST_UNKNOWN;
    });
  };

  for (;;) {
    await everybody();
    // A host that follows progress waits as long as it likes, also for a rate limit.
    const until = retryAt(stopped);
    if (!(until < context.deadline - TIME_TO_END_MS) || context.signal.aborted) break;
    await context.waitUntil(until);
  }
  return { ended, ...(stopped === undefined ? {} : { stopped }) };
}

/** Whether others would fare alike: nothing was done to this one, and Okta itself failed or refused the sign-in. */
function endsAll(outcome: Outcome): boolean {
  const code = codeOf(outcome) ?? "";
  const { error } = outcome.reply;
  const status = isJsonObject(error) && typeof error.status === "number" ? error.status : 0;
  return STOPS.includes(code) || (code !== "outcome_unknown" && (status === 401 || status >= 500));
}

/** When a run that a rate limit stopped can go on; NaN where something else stopped it. */
function retryAt(stopped: Outcome | undefined): number {
  const error = stopped?.reply.error;
  return isJsonObject(error) && typeof error.retryAt === "string" ? Date.parse(error.retryAt) : Number.NaN;
}

function failure(outcome: Outcome): Ending {
  return { outcome: "failed", why: codeOf(outcome), summary: saidOf(outcome) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** How a run came out, for the person who agreed to it. */
export function report(
  planId: string,
  { action, people }: Plan,
  ended: ReadonlyMap<string, Ending>,
  stopped: Outcome | undefined,
  longestLogin: number,
): JsonObject {
  const of = (outcome: Ending["outcome"]): JsonObject[] =>
    people.flatMap((person) => {
      const ending = ended.get(person.id);
      if (ending?.outcome !== outcome) return [];
      const { id = "", login = "" } = shown(person, longestLogin);
      return [{ id, login, ...(ending.why === undefined ? {} : { why: ending.why }) }];
    });
  const [failed, unknown] = [of("failed"), of("unknown")];
  const left = people.filter(({ id }) => (ended.get(id)?.outcome ?? "left") === "left").length;
  const hints = [
    stopped === OUTAGE
      ? "Find out first whether Okta answers again: each call meanwhile leaves more of them unknown."
      : "",
    left > 0 ? "Call again with this planId and confirm: true: it goes on where it stopped." : "",
    failed.length > 0 ? "Who failed is not tried again by this plan: mend the reason, then plan anew for them." : "",
    unknown.length > 0 ? `Whether it was done to who is unknown nobody knows: ${findOut(action)}` : "",
  ].filter((sentence) => sentence !== "");
  return {
    planId,
    action: action.name,
    done: of("done").length,
    ...named("skipped", of("skipped")),
    ...named("failed", failed),
    ...named("unknown", unknown),
    ...reasons(ended),
    ...(left > 0 ? { left } : {}),
    complete: left === 0,
    ...(left > 0 && stopped?.reply.error !== undefined ? { stoppedBy: stopped.reply.error } : {}),
    ...(hints.length > 0 ? { hint: hints.join(" ") } : {}),
  };
}

/** Most reasons that are told. */
const MOST_REASONS = 5;

/** What Okta said of each code, once. */
function reasons(ended: ReadonlyMap<string, Ending>): JsonObject {
  const found = new Map<string, string>();
  for (const { why, summary } of ended.values())
    if (why !== undefined && summary !== undefined && found.size < MOST_REASONS) found.set(why, summary);
  return found.size === 0 ? {} : { reasons: Object.fromEntries(found) };
}

function findOut({ seenWith = "get_user", idempotent }: Plan["action"]): string {
  if (seenWith !== null) return `look with ${seenWith}.`;
  return idempotent ? "a call by hand does no harm." : "no read shows it.";
}
