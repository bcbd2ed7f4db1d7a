import { inert } from "./inert.ts";
import type { Operation, Target } from "./operation.ts";
import { Refusal } from "./refusal.ts";
import { asJsonObject } from "./schema.ts";

/**
 * The gate: lets a call pass that needs no consent or carries `confirm: true`; otherwise throws the preview, and nothing
 * is written. `read` fetches the person the call is about and is only called when consent may be missing.
 *
 * Returns the person when the gate had to read them.
 */
export async function gate(
  operation: Operation,
  args: Readonly<Record<string, unknown>>,
  read: () => Promise<Target>,
): Promise<Target | undefined> {
  if (args.confirm === true || consequenceOf(operation, args) === undefined) return undefined;
  const target = await read();
  const consequence = consequenceOf(operation, args, target);
  if (consequence === undefined) return target;
  const { id, login, name, status } = target;
  const warning = warningFor(operation, target);
  throw new Refusal("confirmation_required", `Nothing was done: ${operation.name} needs the person's consent.`, {
    hint: "Show the preview to the person you work for. Only when they agree, call again with confirm: true.",
    preview: {
      action: operation.name,
      consequence,
      ...(operation.undoneBy ? { undoneBy: operation.undoneBy } : {}),
      target: asJsonObject(inert({ id, login, name, status })),
      ...(warning ? { warning } : {}),
    },
  });
}

/** A destructive operation asks whatever its own sentence says. */
function consequenceOf(
  operation: Operation,
  args: Readonly<Record<string, unknown>>,
  target?: Target,
): string | undefined {
  const sentence = operation.confirm?.({ ...args }, target);
  return sentence ?? (operation.effect === "destructive" ? "Access, data or credentials change hands." : undefined);
}

function warningFor({ refusedFrom, uncertainFrom, to }: Operation, { status }: Target): string | undefined {
  if (status === null) return undefined;
  if (refusedFrom?.includes(status)) return `Okta refuses this while the user is ${status}.`;
  const uncertain = uncertainFrom?.includes(status);
  if (status === to) return `The user is ${status} already${uncertain ? "; Okta may refuse this" : ""}.`;
  if (uncertain) return `Okta may refuse this while the user is ${status}.`;
  return undefined;
}
