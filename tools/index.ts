import type { Job } from "../src/job.ts";
import type { Operation } from "../src/operation.ts";
import * as credentials from "./credentials.ts";
import * as grants from "./grants.ts";
import * as groups from "./groups.ts";
import * as jobModules from "./jobs/index.ts";
import * as lifecycle from "./lifecycle.ts";
import * as linkedObjects from "./linked-objects.ts";
import * as resources from "./resources.ts";
import * as roleTargets from "./role-targets.ts";
import * as roles from "./roles.ts";
import * as sessions from "./sessions.ts";
import * as tokens from "./tokens.ts";
import * as users from "./users.ts";

// The order of a module's exports is not the same everywhere; hosts need one that stays.
const byName = (one: Operation, other: Operation): number => (one.name < other.name ? -1 : 1);

/** Every family and its operations, in the order hosts are shown them. */
export const families: ReadonlyMap<string, readonly Operation[]> = new Map(
  Object.entries({
    users,
    lifecycle,
    credentials,
    sessions,
    resources,
    grants,
    tokens,
    "linked-objects": linkedObjects,
    roles,
    "role-targets": roleTargets,
    groups,
  }).map(([family, exported]) => [family, Object.values(exported).sort(byName)]),
);

export const operations: readonly Operation[] = [...families.values()].flat();

/** The tools that do more than one operation. */
export const jobs: readonly Job[] = Object.values(jobModules).sort((one, other) => (one.name < other.name ? -1 : 1));
