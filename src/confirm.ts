import { changesOf } from "./changes.ts";
import type { Consent } from "./journal/entry.ts";
import type { Operation, Target } from "./operation.ts";
import { Refusal } from "./refusal.ts";
import type { JsonObject } from "./schema.ts";

/** Why a call is shown again although it carries consent: that was for something else. */
export interface Stale {
  readonly code: "target_changed" | "state_changed" | "confirmation_required";
  readonly summary: string;
}

export interface Asking {
  /** Reads the person the call is about; only called when consent may be missing. */
  read(): Promise<Target>;
  /** Makes the preview, and remembers whom it showed. */
  preview(target: Target, consequence: string): Promise<JsonObject>;
  readonly stale?: Stale | undefined;
  /** Whether the caller says that the person agreed. */
  readonly confirm: boolean;
  /** The consequence of a call that needs consent although its operation would not ask. */
  readonly always?: string | undefined;
  /** What the call is called where it is not its operation's own tool that was called. */
  readonly called?: string | undefined;
}

/** How a call got through. */
export interface Passed {
  readonly consent: Consent;
  /** What was agreed to. */
  readonly consequence?: string;
}

/**
 * The gate: lets a call pass that needs no consent or has it; otherwise throws the preview, and nothing
 * is written. So does a call that asks for no more than the preview.
 */
export async function gate(
  operation: Operation,
  args: Readonly<Record<string, unknown>>,
  { read, preview, stale, confirm, always, called = operation.name }: Asking,
): Promise<Passed> {
  const sentence = consequenceOf(operation, args) ?? always;
  const onlyShown = args.preview === true;
  const mustShow = onlyShown || stale?.code === "target_changed";
  if (sentence === undefined && !mustShow) return { consent: "none" };
  if (sentence !== undefined && confirm && stale === undefined && !onlyShown)
    return { consent: "argument", consequence: sentence };
  const target = await read();
  const needed = consequenceOf(operation, args, target) ?? always;
  const consequence = needed ?? (mustShow ? otherwise(operation, args, target) : undefined);
  if (consequence === undefined) return { consent: "none" };
  const { code, summary } = stale ?? {
    code: "confirmation_required" as const,
    summary: onlyShown ? "only a preview was asked for." : `${called} needs the person's consent.`,
  };
  const again = [onlyShown ? "without preview" : "", needed === undefined ? "" : "with confirm: true"];
  const how = [called === operation.name ? "again" : `${called} again`, ...again.filter((part) => part !== "")];
  throw new Refusal(code, `Nothing was done: ${summary}`, {
    hint: `Show the preview to the person you work for. Only when they agree, call ${how.join(" ")}.`,
    preview: await preview(target, consequence),
  });
}

/** What a call that needs no consent would do. */
function otherwise(operation: Operation, args: Readonly<Record<string, unknown>>, target: Target): string {
  const nothing = operation.changes !== undefined && Object.keys(changesOf(operation, args, target)).length === 0;
  return nothing ? "No attribute would change." : "It would change this person.";
}

/** What needs consent, as a sentence; a destructive operation asks whatever its own sentence says. */
export function consequenceOf(
  operation: Operation,
  args: Readonly<Record<string, unknown>>,
  target?: Target,
): string | undefined {
  const sentence = operation.confirm?.({ ...args }, target);
  return sentence ?? (operation.effect === "destructive" ? "Access, data or credentials change hands." : undefined);
}
