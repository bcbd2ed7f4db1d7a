import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * The files that take longest, longest first: many of them wait more than they work, so what others compute fits beside
 * them, and none of them is left for the end. On a machine that ran them before, Vitest would know; on a fresh one not.
 */
const LONGEST = [
  "tools/rate-limit",
  "tools/wire",
  "okta/budget",
  "tools/protection",
  "process/sign-in",
  "tools/cut",
  "okta/pages",
  "process/commands",
  "auth/person",
  "tools/journal",
  "process/doctor",
  "journal/processes",
  "process/server",
  "tools/anything",
  "tools/hostile",
  "tools/secrets",
  "process/proxy",
  "tools/arguments",
  "tools/through",
  "tools/read-only",
  "tools/undo",
  "tools/gate",
  "tools/human",
  "sandbox/page",
  "sandbox/recorded",
  "okta/dispatcher",
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
