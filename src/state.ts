import type { Okta, SendOptions } from "./okta/client.ts";
import { OktaError } from "./okta/error.ts";
import type { Operation } from "./operation.ts";
import type { JsonObject } from "./schema.ts";
import { answerOrGone, lookFor } from "./verify.ts";

export interface StateSettings {
  readonly okta: Pick<Okta, "send" | "now">;
  /** The operation with this name. */
  operation(name: string): Operation | undefined;
}

/**
 * How stands what a call changes, as its `undo` looks at it; empty where only attributes of the person tell, undefined
 * where nobody can. Throws what the reads throw.
 */
export async function stateNow(
  { undo }: Operation,
  args: Readonly<Record<string, unknown>>,
  { okta, operation }: StateSettings,
  options: SendOptions,
): Promise<JsonObject | undefined> {
  if (undo?.state === undefined) return {};
  return undo.state(async (tool, where) => {
    const read = operation(tool);
    if (read === undefined) throw new TypeError(`${tool} is not in the catalogue`);
    const answer = await answerOrGone(okta, lookFor(read, where), options);
    if (answer?.next !== undefined)
      throw new OktaError({ code: "bad_response", summary: `${tool} has more than one page.` });
    return answer?.body;
  }, args);
}
