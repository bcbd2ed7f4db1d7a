import { operation } from "../src/operation.ts";
import { z } from "../src/schema.ts";
import { after, limit, userId } from "./args.ts";

/** Whatever the person did or had done to them; the caller's condition only narrows it. Of everybody without a person. */
function aboutOne(userId: string | undefined, filter: string | undefined): string | undefined {
  if (userId === undefined) return filter;
  // Text in a filter is quoted as in JSON (RFC 7644).
  const id = JSON.stringify(userId);
  const theirs = `actor.id eq ${id} or target.id eq ${id}`;
  return filter === undefined ? theirs : `(${theirs}) and (${filter})`;
}

/** Whether a condition ends all it begins and nothing else, so that it cannot leave the parentheses it is put into. */
function isWhole(filter: string): boolean {
  // Without escapes there is one way to see where a text ends.
  const bare = filter.replaceAll(/"[^"]*"/g, "");
  if (filter.trim() === "" || filter.includes("\\") || bare.includes('"')) return false;
  let open = 0;
  for (const character of bare) {
    if (character === "(") open += 1;
    if (character === ")") open -= 1;
    if (open < 0) return false;
  }
  return open === 0;
}

export const listUserEvents = operation({
  name: "list_user_events",
  title: "List user events",
  summary:
    "System log events of a user, or of everybody, newest first: sign-ins, failures, lockouts, changes by or to them. Last 7 days unless since is given.",
  route: "GET /api/v1/logs",
  scope: "okta.logs.read",
  effect: "read",
  lookUp: ["userId"],
  path: {},
  unsent: { userId: userId.optional() },
  query: {
    since: z.string().describe("e.g. 2026-01-31T00:00:00Z; default 7 days before until").optional(),
    until: z.string().describe("default now").optional(),
    q: z.string().describe("up to 10 keywords").optional(),
    filter: z.string().describe('e.g. eventType eq "user.session.start" and outcome.result eq "FAILURE"').optional(),
    after,
    limit: limit(25),
  },
  // Oldest first and without `until` the pages would never end (documented: polling).
  queryFrom: ({ userId, filter }) => {
    const wanted = aboutOne(userId, filter);
    return { ...(wanted === undefined ? {} : { filter: wanted }), sortOrder: "DESCENDING" };
  },
  check: ({ since, until, filter }) => {
    // Okta answers this with an empty list, which looks as if nothing had happened.
    if (since !== undefined && until !== undefined && Date.parse(since) >= Date.parse(until))
      return { field: "since", problem: "must be before until" };
    if (filter === undefined || isWhole(filter)) return undefined;
    return { field: "filter", problem: "must end each quote and parenthesis it begins, without backslashes" };
  },
  listOf: "event",
});
