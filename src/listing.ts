import type { Operation, Scope } from "./operation.ts";
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
  readonly definition: ToolDefinition;
}

/**
 * The definition of an operation's tool. `destructiveHint` is false only for what merely adds, as MCP defines it;
 * the output schema is permissive because clients refuse a result that does not fit.
 */
export function define(operation: Operation): ToolDefinition {
  return {
    name: operation.name,
    title: operation.title,
    description: operation.summary,
    inputSchema: { ...toJsonSchema(operation.input), type: "object" },
    outputSchema: { type: "object" },
    annotations: {
      readOnlyHint: operation.effect === "read",
      destructiveHint: operation.effect === "update" || operation.effect === "destructive",
      idempotentHint: operation.effect === "read" || operation.idempotent === true,
      openWorldHint: operation.sendsEmail === true,
    },
  };
}

/** Every tool of the catalogue, family by family, for the file that the server reads at its start. */
export function list(families: ReadonlyMap<string, readonly Operation[]>): ListedTool[] {
  return [...families].flatMap(([family, operations]) =>
    operations.map((operation) => ({
      family,
      readsOnly: operation.effect === "read",
      irreversible: operation.irreversible === true,
      scope: operation.scope,
      definition: define(operation),
    })),
  );
}
