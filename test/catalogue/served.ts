import { list, type ToolDefinition } from "../../src/listing.ts";
import type { Tool } from "../../src/operation.ts";
import { toJsonSchema } from "../../src/schema.ts";
import { families, jobs, operations } from "../../tools/index.ts";
import { startHost } from "../process/host.ts";
import { at, listAt, textAt } from "../support/at.ts";

/** What the spawned server tells a host before any call. */
export interface Served {
  readonly instructions: string;
  /** The result of tools/list, byte for byte as it came. */
  readonly text: string;
  readonly tools: readonly unknown[];
}

/** Asks the built server, started as a host starts it. */
export async function readServed(): Promise<Served> {
  const host = startHost();
  const instructions = textAt(await host.initialize(), "result.instructions");
  const message = await host.ask("tools/list");
  host.endInput();
  await host.ended();
  return { instructions, text: JSON.stringify(at(message, "result")), tools: listAt(message, "result.tools") };
}

export type CatalogueOperation = (typeof operations)[number];

/** Every tool of the catalogue, the jobs that need a setting included. */
export const catalogue: readonly Tool[] = [...operations, ...jobs];

/** What hosts are told of each, as they are told it: those that need a setting are not served by default. */
export const definitions: readonly ToolDefinition[] = list(families, jobs).map(({ definition }) => definition);

/** The names of the tools something does not hold for. */
export function offenders<T extends Tool>(
  tools: readonly T[],
  holds: (definition: unknown, tool: T) => boolean,
): string[] {
  return tools.flatMap((tool) => {
    const definition = definitions.find(({ name }) => name === tool.name);
    return definition !== undefined && holds(definition, tool) ? [] : [tool.name];
  });
}

/** Every schema inside a JSON Schema with its path, the root first. */
export function schemasIn(schema: unknown, path = "root"): [path: string, schema: unknown][] {
  const below = (key: string): [string, unknown][] => {
    const found = at(schema, key);
    if (typeof found !== "object" || found === null) return [];
    return Object.entries(found).flatMap(([name, inner]) => schemasIn(inner, `${path}.${name}`));
  };
  const items = at(schema, "items");
  return [
    [path, schema],
    ...below("properties"),
    ...below("anyOf"),
    ...below("oneOf"),
    ...below("allOf"),
    ...(items === undefined ? [] : schemasIn(items, `${path}[]`)),
  ];
}

/** Every key at any depth of a JSON value. */
export function keysIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [...(Array.isArray(value) ? [] : [key]), ...keysIn(inner)]);
}

/** The JSON Schema of one argument. */
export function schemaAt({ input }: CatalogueOperation, argument: string): unknown {
  return at(toJsonSchema(input), `properties.${argument}`);
}
