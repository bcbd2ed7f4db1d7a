import type { Job, Needed } from "./job.ts";
import type { Operation, Scope, Tool } from "./operation.ts";
import { type JsonObject, toJsonSchema } from "./schema.ts";

/** One tool as hosts are shown it, in the words of the Model Context Protocol. */
export interface ToolDefinition {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: JsonObject & { type: "object" };
  readonly outputSchema: { readonly type: "object" };
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
  readonly _meta?: JsonObject;
}

/** A tool with what decides whether a configuration shows it. */
export interface ListedTool {
  readonly family: string;
  readonly readsOnly: boolean;
  readonly irreversible: boolean;
  /** The OAuth scope it needs. */
  readonly scope: Scope;
  /** The setting without which it does not exist. */
  readonly needs?: Needed;
  readonly definition: ToolDefinition;
}

/**
 * The definition of a tool. `destructiveHint` is false only for what merely adds, as MCP defines it;
 * the output schema is permissive because clients refuse a result that does not fit.
 */
export function define(tool: Tool): ToolDefinition {
  return {
    name: tool.name,
    title: tool.title,
    description: tool.summary,
    inputSchema: { ...toJsonSchema(tool.input), type: "object" },
    outputSchema: { type: "object" },
    annotations: {
      readOnlyHint: tool.effect === "read",
      destructiveHint: tool.effect === "update" || tool.effect === "destructive",
      idempotentHint: tool.effect === "read" || tool.idempotent === true,
      openWorldHint: tool.sendsEmail === true,
    },
  };
}

/** Every tool, family by family and the jobs last, for the file that the server reads at its start. */
export function list(families: ReadonlyMap<string, readonly Operation[]>, jobs: readonly Job[]): ListedTool[] {
  const operations = [...families].flatMap(([family, members]) => members.map((tool) => listed(family, tool)));
  return [
    ...operations,
    ...jobs.map((job) => ({ ...listed(JOBS, job), ...(job.needs === undefined ? {} : { needs: job.needs }) })),
  ];
}

function listed(family: string, tool: Tool): ListedTool {
  return {
    family,
    readsOnly: tool.effect === "read",
    irreversible: tool.irreversible === true,
    scope: tool.scope,
    definition: define(tool),
  };
}

/** The family of the jobs. */
export const JOBS = "jobs";
