import type { ExportFolder } from "./export-files.ts";
import type { Consent } from "./journal/entry.ts";
import type { OktaAnswer } from "./okta/client.ts";
import type { Effect, Operation, Past, Scope, Shape, Target, Tool } from "./operation.ts";
import type { Outcome } from "./outcome.ts";
import { type JsonObject, z } from "./schema.ts";

export type { ExportFile, ExportFolder } from "./export-files.ts";
export { inertText } from "./inert.ts";
export type { Consent } from "./journal/entry.ts";
export { nearest } from "./nearest.ts";
export { OktaError } from "./okta/error.ts";
export { type Outcome, outcomeOf } from "./outcome.ts";
export { nameOf } from "./person.ts";
export { Refusal } from "./refusal.ts";
export { LONGEST_REPLY } from "./shape.ts";

/** What a job does in Okta: what the catalogue's tools do, and only while they are on. */
export interface JobOkta {
  /** Okta's whole answer to a read. Throws a Refusal when its tool is off, else what Okta says. */
  read(operation: Operation, args: Readonly<Record<string, unknown>>): Promise<OktaAnswer>;
  /**
   * The pages of a list, one after the other; the next is fetched while the caller works on one. A rate limit is waited
   * for as long as the call may last. Throws as `read`.
   */
  pages(operation: Operation, args: Readonly<Record<string, unknown>>): AsyncIterable<OktaAnswer>;
  /** Carries out a call of a tool, from its arguments to its reply; nothing is left out but what `consented` says. */
  act(operation: Operation, args: Readonly<Record<string, unknown>>, consented?: Consented): Promise<Outcome>;
  /** Reads a person by id, login or short name. Throws what Okta says. */
  person(userId: string): Promise<Target>;
}

/** How consent is come by for a step of a job. */
export interface Consented {
  /** It was given to the whole job; the step asks no more. */
  readonly agreed?: Consent;
  /** The step asks even where its operation would not: the consequence, as a constant sentence. */
  readonly consequence?: string;
  /** Whether the job's own `confirm` says yes to the step; without it the step's argument does. */
  readonly confirm?: boolean;
}

/** A change that the journal holds. */
export interface PastChange extends Past {
  readonly operation: Operation;
}

/** What the journal knows of the changes that were made. */
export interface PastChanges {
  /** A change of this org and account that was done. Throws a Refusal when there is none, or the journal is not whole. */
  find(changeId: string): Promise<PastChange>;
}

/** What a job needs to know beside its arguments. */
export interface JobContext {
  /** Ends when the host gives up. */
  readonly signal: AbortSignal;
  /** When the call must have ended, by `Date.now()`; never where the host follows progress. */
  readonly deadline: number;
  /** The org's time in epoch milliseconds. */
  now(): number;
  /** Tells the host how far the job is; goes nowhere when the host did not ask. */
  progress(message: string, done?: number, total?: number): void;
  /** The operation with this name. */
  operation(name: string): Operation | undefined;
  /** How stands what a call of the operation changes: the named attributes, and what its `undo` looks at. */
  stateNow(
    operation: Operation,
    args: Readonly<Record<string, unknown>>,
    attributes: readonly string[],
  ): Promise<JsonObject | undefined>;
  /** Undefined where no journal is kept. */
  readonly past: PastChanges | undefined;
  /** Where exports go; undefined where no folder is set. */
  readonly exports: ExportFolder | undefined;
  /**
   * The gate of a whole job: throws `confirmation_required` with the preview unless `confirm` is true, and asks the
   * person at the host where that is configured. Gives the consent its steps are carried out with.
   */
  consent(confirm: boolean | undefined, preview: () => Promise<JsonObject>): Promise<Consent>;
}

/** A setting without which a tool does not exist. */
export type Needed = "OKTA_AUDIT_LOG" | "OKTA_EXPORT_DIR";

/** A tool that does more than one operation. */
export interface Job extends Tool {
  readonly needs?: Needed;
  run(okta: JobOkta, args: Record<string, unknown>, context: JobContext): Promise<Outcome>;
}

interface Definition<S extends Shape> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly scope: Scope;
  readonly effect: Effect;
  readonly idempotent?: true;
  readonly irreversible?: true;
  readonly sendsEmail?: true;
  readonly needs?: Needed;
  readonly arguments: S;
  check?(args: Given<S>): ReturnType<NonNullable<Tool["check"]>>;
  run(okta: JobOkta, args: Given<S>, context: JobContext): Promise<Outcome>;
}

type Given<S extends Shape> = z.infer<z.ZodObject<S>>;

interface Parts extends Omit<Job, "input"> {
  readonly arguments: Readonly<Shape>;
}

/** Turns the data and the one function of a job into a tool. */
export function job<S extends Shape>(definition: Definition<S>): Job;
export function job({ arguments: given, ...facts }: Parts): Job {
  return { seenWith: null, ...facts, input: z.object({ ...given }).strict() };
}

/** A reply that is no failure. */
export function done(reply: JsonObject): Outcome {
  return { failed: false, reply };
}
