import { appEntity, entity, groupEntity, userEntity } from "./log-context.ts";
import type { LogContext, LogFact } from "./log-events.ts";
import type { Group, Org } from "./org.ts";
import type { User } from "./user.ts";

/** Sees what some work changes about a user, beside what the work is for. */
export interface Watch {
  /** The user as he was. */
  readonly before: User | undefined;
  /** Writes what differs now to the log, and tells the search index. */
  end(context: LogContext): void;
}

/** To be called before the work. */
export function watch(org: Org, user: User | undefined, group?: Group): Watch {
  org.events.open();
  const before = user === undefined ? undefined : { ...user, credentials: { ...user.credentials } };
  const formerGroup = group === undefined ? undefined : { ...group };
  const privileges = user === undefined ? "" : privilegesOf(org, user);
  const apps = (user && org.appAssignments.get(user.id)) ?? [];
  return {
    before,
    end: (context) => {
      if (user !== undefined && before !== undefined) {
        // Indexes over times and types cannot see who writes them directly.
        org.users.changed();
        org.userIndex.note(user.id, before, org.knobs.indexLagMs);
        const held = new Set((org.appAssignments.get(user.id) ?? []).map(({ id }) => id));
        org.events.append(
          context,
          ...lockFacts(before, user),
          ...groupFacts(org, before, user),
          ...privilegeFacts(org, user, privileges),
          ...apps
            .filter(({ id }) => !held.has(id))
            .map((app): LogFact => {
              const member = entity(app.id, "AppUser", userEntity(before).displayName, userEntity(before).alternateId);
              const targets = [member, appEntity(org, app.appId), userEntity(before)];
              return { type: "application.user_membership.remove", targets };
            }),
        );
      }
      if (formerGroup !== undefined) org.groupIndex.note(formerGroup.id, formerGroup, org.knobs.indexLagMs);
    },
  };
}

/** Reported event of a real lockout: a failure with reason LOCKED_OUT. */
function lockFacts(before: User, user: User): LogFact[] {
  if (before.status === "LOCKED_OUT" || user.status !== "LOCKED_OUT") return [];
  return [{ type: "user.account.lock", targets: [userEntity(user)], failure: "LOCKED_OUT" }];
}

function groupFacts(org: Org, before: User, user: User): LogFact[] {
  if (before.groups === user.groups) return [];
  const change = (type: "group.user_membership.add" | "group.user_membership.remove", ids: readonly string[]) =>
    ids.flatMap((id): LogFact[] => {
      const group = org.groups.get(id);
      return group === undefined ? [] : [{ type, targets: [userEntity(user), groupEntity(group)] }];
    });
  return [
    ...change(
      "group.user_membership.remove",
      before.groups.filter((id) => !user.groups.includes(id)),
    ),
    ...change(
      "group.user_membership.add",
      user.groups.filter((id) => !before.groups.includes(id)),
    ),
  ];
}

/** Okta writes a grant whenever privileges change and a revocation only when none are left (event type catalogue). */
function privilegeFacts(org: Org, user: User, before: string): LogFact[] {
  const after = org.users.byId(user.id) === user ? privilegesOf(org, user) : "";
  if (after === before) return [];
  const targets = [userEntity(user)];
  if (after === "") return [{ type: "user.account.privilege.revoke", targets }];
  // unverified: the form of `privilegeGranted`, which holds labels in real events.
  const roles = after.split("\n").map((line) => line.split(" ", 1).join());
  return [{ type: "user.account.privilege.grant", targets, debug: { privilegeGranted: roles.join(", ") } }];
}

/** One line for each role held, own or through a group, with its targets. */
function privilegesOf(org: Org, user: User): string {
  const held = [
    ...(org.roles.get(user.id) ?? []),
    ...user.groups.flatMap((groupId) => org.groupRoles.get(groupId) ?? []),
  ];
  return held
    .map(({ type, role, groupTargets, appTargets }) => {
      return `${type} ${JSON.stringify([role, groupTargets, appTargets])}`;
    })
    .join("\n");
}
