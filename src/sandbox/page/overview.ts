import { clockAhead, iso } from "../clock.ts";
import type { Org } from "../org.ts";
import { profileText, STATUSES, type User } from "../user.ts";
import { visible } from "./shown.ts";

const NEWEST = 6;
const MOST_GROUPS = 10;

/** The org at a glance. */
export interface Overview {
  readonly total: number;
  /** Every status there is, in the order of a user's life. */
  readonly statuses: readonly { readonly name: string; readonly count: number }[];
  /** Newest first. */
  readonly newest: readonly {
    readonly name: string;
    readonly login: string;
    readonly status: string;
    readonly created: string;
  }[];
  /** Largest first. */
  readonly groups: readonly { readonly name: string; readonly members: number }[];
  readonly moreGroups: number;
  /** By how many seconds the clock of the org is ahead. */
  readonly aheadSeconds: number;
}

/** Cheap enough to be asked for again and again, also in an org of 100,000. */
export function overview(org: Org): Overview {
  const { users } = org;
  const groups = [...org.groups.values()]
    .map(({ name, type, members }) => ({ name, members: type === "BUILT_IN" ? users.size : members.size }))
    .sort((a, b) => b.members - a.members || (a.name < b.name ? -1 : 1));
  return {
    total: users.size,
    statuses: STATUSES.map((status) => ({ name: status, count: users.inStatus(status).length })),
    // Ids are given in the order people come.
    newest: users.all().slice(-NEWEST).reverse().map(newcomer),
    groups: groups.slice(0, MOST_GROUPS).map(({ name, members }) => ({ name: visible(name), members })),
    moreGroups: Math.max(0, groups.length - MOST_GROUPS),
    aheadSeconds: clockAhead(),
  };
}

function newcomer(user: User): Overview["newest"][number] {
  const name = `${profileText(user, "firstName")} ${profileText(user, "lastName")}`.trim();
  return {
    name: visible(name),
    login: visible(profileText(user, "login")),
    status: user.status,
    created: iso(user.created),
  };
}
