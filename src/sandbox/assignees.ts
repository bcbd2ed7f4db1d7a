import { OktaError } from "./error.ts";
import { isId } from "./id.ts";
import type { Org } from "./org.ts";
import { limitOf } from "./page.ts";
import { type Answer, type Call, ok, type Route, route } from "./route.ts";

/** Default as in OpenAPI 2026.06.3. unverified: the largest page. */
const PAGE = { byDefault: 100, max: 200 } as const;
const ASSIGNEES = "/api/v1/iam/assignees/users";

export const assigneeRoutes: readonly Route[] = [route(`GET ${ASSIGNEES}`, listAssignees)];

/**
 * Everybody who holds a role, with the next page in the body and without a Link header (behaviour: recorded).
 * unverified: that people with a role through a group are among them, and the partition in `orn`.
 */
function listAssignees(call: Call): Answer {
  const { org, origin, query } = call;
  const limit = limitOf(call, PAGE);
  const after = query.get("after") ?? "";
  if (after !== "" && !isId("user", after)) throw new OktaError("E0000029", ["Invalid cursor."]);
  const rest = holders(org).filter((id) => id > after);
  const page = rest.slice(0, limit);
  const next = new URLSearchParams({ after: page.at(-1) ?? "", limit: String(limit) });
  const orgId = `00o${org.everyoneId.slice(3)}`;
  return ok({
    value: page.map((id) => ({
      id,
      orn: `orn:okta:directory:${orgId}:users:${id}`,
      _links: {
        roles: { href: `${origin}/api/v1/users/${id}/roles` },
        self: { href: `${origin}/api/v1/users/${id}` },
      },
    })),
    ...(rest.length > page.length && { _links: { next: { href: `${origin}${ASSIGNEES}?${next}` } } }),
  });
}

function holders(org: Org): string[] {
  const own = [...org.roles].filter(([, roles]) => roles.length > 0).map(([id]) => id);
  const through = [...org.groupRoles.keys()].flatMap((groupId) => [...(org.groups.get(groupId)?.members ?? [])]);
  return [...new Set([...own, ...through])].sort();
}
