/** The present in epoch milliseconds, whole seconds only: Okta's milliseconds are always 000 (behaviour: recorded). */
export function now(): number {
  return Math.floor(Date.now() / 1000) * 1000;
}

/** Epoch milliseconds as `2026-01-31T09:30:00.000Z`; null stays null. */
export function iso(time: number): string;
export function iso(time: number | null): string | null;
export function iso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
