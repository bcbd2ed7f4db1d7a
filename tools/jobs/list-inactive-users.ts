import { done, job } from "../../src/job.ts";
import { USER_STATUSES, type UserStatus } from "../../src/operation.ts";
import { type JsonObject, z } from "../../src/schema.ts";
import { fitting } from "./fitting.ts";
import { absentSince, INACTIVE_FIELDS, inactive, searchFor } from "./inactivity.ts";
import { longest } from "./longest.ts";
import { scan } from "./scan.ts";

/** Most people in a reply. */
const MOST = 500;

const days = z.number().int().min(1);

export const listInactiveUsers = job({
  name: "list_inactive_users",
  title: "List inactive users",
  summary: "Who fits all criteria, longest absent first. A slow scan; DEPROVISIONED only if stuckIn or search says so.",
  scope: "okta.users.read",
  effect: "read",
  arguments: {
    notSignedInDays: days.describe("who never did: from created").optional(),
    neverSignedIn: z.boolean().optional(),
    passwordOlderThanDays: days.optional(),
    stuckIn: z.array(z.string()).describe("statuses").optional(),
    search: z.string().describe("as in list_users").optional(),
    limit: z.number().int().min(1).max(MOST).default(25).describe("1 to 500, default 25"),
  },
  check: ({ notSignedInDays, neverSignedIn, passwordOlderThanDays, stuckIn }) => {
    if (stuckIn !== undefined && statusesIn(stuckIn).length < Math.max(1, stuckIn.length))
      return { field: "stuckIn", problem: `must name statuses: ${USER_STATUSES.join(", ")}` };
    if ((notSignedInDays ?? passwordOlderThanDays ?? stuckIn) !== undefined || neverSignedIn === true) return undefined;
    const others = "neverSignedIn: true, passwordOlderThanDays or stuckIn";
    return { field: "notSignedInDays", problem: `is required where none of ${others} is given` };
  },
  run: async (okta, { limit, stuckIn, neverSignedIn, ...others }, context) => {
    // Models fill in false where they mean nothing by it.
    const never = neverSignedIn === true ? { neverSignedIn } : {};
    const criteria = { ...others, ...never, ...(stuckIn && { stuckIn: statusesIn(stuckIn) }) };
    const now = context.now();
    const worst = longest<JsonObject>(limit);
    let total = 0;
    const walk = { search: searchFor(criteria, now), fields: INACTIVE_FIELDS, doing: "people looked at" };
    const { rest } = await scan(okta, context, walk, (users) => {
      for (const user of users) {
        const since = absentSince(criteria, user, now);
        if (since === undefined) continue;
        total += 1;
        worst.add(since, inactive(criteria, user));
      }
    });
    const complete = rest === undefined;
    const users = fitting(worst.all());
    if (!complete)
      return done({
        users,
        total,
        complete,
        hint: "Time was over before everybody was looked at; narrow it with search.",
      });
    return done({ users, total, complete, ...(users.length === total ? {} : { hint: notAll(users.length, limit) }) });
  },
});

function notAll(shown: number, limit: number): string {
  if (shown < limit)
    return "These are the longest absent, as many as a reply holds; search narrows it, export_users writes everybody.";
  return `These are the longest absent; ${limit < MOST ? `limit takes up to ${MOST}, ` : ""}search narrows it.`;
}

function statusesIn(words: readonly string[]): UserStatus[] {
  return words.flatMap((word) => USER_STATUSES.find((status) => status === word) ?? []);
}
