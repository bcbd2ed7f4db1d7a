import { explain } from "./explain.ts";
import { OktaError, UnsendableError } from "./okta/error.ts";
import type { Tool } from "./operation.ts";
import { Recorded } from "./recorded.ts";
import { Refusal } from "./refusal.ts";
import type { JsonObject } from "./schema.ts";

/** What a call came to: one JSON object, and whether it is a failure. */
export interface Outcome {
  readonly failed: boolean;
  readonly reply: JsonObject;
}

export interface OutcomeSettings {
  /** The family of a tool. */
  family(name: string): string;
  onDefect(error: unknown): void;
}

/** What an act of a tool came to; what it throws is explained. Never throws. */
export async function outcomeOf(
  tool: Tool,
  settings: OutcomeSettings,
  act: () => Promise<JsonObject>,
): Promise<Outcome> {
  try {
    return { failed: false, reply: await act() };
  } catch (error) {
    if (!isForeseen(error)) settings.onDefect(error);
    return { failed: true, reply: explain(error, tool, settings.family(tool.name)) };
  }
}

function isForeseen(error: unknown): boolean {
  return (
    error instanceof Refusal ||
    error instanceof Recorded ||
    error instanceof OktaError ||
    error instanceof UnsendableError
  );
}
