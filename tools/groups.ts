import { operation } from "../src/operation.ts";
import { z } from "../src/schema.ts";
import { after, groupId, limit, userId } from "./args.ts";
import { listed, unlisted } from "./proof.ts";

type Args = Readonly<Record<string, unknown>>;

const isIt = ({ id }: Args, { groupId }: Args): boolean => id === groupId;

export const listGroups = operation({
  name: "list_groups",
  title: "List groups",
  summary: "List or find groups. search may lag behind writes.",
  route: "GET /api/v1/groups",
  scope: "okta.groups.read",
  effect: "read",
  path: {},
  query: {
    search: z
      .string()
      .describe('e.g. profile.name sw "Eng" and type eq "OKTA_GROUP"; eq sw, co on the name')
      .optional(),
    filter: z.string().describe("like search; id, type, times only").optional(),
    q: z.string().describe("start of the name; one page").optional(),
    after,
    limit: limit(25),
    sortBy: z.string().describe("e.g. profile.name; needs search").optional(),
    sortOrder: z.enum(["asc", "desc"]).optional(),
    expand: z.enum(["stats"]).describe("count members and apps, tell of admin roles").optional(),
  },
  check: ({ search, filter, q, sortBy, after }) => {
    if (search !== undefined && filter !== undefined)
      return { field: "filter", problem: "cannot be combined with search; put the condition into search" };
    // unverified: what Okta makes of q beside these.
    if (q !== undefined && (search ?? filter) !== undefined)
      return { field: "q", problem: "cannot be combined with search or filter; put the condition into search" };
    if (sortBy !== undefined && search === undefined)
      return { field: "sortBy", problem: "has no effect without search; add a search" };
    if (q !== undefined && after !== undefined)
      return { field: "after", problem: "does not go with q, which has one page; use search" };
    return undefined;
  },
  listOf: "group",
});

export const getGroup = operation({
  name: "get_group",
  title: "Get group",
  summary: "One group by its id.",
  route: "GET /api/v1/groups/{groupId}",
  scope: "okta.groups.read",
  effect: "read",
  path: { groupId },
  returns: "group",
});

export const addUserToGroup = operation({
  name: "add_user_to_group",
  title: "Add user to group",
  summary: "Put a user into a group: they get its apps, and its admin roles if it has any. OKTA_GROUP only.",
  route: "PUT /api/v1/groups/{groupId}/users/{userId}",
  scope: "okta.groups.manage",
  effect: "destructive",
  idempotent: true,
  // unverified: what Okta does with somebody deactivated.
  uncertainFrom: ["DEPROVISIONED"],
  undoneBy: "remove_user_from_group",
  seenWith: "list_user_groups",
  proof: listed(isIt),
  lookUp: ["userId"],
  alongside: "get_group",
  path: { groupId, userId },
  confirm: () => "They get everything this group carries: its apps, and its admin roles if it has any.",
});

export const removeUserFromGroup = operation({
  name: "remove_user_from_group",
  title: "Remove user from group",
  summary: "Take a user out of a group: its apps and admin roles go too. OKTA_GROUP only.",
  route: "DELETE /api/v1/groups/{groupId}/users/{userId}",
  scope: "okta.groups.manage",
  effect: "destructive",
  idempotent: true,
  uncertainFrom: ["DEPROVISIONED"],
  undoneBy: "add_user_to_group",
  seenWith: "list_user_groups",
  // Everybody is in Everyone (recorded): an empty list is about nobody.
  proof: unlisted(isIt, { amongOthers: true }),
  lookUp: ["userId"],
  alongside: "get_group",
  path: { groupId, userId },
  // Whom somebody takes out by hand stands in the rule's exceptions from then on (Okta's support pages on group rules).
  confirm: () =>
    "They lose what they have through this group alone: apps, which may delete their data, and admin roles. A group rule that put them in leaves them out from now on.",
});
