import { done, type JobContext, type JobOkta, type Outcome, Refusal } from "../../src/job.ts";
import { asJsonObject, isJsonObject, type Json, type JsonObject, z } from "../../src/schema.ts";
import { unfit } from "./refuse.ts";
import { step } from "./step.ts";
import type { Carried } from "./step-report.ts";
import { carryOut, refuseDisabled, soFar } from "./steps.ts";

/** What a job is going to do, as the person is shown it and as it is carried out, in this call or in a later one. */
export const plan = z.object({
  /** The arguments it was made from. */
  given: z.custom<JsonObject>(isJsonObject),
  /** Id of the person it is about; null while they are to be created. */
  userId: z.string().nullable(),
  preview: z.custom<JsonObject>(isJsonObject),
  steps: z.array(step),
});

export type Plan = z.infer<typeof plan>;

export const runId = z.string().describe("from the preview").optional();

/** The plan of an earlier call. Throws a Refusal where there is none, or where these arguments are not its own. */
export async function planOf(
  tool: string,
  id: string,
  given: Readonly<Record<string, unknown>>,
  context: JobContext,
): Promise<Plan> {
  const { success, data: kept } = plan.safeParse((await context.runs.read(id)).plan);
  if (!success)
    throw new Refusal("plan_changed", "Nothing was done: this plan is of another version.", {
      hint: "Leave runId out to plan anew.",
    });
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && sorted(value) !== sorted(kept.given[name]))
      throw unfit(tool, name, "is not what this runId was made with; leave runId out to plan anew");
  return kept;
}

/**
 * Asks for consent with the plan's preview, which names the run, and carries the plan out. The same id goes on with it
 * when it was cut off. `open` says what is left although no step is.
 */
export async function consentAndCarryOut(
  tool: string,
  okta: JobOkta,
  context: JobContext,
  made: Plan,
  { id, confirm, open }: { id: string | undefined; confirm: boolean | undefined; open?: (carried: Carried) => boolean },
): Promise<Outcome> {
  const { preview, steps, userId } = made;
  refuseDisabled(context, steps);
  const kept = id === undefined || confirm === true ? undefined : { runId: id, ...(await context.runs.read(id)) };
  const fates = soFar(steps, kept?.notes ?? []);
  if (kept !== undefined && Object.values(fates).every(isDone))
    return done({
      runId: kept.runId,
      ...(userId === null ? {} : { userId }),
      steps: Object.entries(fates).map(([name, outcome]) => ({ step: name, outcome })),
      complete: true,
      hint: "This run was finished before; nothing was done now.",
    });
  const consent = await context.consent(
    confirm,
    async () => {
      if (confirm === true) return preview;
      if (kept === undefined) {
        const created = await context.runs.create(asJsonObject({ ...made }));
        return { ...preview, runId: created.id, expiresAt: created.expiresAt, next: WITH_RUN };
      }
      const { runId, expiresAt, notes } = kept;
      return { ...preview, runId, expiresAt, soFar: fates, next: notes.length > 0 ? GOES_ON : WITH_RUN };
    },
    "with the preview's runId and confirm: true",
  );
  const own = id ?? (await context.runs.create(asJsonObject({ ...made }))).id;
  return context.runs.run(own, async (run) => {
    const carried = await carryOut(okta, context, run, steps, consent);
    const complete = carried.complete && open?.(carried) !== true;
    const about = userId ?? carried.newcomer;
    return done({
      runId: own,
      ...(about === undefined ? {} : { userId: about }),
      steps: [...carried.steps],
      complete,
      ...(carried.retryAt === undefined ? {} : { retryAt: carried.retryAt }),
      ...(complete ? {} : { hint: hintFor(tool, carried) }),
    });
  });
}

const WITH_RUN = "With this runId exactly what is shown here is done.";
const GOES_ON =
  "This run has begun: soFar is what became of it, the rest how things were before. With this runId it goes on.";

function isDone(outcome: Json | undefined): boolean {
  return outcome === "done" || outcome === "not needed";
}

function hintFor(tool: string, { steps, unknown }: Carried): string {
  const again = `call ${tool} again with this runId and confirm: true; what is done is not done again.`;
  const failed = steps.some(({ outcome }) => outcome === "failed");
  return [
    failed ? `Mend what failed, then ${again} Other arguments need a new plan, without runId.` : `To go on, ${again}`,
    unknown
      ? "An unknown call went out and nothing shows that it was done; this run looks again but never sends it again. Look with get_user or the list it changes; if it was not done, make the call yourself or plan anew without runId."
      : "",
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

/** A value as text, whatever the order of its keys. */
function sorted(value: unknown): string {
  return (
    JSON.stringify(value, (_, inside: unknown) =>
      isJsonObject(inside)
        ? Object.fromEntries(Object.entries(inside).sort(([one], [other]) => (one < other ? -1 : 1)))
        : inside,
    ) ?? ""
  );
}
