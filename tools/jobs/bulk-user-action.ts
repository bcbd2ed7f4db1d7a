import { done, type JobContext, type JobOkta, job, type Outcome } from "../../src/job.ts";
import { consent } from "../../src/operation.ts";
import { asJsonObject, type JsonObject, z } from "../../src/schema.ts";
import { getUser } from "../users.ts";
import {
  byStatus,
  consequences,
  foreseen,
  keep,
  kept,
  named,
  notInBulk,
  type Plan,
  page,
  peopleFound,
  peopleNamed,
  shown,
  TOOL,
} from "./bulk-plan.ts";
import { carryOut, endings, report } from "./bulk-run.ts";
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
  const action = context.operation(name);
  const problem = notInBulk(action, args);
  if (action === undefined || problem !== undefined) throw unfit(TOOL, "action", problem ?? "is not a tool");
  const taken = ["userId", "confirm", "preview"].find((name) => name in args);
  if (taken !== undefined)
    throw unfit(TOOL, `arguments.${taken}`, "is not the action's to take: the plan decides that");
  const off = context.disabled(action.name);
  if (off) throw off;
  const most = context.bulkMax;
  const found = userIds ? await peopleNamed(okta, userIds, most) : await peopleFound(okta, search, most);
  context.check(action, { ...args, userId: found[0]?.id });
  const plan: Plan = { action, args, people: await foreseen(action, found, context) };
  const { id, expiresAt } = await context.runs.create(keep(plan));
  const failing = plan.people.flatMap((person) =>
    person.wouldFail === undefined ? [] : [{ ...shown(person), why: person.wouldFail }],
  );
  return done({
    planId: id,
    action: action.name,
    count: plan.people.length,
    byStatus: byStatus(plan.people),
    ...page(plan.people, undefined, shown),
    ...named("wouldFail", failing),
    consequences: consequences(plan),
    estimatedSeconds: context.secondsFor([
      [getUser, plan.people.length],
      [action, plan.people.length - failing.length],
    ]),
    expiresAt,
    hint: "Nothing was done. Show the plan to the person you work for; only when they agree call again with planId and confirm: true.",
  });
}

/** How it stands with a plan, a part of its people at a time. */
async function look(planId: string, after: string | undefined, context: JobContext): Promise<Outcome> {
  const { plan, notes, expiresAt } = await context.runs.read(planId);
  const { action, people } = kept(plan, context);
  const ended = endings(notes);
  const { users, ...next } = page(people, after, (person) => {
    const ending = ended.get(person.id);
    return {
      ...shown(person),
      ...(ending === undefined ? {} : { outcome: "outcome" in ending ? ending.outcome : "sent" }),
    };
  });
  return done({ planId, action: action.name, count: people.length, users, ...next, expiresAt });
}

async function runPlan(okta: JobOkta, planId: string, context: JobContext): Promise<Outcome> {
  return context.runs.run(planId, async (run) => {
    const plan = kept(run.plan, context);
    const off = context.disabled(plan.action.name);
    if (off) throw off;
    const preview = async (): Promise<JsonObject> => ({
      action: plan.action.name,
      consequence: consequences(plan).join(" "),
      arguments: plan.args,
      count: plan.people.length,
      byStatus: byStatus(plan.people),
      people: plan.people.slice(0, 10).map(({ login }) => login),
    });
    const agreed = await context.consent(true, preview);
    const { ended, stopped } = await carryOut(okta, plan, run, agreed, context);
    return done(report(planId, plan, ended, stopped));
  });
}
