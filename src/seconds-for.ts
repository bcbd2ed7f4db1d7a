import type { Okta } from "./okta/client.ts";
import type { Operation } from "./operation.ts";

/** What Okta allows a minute where no answer has told yet: its table of rate limits has 600 for most of these. */
const USUAL_LIMIT = 600;
const WINDOW_S = 60;

/** What is done in a second with several under way. */
const CALLS_A_SECOND = 20;

/** How long so many calls take at the least, in seconds: by the rate limits less what is left to others. */
export function secondsFor(
  okta: Pick<Okta, "limitFor">,
  calls: readonly (readonly [operation: Operation, times: number])[],
  reservePercent: number,
): number {
  const waits = calls.map(([operation, times]) => {
    const aWindow = Math.max(1, Math.floor(((okta.limitFor(operation) ?? USUAL_LIMIT) * (100 - reservePercent)) / 100));
    return Math.max(0, Math.ceil(times / aWindow) - 1) * WINDOW_S;
  });
  const all = calls.reduce((sum, [, times]) => sum + times, 0);
  return Math.ceil(Math.max(0, ...waits) + all / CALLS_A_SECOND);
}
