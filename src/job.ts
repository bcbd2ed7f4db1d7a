import type { ExportFolder } from "./export-files.ts";
import type { Consent } from "./journal/entry.ts";
import type { OktaAnswer } from "./okta/client.ts";
import type {
  Complaint,
  Effect,
  Operation,
  Past,
  Shape,
  Shown,
  Target,
  Tool,
  ToolFacts,
  UserStatus,
} from "./operation.ts";
import type { Outcome } from "./outcome.ts";
import type { Refusal } from "./refusal.ts";
import { type JsonObject, z } from "./schema.ts";

export type { ExportFile, ExportFolder } from "./export-files.ts";
export { firstFitting } from "./first-fitting.ts";
export { inert, inertText } from "./inert.ts";
export type { Consent } from "./journal/entry.ts";
export { nearest } from "./nearest.ts";
export { OktaError } from "./okta/error.ts";
export { orUndefined } from "./or-undefined.ts";
export type { Outcome } from "./outcome.ts";
export { nameOf, statusOf } from "./person.ts";
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
  /** The status the person had when it was given, where the step may end their account: in another it is not done. */
  readonly was?: UserStatus | undefined;
  /** The step asks even where its operation would not: the consequence, as a constant sentence. */
  readonly consequence?: string;
  /** Whether the job's own `confirm` says yes to the step; without it the step's argument does. */
  readonly confirm?: boolean;
  /** The tool that is to be called again with consent. */
  readonly called?: string;
  /** The earlier change that the step takes back. */
  readonly undoes?: JsonObject & { readonly changeId: string };
}

/** A change that the journal holds. */
export interface PastChange extends Past {
  readonly operation: Operation;
  /** When it was asked for, ISO 8601. */
  readonly time: string;
}

/** What the journal knows of the changes that were made. */
export interface PastChanges {
  /** A change of this org and account that was done. Throws a Refusal when there is none, or the journal is not whole. */
  find(changeId: string): Promise<PastChange>;
}

/** A plan that outlives the call that made it. */
export interface Kept {
  readonly plan: JsonObject;
  /** What was noted of its run, in order. */
  readonly notes: readonly JsonObject[];
  readonly expiresAt: string;
}

/** A plan that is being carried out, by nobody else at the same time. */
export interface Run extends Kept {
  /** Notes something for whoever goes on after this process; on the disk when it is done. */
  note(note: JsonObject): Promise<void>;
  /** The same before something goes out. Throws `state_changed` when another process has taken over meanwhile. */
  noteSending(note: JsonObject): Promise<void>;
}

/** The plans of a job, of this org and account. The methods throw a Refusal: `plan_expired`, `plan_changed`. */
export interface Runs {
  create(plan: JsonObject): Promise<{ readonly id: string; readonly expiresAt: string }>;
  read(id: string): Promise<Kept>;
  /** Throws `state_changed` while it is carried out elsewhere. */
  run<T>(id: string, act: (run: Run) => Promise<T>): Promise<T>;
}

/** A write that went out in an earlier call. */
export interface SentBefore {
  /** By `Date.now()`, not later than it went out. */
  readonly at: number;
  /** The person's status before. */
  readonly was: UserStatus | undefined;
}

/** What a job needs to know beside its arguments. */
export interface JobContext {
  /** Ends when the host gives up. */
  readonly signal: AbortSignal;
  /** When the call must have ended, by `Date.now()`; never where the host follows progress. */
  readonly deadline: number;
  /** What an act came to; what it throws is explained as a failure of the job. Never throws. */
  attempt(act: () => Promise<JsonObject>): Promise<Outcome>;
  /** The org's time in epoch milliseconds. */
  now(): number;
  /** Waits until a time by `Date.now()`, telling the host. Throws OktaError `cancelled` when it gives up. */
  waitUntil(time: number): Promise<void>;
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
  /** Why a tool is switched off; undefined when it is on. */
  disabled(tool: string): Refusal | undefined;
  /** Throws a Refusal that names each argument the operation does not take. */
  check(operation: Operation, args: Readonly<Record<string, unknown>>): void;
  /** Throws a Refusal when the person must not be touched. */
  protect(tool: string, userId: string): Promise<void>;
  /** Whether people in this group must not be touched. */
  isProtectedGroup(groupId: string): Promise<boolean>;
  /** Looks whether a write whose outcome nobody took down was done; undefined when that cannot be told. */
  seeDone(operation: Operation, args: Readonly<Record<string, unknown>>, sent: SentBefore): Promise<Shown | undefined>;
  /** How long so many calls of operations take at the least by what is known of the rate limits, in seconds. */
  secondsFor(calls: readonly (readonly [operation: Operation, times: number])[]): number;
  readonly runs: Runs;
  /** Most people in one plan. */
  readonly bulkMax: number;
  /** Undefined where no journal is kept. */
  readonly past: PastChanges | undefined;
  /** Where exports go; undefined where no folder is set. */
  readonly exports: ExportFolder | undefined;
  /**
   * The gate of a whole job: throws `confirmation_required` with the preview unless `confirm` is true, and asks the
   * person at the host where that is configured. Gives the consent its steps are carried out with. `again` says how the
   * call with consent must be.
   */
  consent(confirm: boolean | undefined, preview: () => Promise<JsonObject>, again?: string): Promise<Consent>;
}

/** A setting without which a tool does not exist. */
export type Needed = "OKTA_AUDIT_LOG" | "OKTA_EXPORT_DIR";

/** What is written down of a job beside what every tool has. */
interface JobFacts {
  readonly needs?: Needed;
  /** Takes back what the journal holds of another call. */
  readonly undoes?: true;
}

/** A tool that does more than one operation. */
export interface Job extends Tool, JobFacts {
  run(okta: JobOkta, args: Record<string, unknown>, context: JobContext): Promise<Outcome>;
}

interface Definition<S extends Shape> extends ToolFacts, JobFacts {
  readonly effect: Effect;
  readonly arguments: S;
  check?(args: Given<S>): Complaint | undefined;
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
