import { changesOf } from "./changes.ts";
import { consequenceOf, gate, type Stale } from "./confirm.ts";
import type { Consent } from "./journal/entry.ts";
import type { SendOptions } from "./okta/client.ts";
import { OktaError } from "./okta/error.ts";
import type { Operation, Target, UserStatus } from "./operation.ts";
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
  /** The status the person had when that was given: a call that may end their account is not made in another. */
  readonly was?: UserStatus | undefined;
  /** Makes the call need consent even where the operation does not: the consequence, as a constant sentence. */
  readonly consequence?: string | undefined;
  /** Stands for the `confirm` argument. */
  readonly confirm?: boolean | undefined;
  /** The tool that was called, where it is another than the operation's. */
  readonly called?: string | undefined;
  /** The earlier change that this one takes back: `changeId` and what a person should know of it. */
  readonly undoes?: (JsonObject & { readonly changeId: string }) | undefined;
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
  return ends(it.operation) && typeof id === "string" ? settings.session.alone(id, options, act) : act();
}

async function changeNow(
  it: Change,
  settings: ChangeSettings,
  options: SendOptions,
  begun: number,
): Promise<JsonObject> {
  const { operation, given, known } = it;
  const { okta, protection, recorder, session } = settings;
  const named = known.get("userId")?.id ?? nameGiven(given);
  await protection.check(operation.name, named, options);
  /** The person as they are; `anew` where they may have changed since they were read. */
  const read = async (anew = false): Promise<Target> => {
    const kept = anew ? undefined : known.get("userId");
    const who = known.get("userId")?.id ?? nameGiven(given);
    const person = kept ?? (who === undefined ? newcomer(given.profile) : await readPerson(okta, who, options));
    known.set("userId", person);
    return person;
  };
  const consent = await consentTo(it, named, read, settings, options, begun);
  // The journal says whom a change was about and how they were before.
  if (recorder) await read();
  const id = known.get("userId")?.id ?? named;
  // What looked like an id was a short name.
  if (id !== named) await protection.check(operation.name, id, options);
  const mayEnd = ends(operation) && id !== undefined;
  try {
    const person = known.get("userId");
    const undoes = it.consenting.undoes?.changeId;
    const reply = await write({ operation, args: withIds(given, known), person, consent, undoes }, settings, options);
    if (mayEnd) session.deactivated(id);
    return reply;
  } catch (error) {
    if (mayEnd && !wasRefused(error)) session.deactivated(id);
    throw error;
  }
}

/** Whether it is sure that nothing was done. */
function wasRefused(error: unknown): boolean {
  return error instanceof Refusal || (error instanceof OktaError && error.failure.code !== "outcome_unknown");
}

/** Whether a call deactivates, or erases whom another one did. */
function ends({ erases, to }: Operation): boolean {
  return erases === true || to === "DEPROVISIONED";
}

/** The gate, and the person at the host where that is configured. */
async function consentTo(
  { operation, given, consenting }: Change,
  id: string | undefined,
  read: (anew?: boolean) => Promise<Target>,
  settings: ChangeSettings,
  options: SendOptions,
  begun: number,
): Promise<Consent> {
  const { ask, agreed, was, consequence: always, called, undoes, confirm = given.confirm === true } = consenting;
  const { session } = settings;
  if (agreed !== undefined) {
    if (was !== undefined && ends(operation) && (await read(true)).status !== was) throw changedSince();
    return agreed;
  }
  const name = nameGiven(given);
  const preview = async (person: Target, consequence: string): Promise<JsonObject> => {
    const whole = await previewOf(operation, given, person, consequence, settings, options);
    if (name !== undefined && person.id !== null) session.showed(name, person.id);
    if (operation.erases && person.id !== null) session.showedEnding(person.id, person.status);
    return { ...whole, ...(undoes ? { undoes } : {}) };
  };
  const stale =
    renamed(name, id, session) ?? (operation.erases && confirm ? await ended(id, read, session, begun) : undefined);
  const { consent, consequence } = await gate(operation, given, { read, preview, confirm, always, called, stale });
  if (!settings.personMustApprove || consequence === undefined) return consent;
  const person = await read();
  const sentence = consequenceOf(operation, given, person) ?? always;
  if (sentence === undefined) return "none";
  await requireApproval(ask, operation.name, await preview(person, sentence), options);
  const now = person.id === null ? person : await read(true);
  if (same(operation, given, person, now)) return "elicited";
  throw changedSince();
}

function changedSince(): Refusal {
  return new Refusal("state_changed", "Nothing was done: this person has changed since they were shown.", {
    hint: "Call again, so that they are shown as they are now.",
  });
}

/** Whether what was shown of somebody is still so. */
function same(operation: Operation, given: Readonly<Record<string, unknown>>, shown: Target, now: Target): boolean {
  const essence = (person: Target): string =>
    JSON.stringify([person.id, person.login, person.status, changesOf(operation, given, person)]);
  return essence(shown) === essence(now);
}

/** The person as the caller named them. */
function nameGiven({ userId }: Readonly<Record<string, unknown>>): string | undefined {
  return userId === undefined ? undefined : String(userId);
}

/** Whether the name given was shown to be somebody else's. */
function renamed(name: string | undefined, id: string | undefined, session: Session): Stale | undefined {
  const shown = name === undefined ? undefined : session.shown(name);
  if (shown === undefined || shown === id) return undefined;
  return { code: "target_changed", summary: "the name given now stands for somebody else than the preview showed." };
}

/** Whether the next step towards the end of an account is another than was shown. */
async function ended(
  id: string | undefined,
  read: (anew?: boolean) => Promise<Target>,
  session: Session,
  begun: number,
): Promise<Stale | undefined> {
  const ending = id === undefined ? undefined : session.ending(id, begun);
  if (ending === undefined || (await read(true)).status === ending.shown) return undefined;
  return {
    code: "confirmation_required",
    summary:
      ending.shown === undefined
        ? "this connection has deactivated, or may have deactivated, this person; what follows would be another step."
        : "this person's status is not the one that was shown; what follows would be another step.",
  };
}

/** The arguments, with the ids of the people that were looked up. */
export function withIds(
  given: Readonly<Record<string, unknown>>,
  known: ReadonlyMap<string, Target>,
): Record<string, unknown> {
  return { ...given, ...Object.fromEntries([...known].flatMap(([name, { id }]) => (id ? [[name, id]] : []))) };
}
