/** How often a read is sent again after a network error or a 5xx answer. */
export const READ_RETRIES = 2;

/**
 * Pause before attempt number `attempt` (0 = first repeat), in milliseconds: 200, 400, 800... plus up to as much again,
 * so that many callers do not come back at once. `random` gives a number from 0 to 1.
 */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const base = 200 * 2 ** attempt;
  return Math.round(base + base * random());
}
