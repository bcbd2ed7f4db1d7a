import { type AnswerHeaders, headerOf } from "./header.ts";
import { backoff } from "./retry.ts";

/**
 * How long to stay away after a 429, in milliseconds. Okta says when the bucket is full again in `X-Rate-Limit-Reset`
 * (UTC epoch seconds); it is compared with the answer's own `Date`, so a wrong local clock does no harm (documented).
 * A concurrency limit shows itself by `X-Rate-Limit-Limit: 0`; its reset is only a hint, so we come back soon.
 */
export function waitAfter429(headers: AnswerHeaders, attempt: number, random?: () => number): number {
  const reset = Number(headerOf(headers, "x-rate-limit-reset"));
  const date = Date.parse(headerOf(headers, "date") ?? "");
  const concurrency = headerOf(headers, "x-rate-limit-limit") === "0";
  const pause = backoff(attempt + 1, random);
  if (concurrency || !(reset > 0 && reset < 1e11) || Number.isNaN(date)) return pause;
  // Both are whole seconds; what is cut off `Date` makes the difference at least as long as the real one.
  return Math.max(reset * 1000 - date, 0) + Math.min(pause, 250);
}
