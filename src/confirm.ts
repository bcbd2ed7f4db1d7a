import type { Consent } from "./journal/entry.ts";
import type { Operation, Target } from "./operation.ts";
import { Refusal } from "./refusal.ts";
import type { JsonObject } from "./schema.ts";

/** Why a call is shown again although it carries consent: that was for something else. */
export interface Stale {
  readonly code: "target_changed" | "confirmation_required";
  readonly summary: string;
}

export interface Asking {
  /** Reads the person the call is about; only called when consent may be missing. */
  read(): Promise<Target>;
  /** Makes the preview, and remembers whom it showed. */
  preview(target: Target, consequence: string): Promise<JsonObject>;
  readonly stale?: Stale | undefined;
}

/** How a call got through. */
export interface Passed {
  readonly consent: Consent;
  /** The person, where they had to be read. */
  readonly asked?: Target;
  /** What was agreed to. */
  readonly consequence?: string;
}

/**
 * The gate: lets a call pass that needs no consent or carries `confirm: true`; otherwise throws the preview, and nothing
 * is written.
 */
export async function gate(
  operation: Operation,
  args: Readonly<Record<string, unknown>>,
  { read, preview, stale }: Asking,
): Promise<Passed> {
  const sentence = consequenceOf(operation, args);
  const changed = stale?.code === "target_changed";
  if (sentence === undefined && !changed) return { consent: "none" };
  if (sentence !== undefined && args.confirm === true && stale === undefined)
    return { consent: "argument", consequence: sentence };
  const target = await read();
  const consequence = consequenceOf(operation, args, target) ?? (changed ? "It would change this person." : undefined);
  if (consequence === undefined) return { consent: "none", asked: target };
  const { code, summary } = stale ?? {
    code: "confirmation_required" as const,
    summary: `${operation.name} needs the person's consent.`,
  };
  throw new Refusal(code, `Nothing was done: ${summary}`, {
    hint: "Show the preview to the person you work for. Only when they agree, call again with confirm: true.",
    preview: await preview(target, consequence),
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
