import { type AnswerHeaders, headerOf } from "./header.ts";
import { backoff } from "./retry.ts";

/** Whether a 429 is for too many requests at once, not too many in all: its reset is no bucket's (documented). */
export function isTooManyAtOnce(headers: AnswerHeaders): boolean {
  return headerOf(headers, "x-rate-limit-limit") === "0";
}

/**
 * How long to stay away after a 429, in milliseconds. Okta says when the bucket is full again in `X-Rate-Limit-Reset`
 * (UTC epoch seconds); it is compared with the answer's own `Date`, so a wrong local clock does no harm (documented).
 * For too many at once its reset is only a hint, so we come back soon.
 */
export function waitAfter429(headers: AnswerHeaders, attempt: number, random?: () => number): number {
  const reset = Number(headerOf(headers, "x-rate-limit-reset"));
  const date = Date.parse(headerOf(headers, "date") ?? "");
  const pause = backoff(attempt + 1, random);
  if (isTooManyAtOnce(headers) || !(reset > 0 && reset < 1e11) || Number.isNaN(date)) return pause;
  // Both are whole seconds; what is cut off `Date` makes the difference at least as long as the real one.
  return Math.max(reset * 1000 - date, 0) + Math.min(pause, 250);
}
