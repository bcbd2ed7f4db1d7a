import { gate, type Stale } from "./confirm.ts";
import type { Consent } from "./journal/entry.ts";
import type { SendOptions } from "./okta/client.ts";
import { OktaError } from "./okta/error.ts";
import type { Operation, Target } from "./operation.ts";
import { newcomer, readPerson } from "./person.ts";
import { type AskPerson, requireApproval } from "./person-approval.ts";
import { type PreviewSettings, previewOf } from "./preview.ts";
import type { Protection } from "./protection.ts";
import { Refusal } from "./refusal.ts";
import type { JsonObject } from "./schema.ts";
import type { Session } from "./session.ts";
import { type WriteSettings, write } from "./write.ts";

/** How consent is come by, beside the `confirm` argument. */
export interface Consenting {
  /** Asks the person at the host. */
  readonly ask?: AskPerson | undefined;
  /** Was given to the whole that this call is a step of. */
  readonly agreed?: Consent | undefined;
  /** Makes the call need consent even where the operation does not: the consequence, as a constant sentence. */
  readonly consequence?: string | undefined;
  /** Stands for the `confirm` argument. */
  readonly confirm?: boolean | undefined;
}

export interface ChangeSettings extends WriteSettings, PreviewSettings {
  readonly protection: Protection;
  readonly session: Session;
  /** Whether a person must approve as well (OKTA_CONFIRM=human). */
  readonly personMustApprove: boolean;
}

/** A call that changes something, checked as far as that goes without Okta. */
export interface Change {
  readonly operation: Operation;
  readonly given: Readonly<Record<string, unknown>>;
  /** The people that were looked up, by argument. */
  readonly known: Map<string, Target>;
  readonly consenting: Consenting;
}

/**
 * Everything between a call's arguments and its request: protection, gate, a person's approval. Calls that end the same
 * account wait for each other, since the second may erase whom the first deactivated. Throws what ended it.
 */
export function change(it: Change, settings: ChangeSettings, options: SendOptions): Promise<JsonObject> {
  const begun = performance.now();
  const id = it.known.get("userId")?.id ?? it.given.userId;
  const act = (): Promise<JsonObject> => changeNow(it, settings, options, begun);
  return ends(it.operation) && typeof id === "string" ? settings.session.alone(id, act) : act();
}

async function changeNow(
  it: Change,
  settings: ChangeSettings,
  options: SendOptions,
  begun: number,
): Promise<JsonObject> {
  const { operation, given, known } = it;
  const { okta, protection, recorder, session } = settings;
  const id = known.get("userId")?.id ?? nameGiven(given);
  await protection.check(operation.name, id, options);
  const read = async (): Promise<Target> => {
    const person =
      known.get("userId") ??
      (given.userId === undefined ? newcomer(given.profile) : await readPerson(okta, String(given.userId), options));
    known.set("userId", person);
    return person;
  };
  const consent = await consentTo(it, id, read, settings, options, begun);
  // The journal says whom a change was about and how they were before.
  if (recorder) await read();
  try {
    const person = known.get("userId");
    const reply = await write({ operation, args: withIds(given, known), person, consent }, settings, options);
    if (ends(operation) && id !== undefined) session.deactivated(id);
    return reply;
  } catch (error) {
    const unknown = !(error instanceof OktaError) || error.failure.code === "outcome_unknown";
    if (ends(operation) && id !== undefined && unknown && !(error instanceof Refusal)) session.deactivated(id);
    throw error;
  }
}

/** Whether a call deactivates, or erases whom another one did. */
function ends({ erases, to }: Operation): boolean {
  return erases === true || to === "DEPROVISIONED";
}

/** The gate, and the person at the host where that is configured. */
async function consentTo(
  { operation, given, consenting }: Change,
  id: string | undefined,
  read: () => Promise<Target>,
  settings: ChangeSettings,
  options: SendOptions,
  begun: number,
): Promise<Consent> {
  const { ask, agreed, consequence: always, confirm = given.confirm === true } = consenting;
  const { session } = settings;
  if (agreed !== undefined) return agreed;
  const named = nameGiven(given);
  const preview = async (person: Target, consequence: string): Promise<JsonObject> => {
    const whole = await previewOf(operation, given, person, consequence, settings, options);
    if (named !== undefined && person.id !== null) session.showed(named, person.id);
    if (operation.erases && person.id !== null) session.showedErasing(person.id);
    return whole;
  };
  const { consent, consequence } = await gate(operation, given, {
    read,
    preview,
    confirm,
    always,
    stale: stale(operation, named, id, session, begun),
  });
  if (!settings.personMustApprove || consequence === undefined) return consent;
  const shown = await preview(await read(), consequence);
  await requireApproval(ask, operation.name, shown, options);
  return "elicited";
}

/** The person as the caller named them. */
function nameGiven({ userId }: Readonly<Record<string, unknown>>): string | undefined {
  return userId === undefined ? undefined : String(userId);
}

/** Whether consent was given for something else than what would happen now. */
function stale(
  { erases }: Operation,
  named: string | undefined,
  id: string | undefined,
  session: Session,
  begun: number,
): Stale | undefined {
  if (named === undefined || id === undefined) return undefined;
  const shown = session.shown(named);
  if (shown !== undefined && shown !== id)
    return { code: "target_changed", summary: "the name given now stands for somebody else than the preview showed." };
  if (erases && session.mustShow(id, begun))
    return {
      code: "confirmation_required",
      summary:
        "this connection has deactivated, or may have deactivated, this person; what follows would be another step.",
    };
  return undefined;
}

/** The arguments, with the ids of the people that were looked up. */
export function withIds(
  given: Readonly<Record<string, unknown>>,
  known: ReadonlyMap<string, Target>,
): Record<string, unknown> {
  return { ...given, ...Object.fromEntries([...known].flatMap(([name, { id }]) => (id ? [[name, id]] : []))) };
}
