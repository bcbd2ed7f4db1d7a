import type { Job } from "../../src/job.ts";
import type { Tool } from "../../src/operation.ts";
import { jobs, operations } from "../../tools/index.ts";

/** The jobs that exist with no setting at all. */
export const jobsByDefault: readonly Job[] = jobs.filter(({ needs }) => needs === undefined);

/** Every tool that is served with no setting at all, in the order hosts are shown them. */
export const toolsByDefault: readonly Tool[] = [...operations, ...jobsByDefault];

/** How many tools that is. */
export const TOOLS = toolsByDefault.length;

/** The names of those that read, in that order. */
export const readersByDefault: readonly string[] = toolsByDefault
  .filter(({ effect }) => effect === "read")
  .map(({ name }) => name);
