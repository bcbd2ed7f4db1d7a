import { setTimeout as sleep } from "node:timers/promises";
import type { OktaAnswer, OktaRequest, SendOptions } from "./okta/client.ts";
import { OktaError } from "./okta/error.ts";

/**
 * The pages of a list. A request waits only so long for a rate limit; a walk that was given up for that would begin
 * anew, so it waits on where the call may last that long, and goes on behind the last page.
 */
export async function* patientPages(
  pages: (request: OktaRequest, options: SendOptions) => AsyncIterable<OktaAnswer>,
  request: OktaRequest,
  options: SendOptions,
): AsyncGenerator<OktaAnswer, void, undefined> {
  for (let query = request.query ?? {}; ; ) {
    try {
      for await (const page of pages({ ...request, query }, options)) {
        if (page.next !== undefined) query = { ...query, after: page.next };
        yield page;
      }
      return;
    } catch (error) {
      const until = error instanceof OktaError ? Date.parse(error.failure.retryAt ?? "") : Number.NaN;
      // Without a time to come back, or with no time left then, there is nothing to wait for.
      if (!(until + LEAST_AFTER_A_WAIT_MS < (options.deadline ?? Number.POSITIVE_INFINITY))) throw error;
      await waitUntil(Math.max(until, Date.now() + 1_000), options);
    }
  }
}

/** A wait that leaves less of the call than this is for nothing. */
const LEAST_AFTER_A_WAIT_MS = 5_000;

/** How often a host hears of a wait, in milliseconds. */
const HEARTBEAT_MS = 5_000;

/** Throws OktaError `cancelled` when the host gives up. */
export async function waitUntil(time: number, { signal, onWait }: SendOptions): Promise<void> {
  for (let left = time - Date.now(); left > 0; left = time - Date.now()) {
    if (signal?.aborted) throw new OktaError({ code: "cancelled", summary: "The call was cancelled while it waited." });
    onWait?.(left);
    await sleep(Math.min(left, HEARTBEAT_MS), undefined, signal ? { signal } : {}).catch(() => {});
  }
}
