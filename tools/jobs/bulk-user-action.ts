import { done, inertText, type JobContext, type JobOkta, job, type Outcome, Refusal } from "../../src/job.ts";
import { consent, type Operation } from "../../src/operation.ts";
import { asJsonObject, isJsonObject, type JsonObject, z } from "../../src/schema.ts";
import { getUser } from "../users.ts";
import {
  byStatus,
  consequences,
  fitting,
  foreseen,
  given,
  inBulk,
  keep,
  kept,
  mayFail,
  named,
  type Plan,
  page,
  peopleFound,
  peopleNamed,
  shown,
  TOOL,
} from "./bulk-plan.ts";
import { carryOut, type Ending, endings, report } from "./bulk-run.ts";
import { requireKnown } from "./columns.ts";
import { unfit } from "./refuse.ts";

export const bulkUserAction = job({
  name: TOOL,
  title: "Act on many users",
  summary:
    "One tool on many people: first a plan, which changes nothing; then planId with confirm runs or resumes it. planId alone shows it.",
  scope: "okta.users.manage",
  effect: "destructive",
  sendsEmail: true,
  arguments: {
    action: z.string().describe("a tool's name, e.g. suspend_user").optional(),
    arguments: z.object({}).passthrough().describe("the tool's, beside userId").optional(),
    userIds: z.array(z.string()).optional(),
    search: z.string().describe("as in list_users").optional(),
    planId: z.string().optional(),
    after: z.string().optional(),
    confirm: consent.optional(),
  },
  check: ({ action, userIds, search, planId, after, confirm, ...rest }) => {
    if (planId !== undefined) {
      const beside = Object.entries({ action, userIds, search, arguments: rest.arguments });
      const field = beside.find(([, value]) => value !== undefined)?.[0];
      return field === undefined ? undefined : { field, problem: "does not go with planId: the plan has it" };
    }
    if (action === undefined) return { field: "action", problem: "is required for a plan; or give planId" };
    if ((userIds === undefined) === (search === undefined))
      return { field: "userIds", problem: "or search is required, and not both" };
    if (after !== undefined) return { field: "after", problem: "goes only with planId" };
    if (confirm === true) return { field: "confirm", problem: "goes only with planId: make the plan first" };
    return undefined;
  },
  run: async (okta, { action, userIds, search, planId, after, confirm, ...rest }, context) => {
    if (planId === undefined) {
      const args = asJsonObject(rest.arguments ?? {});
      return makePlan(okta, String(action), args, { userIds, search }, context);
    }
    return confirm === true ? runPlan(okta, planId, context) : look(planId, after, context);
  },
});

async function makePlan(
  okta: JobOkta,
  name: string,
  args: JsonObject,
  { userIds, search = "" }: { readonly userIds?: readonly string[] | undefined; readonly search?: string | undefined },
  context: JobContext,
): Promise<Outcome> {
  const action = inBulk(context.operation(name), args);
  const taken = ["userId", "confirm", "preview"].find((name) => name in args);
  if (taken !== undefined)
    throw unfit(TOOL, `arguments.${taken}`, "is not the action's to take: the plan decides that");
  const off = context.disabled(action.name);
  if (off) throw off;
  checkArguments(action, args, context);
  await requireKnown(okta, "arguments.profile", args.profile);
  const most = context.bulkMax;
  const found = userIds
    ? await peopleNamed(okta, userIds, most, context.deadline)
    : await peopleFound(okta, search, most);
  const plan: Plan = { action, args, people: await foreseen(action, found, context) };
  const { id, expiresAt } = await context.runs.create(keep(plan));
  const failing = plan.people.filter(({ wouldFail }) => wouldFail !== undefined);
  return done(
    fitting(LONGEST_PLAN, (longest) => ({
      planId: id,
      action: action.name,
      ...given(plan),
      count: plan.people.length,
      byStatus: byStatus(plan.people),
      ...page(plan.people, undefined, (person) => shown(person, longest)),
      ...named(
        "wouldFail",
        failing.map((person) => ({ ...shown(person, longest), why: person.wouldFail ?? "" })),
      ),
      ...mayFail(plan),
      consequences: consequences(plan),
      estimatedSeconds: context.secondsFor([
        [getUser, plan.people.length],
        [action, plan.people.length - failing.length],
      ]),
      expiresAt,
      hint: "Nothing was done. Show the plan to the person you work for; only when they agree call again with planId and confirm: true.",
    })),
  );
}

/** The causes name the place where the arguments are here. */
function checkArguments(action: Operation, args: JsonObject, context: JobContext): void {
  try {
    context.check(action, { ...args, userId: "me" });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal(error.code, `Nothing was done: ${action.name} cannot take these arguments.`, {
      causes: error.causes.map((cause) => `arguments.${cause}`),
      hint: `Correct what causes names: arguments holds what ${action.name} takes, without userId, confirm and preview.`,
    });
  }
  if ("profile" in action.body && Object.keys(args).length === 0)
    throw unfit(TOOL, "arguments", "are required: there is nothing to change");
  if (isJsonObject(args.profile) && Object.keys(args.profile).length === 0)
    throw unfit(TOOL, "arguments.profile", "names nothing to change");
}

/** What is promised of the first reply, less what goes in front of every one. */
const LONGEST_PLAN = 7_900;

/** How it stands with a plan, a part of its people at a time. */
async function look(planId: string, after: string | undefined, context: JobContext): Promise<Outcome> {
  const { plan: kept_, notes, expiresAt } = await context.runs.read(planId);
  const plan = kept(kept_, context);
  const ended = endings(notes);
  const begun = notes.length > 0;
  return done(
    fitting(LONGEST_PLAN, (longest) => ({
      planId,
      action: plan.action.name,
      ...given(plan),
      count: plan.people.length,
      byStatus: byStatus(plan.people),
      consequences: consequences(plan),
      ...page(plan.people, after, (person) => {
        const ending = ended.get(person.id);
        if (ending === undefined) return shown(person, longest);
        if (!("outcome" in ending)) return { ...shown(person, longest), outcome: "sent" };
        return { ...shown(person, longest), ...outcomeOf(ending) };
      }),
      expiresAt,
      hint: begun
        ? "The run has begun: who has no outcome is still to be done, and whose outcome is sent was cut off. planId with confirm: true goes on."
        : "Nothing was done yet. Only when the person agrees to this plan call again with planId and confirm: true.",
    })),
  );
}

function outcomeOf({ outcome, why }: Ending): JsonObject {
  return { outcome, ...(why === undefined ? {} : { why }) };
}

/** How many people a form names. */
const NAMED_IN_FORM = 8;

async function runPlan(okta: JobOkta, planId: string, context: JobContext): Promise<Outcome> {
  return context.runs.run(planId, async (run) => {
    const plan = kept(run.plan, context);
    const off = context.disabled(plan.action.name);
    if (off) throw off;
    const { people } = plan;
    const first = people.slice(0, NAMED_IN_FORM).map(({ login }) => inertText(login, 24));
    const preview = async (): Promise<JsonObject> => ({
      action: plan.action.name,
      count: people.length,
      byStatus: byStatus(people),
      consequences: consequences(plan).map(({ count, consequence }) => `${count}: ${consequence}`),
      [`first ${first.length} of ${people.length} people`]: first,
      ...given(plan),
    });
    const agreed = await context.consent(true, preview);
    const { ended, stopped } = await carryOut(okta, plan, run, agreed, context);
    return done(fitting(LONGEST_REPORT, (longest) => report(planId, plan, ended, stopped, longest)));
  });
}

/** What is promised of a report, less what goes in front of every reply. */
const LONGEST_REPORT = 5_900;
