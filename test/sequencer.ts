import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * The files that take longest, longest first: many of them wait more than they work, so what others compute fits beside
 * them, and none of them is left for the end. On a machine that ran them before, Vitest would know; on a fresh one not.
 */
const LONGEST = [
  "tools/rate-limit",
  "process/doctor",
  "jobs/offboard-user",
  "okta/budget",
  "jobs/bulk-user-action",
  "tools/cut",
  "tools/wire",
  "okta/pages",
  "tools/anything",
  "tools/protection",
  "tools/hostile",
  "jobs/onboard-user",
  "tools/secrets",
  "process/server",
  "auth/person",
  "process/sign-in",
  "process/resources",
  "process/proxy",
  "tools/undo",
  "tools/read-only",
  "jobs/find-user",
  "jobs/count-users",
  "tools/gate",
  "process/commands",
  "tools/journal",
  "jobs/get-user-access",
  "tools/arguments",
  "sandbox/page",
  "tools/through",
  "tools/preview",
  "auth/app",
  "jobs/export-users",
  "tools/users",
  "tools/roles",
  "tools/human",
  "tools/settings",
  "auth/store",
  "okta/dispatcher",
  "process/prompts",
  "journal/processes",
];

function place({ moduleId }: TestSpecification): number {
  const found = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
  return found === -1 ? LONGEST.length : found;
}

/** Runs the longest files first and the others in Vitest's own order. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((one, other) => place(one) - place(other));
  }
}
