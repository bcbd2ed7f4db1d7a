import type { Operation } from "../../src/operation.ts";
import { operations } from "../../tools/index.ts";

/** The operation behind a tool. */
export function named(tool: string): Operation {
  const found = operations.find(({ name }) => name === tool);
  if (found === undefined) throw new Error(`there is no tool ${tool}`);
  return found;
}
