import type { Consent, JobContext, JobOkta, Outcome, Run } from "../../src/job.ts";
import type { JsonObject } from "../../src/schema.ts";
import { atOnce } from "./at-once.ts";
import { named, type Plan, type Planned, shown, statusOf } from "./bulk-plan.ts";
import { codeOf, FAILS_FOR_ALL } from "./failure.ts";

/** What became of one person; `left` means that it is still to be done. */
export interface Ending {
  readonly outcome: "done" | "skipped" | "failed" | "unknown" | "left";
  /** The reason: an error's code, or a word of ours. */
  readonly why?: string | undefined;
}

const WRITES_AT_ONCE = 6;

/** What is kept of a call's time for those who are under way when it is over. */
const TIME_TO_END_MS = 9_000;

/** What fails so for one would fail so for all, since it is the same action. */
const STOPS = [...FAILS_FOR_ALL, "bad_response", "insufficient_scope", "tool_disabled", "read_only", "declined"];

/** What the notes of earlier calls say of each person; of who was sent for and never came back, when that was. */
export function endings(notes: readonly JsonObject[]): Map<string, Ending | { readonly sentAt: number }> {
  const found = new Map<string, Ending | { readonly sentAt: number }>();
  for (const { id, sentAt, outcome, why } of notes) {
    if (typeof id !== "string") continue;
    if (typeof sentAt === "number") found.set(id, { sentAt });
    const word = (["done", "skipped", "failed", "unknown", "left"] as const).find((one) => one === outcome);
    if (word !== undefined) found.set(id, { outcome: word, why: typeof why === "string" ? why : undefined });
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

  const end = async (person: Planned, ending: Ending): Promise<void> => {
    ended.set(person.id, ending);
    await run.note({
      id: person.id,
      outcome: ending.outcome,
      ...(ending.why === undefined ? {} : { why: ending.why }),
    });
    context.progress(`${action.name}: ${ended.size} of ${people.length}`, ended.size, people.length);
  };

  const one = async (person: Planned): Promise<Ending | Outcome> => {
    const earlier = before.get(person.id);
    const call = { ...args, userId: person.id };
    if (earlier !== undefined && "sentAt" in earlier) {
      const sent = { at: earlier.sentAt, was: person.status ?? undefined };
      return (await context.seeDone(action, call, sent)) ? { outcome: "done" } : { outcome: "unknown" };
    }
    if (person.wouldFail !== undefined) return { outcome: "skipped", why: person.wouldFail };
    let now: Planned["status"] | undefined;
    const looked = await context.attempt(async () => {
      const found = await okta.findPerson(person.id);
      now = found === undefined ? undefined : found.status;
      return {};
    });
    if (looked.failed) return looked;
    if (now === undefined) return { outcome: "skipped", why: "gone" };
    if (now !== person.status) return { outcome: "skipped", why: `status is ${statusOf(now) ?? "unknown"} now` };
    await run.note({ id: person.id, sentAt: Date.now() });
    const answer = await okta.act(action, call, { agreed: consent });
    if (!answer.failed) return { outcome: "done" };
    return codeOf(answer) === "outcome_unknown" ? { outcome: "unknown" } : answer;
  };

  const isOver = (): boolean => context.signal.aborted || Date.now() > context.deadline - TIME_TO_END_MS;

  await atOnce(WRITES_AT_ONCE, people, async (person) => {
    const earlier = before.get(person.id);
    if (earlier !== undefined && "outcome" in earlier && earlier.outcome !== "left") {
      ended.set(person.id, earlier);
      return true;
    }
    if (isOver()) return false;
    const came = await one(person);
    if ("outcome" in came) {
      await end(person, came);
      return true;
    }
    const code = codeOf(came) ?? "";
    if (!STOPS.includes(code)) {
      await end(person, { outcome: "failed", why: code });
      return true;
    }
    await run.note({ id: person.id, outcome: "left" });
    stopped = came;
    return false;
  });
  return { ended, ...(stopped === undefined ? {} : { stopped }) };
}

/** How a run came out, for the person who agreed to it. */
export function report(
  planId: string,
  { people }: Plan,
  ended: ReadonlyMap<string, Ending>,
  stopped: Outcome | undefined,
): JsonObject {
  const of = (outcome: Ending["outcome"]): JsonObject[] =>
    people.flatMap((person) => {
      const ending = ended.get(person.id);
      if (ending?.outcome !== outcome) return [];
      const { id, login } = shown(person);
      return [{ id: id ?? "", login: login ?? "", ...(ending.why === undefined ? {} : { why: ending.why }) }];
    });
  const done = of("done").length;
  const left = people.filter(({ id }) => (ended.get(id)?.outcome ?? "left") === "left").length;
  return {
    planId,
    done,
    ...named("skipped", of("skipped")),
    ...named("failed", of("failed")),
    ...named("unknown", of("unknown")),
    ...(left > 0 ? { left } : {}),
    complete: left === 0,
    ...(stopped?.reply.error === undefined ? {} : { stoppedBy: stopped.reply.error }),
    ...(left > 0 ? { hint: "Call again with this planId and confirm: true: it goes on where it stopped." } : {}),
  };
}
