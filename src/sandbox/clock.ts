/**
 * The clock of the sandbox: the computer's own, moved ahead by `POST /sandbox/clock`. Every time in the org comes from
 * here. A process has one clock, so sandboxes that share a process also share what it was moved by.
 */
let aheadMs = 0;

/** The present in epoch milliseconds, for what is measured: rate-limit windows, expiry, the Date header. */
export function exactNow(): number {
  return Date.now() + aheadMs;
}

/** The present in epoch milliseconds, whole seconds only: Okta's milliseconds are always 000 (behaviour: recorded). */
export function now(): number {
  return Math.floor(exactNow() / 1000) * 1000;
}

/** Moves the clock ahead, on top of what it was moved before. */
export function advanceClock(seconds: number): void {
  aheadMs += seconds * 1000;
}

/** By how many seconds the clock is ahead of the computer's. */
export function clockAhead(): number {
  return aheadMs / 1000;
}

/** Back to the computer's time. */
export function resetClock(): void {
  aheadMs = 0;
}

/** Epoch milliseconds as `2026-01-31T09:30:00.000Z`; null stays null. */
export function iso(time: number): string;
export function iso(time: number | null): string | null;
export function iso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
