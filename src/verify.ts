import type { Okta, OktaAnswer, OktaRequest, SendOptions } from "./okta/client.ts";
import { OktaError } from "./okta/error.ts";
import type { Operation, Shown, UserStatus } from "./operation.ts";
import { buildRequest } from "./request.ts";
import { isJsonObject } from "./schema.ts";

/** Okta's largest page (OpenAPI 2026.06.3): the fewer pages, the more often one read shows all. */
const LARGEST_PAGE = 200;

export interface Eyes {
  readonly okta: Pick<Okta, "send" | "now">;
  /** The operation with this name. */
  operation(name: string): Operation | undefined;
  readonly lately: Lately;
}

/**
 * Whom this server changed lately: Okta's times have whole seconds, so what was done a moment before would look like the
 * work of the call whose answer was lost.
 */
export interface Lately {
  /** Remembers a change that is done. */
  changed(who: string): void;
  /** Whether one ended so shortly before `begun` (by `performance.now()`) that a time of Okta's cannot tell them apart. */
  within(who: string, begun: number): boolean;
}

/** More than a second, and what the org's clock may be uncertain by. */
const APART_MS = 3_000;

export function rememberLately(): Lately {
  const ended = new Map<string, number>();
  return {
    changed: (who) => {
      const now = performance.now();
      for (const [other, when] of ended) if (now - when > 60_000) ended.delete(other);
      ended.set(who, now);
    },
    within: (who, begun) => begun - (ended.get(who) ?? Number.NEGATIVE_INFINITY) < APART_MS,
  };
}

/** Whom a call is about, for that. */
export function whomOf({ userId, profile }: Readonly<Record<string, unknown>>): string {
  return String(userId ?? (isJsonObject(profile) ? profile.login : undefined) ?? "");
}

/** When a write was sent: not before `begun` by `performance.now()`, and `sentAt` by what was known of the org's clock. */
export interface Sending {
  readonly begun: number;
  readonly sentAt: number | undefined;
  /** The person's status before, where it was read. */
  readonly was?: UserStatus | undefined;
}

/**
 * Reads once to see whether a write whose answer was lost was done.
 * Undefined when the read does not prove it: that is no proof of the contrary, since the write may still be running.
 *
 * Throws what the read throws.
 */
export async function verify(
  { proof, seenWith = "get_user" }: Operation,
  args: Readonly<Record<string, unknown>>,
  { okta, operation, lately }: Eyes,
  { begun, sentAt = 0, was }: Sending,
  options: SendOptions,
): Promise<Shown | undefined> {
  if (proof === undefined || seenWith === null || lately.within(whomOf(args), begun)) return undefined;
  const read = operation(seenWith);
  const renamed = proof.arguments ? proof.arguments(args) : {};
  if (read === undefined || renamed === undefined) return undefined;
  const answer = await answerOrGone(okta, lookFor(read, { ...args, ...renamed }), options);
  // A process that has just started knows the org's clock from this answer alone. The later moment proves more.
  const moment = Math.max(sentAt, okta.now() - (performance.now() - begun));
  const look = {
    was,
    gone: answer === undefined,
    body: answer?.body,
    more: answer?.next !== undefined,
    since: (time: unknown) => isSince(time, moment),
    after: (time: unknown) => isAfter(time, moment),
  };
  return proof.shows(look, args);
}

/** The read with those arguments of the write that say where to look; what else they share may mean something else. */
export function lookFor(read: Operation, args: Readonly<Record<string, unknown>>): OktaRequest {
  const where = Object.fromEntries(Object.keys(read.path).map((name) => [name, args[name]]));
  return buildRequest(read, "limit" in read.query ? { ...where, limit: LARGEST_PAGE } : where);
}

/** Whether a time of Okta's, which has whole seconds, is not before the second of `moment` (epoch milliseconds). */
export function isSince(time: unknown, moment: number): boolean {
  return typeof time === "string" && Date.parse(time) >= Math.floor(moment / 1000) * 1000;
}

/** How far the org's clock may be ahead of what is known of it: its `Date` has whole seconds and takes time to come. */
const UNSURE_MS = 2_000;

/** Whether a time of Okta's is after `moment` however little is known of the org's clock. */
export function isAfter(time: unknown, moment: number): boolean {
  return typeof time === "string" && Date.parse(time) > moment + UNSURE_MS;
}

/** The answer, or undefined when Okta says that there is no such thing. */
export async function answerOrGone(
  okta: Eyes["okta"],
  request: OktaRequest,
  options: SendOptions,
): Promise<OktaAnswer | undefined> {
  try {
    return await okta.send(request, options);
  } catch (error) {
    if (error instanceof OktaError && error.failure.code === "E0000007" && error.failure.status === 404)
      return undefined;
    throw error;
  }
}
