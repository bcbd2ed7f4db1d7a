import { exactNow } from "./clock.ts";
import { contextOf } from "./log-context.ts";
import type { Org } from "./org.ts";
import type { Call } from "./route.ts";
import type { Status, User } from "./user.ts";
import { watch } from "./watch.ts";

/** A change that was asked for and is still to come. */
export interface Unfinished {
  /** When it is made, in epoch milliseconds. */
  readonly due: number;
  readonly finish: () => void;
}

/**
 * Makes a change of status at once, or after a while when the caller sent `Prefer: respond-async` (OpenAPI 2026.06.3).
 * Meanwhile the user shows `transitioningToStatus`, and writes to him are refused with 409 E0000112.
 * unverified: `Prefer` on activate, where the specification calls the operation asynchronous but names no header.
 */
export function settle(call: Call, user: User, to: Status, change: () => void): void {
  const { org } = call;
  if (!/\brespond-async\b/i.test(String(call.headers.prefer ?? ""))) {
    change();
    return;
  }
  user.transitioningTo = to;
  const context = contextOf(call);
  const finish = (): void => {
    if (org.users.byId(user.id) !== user) return;
    const watched = watch(org, user);
    delete user.transitioningTo;
    change();
    watched.end(context);
  };
  org.unfinished.push({ due: exactNow() + org.knobs.asyncMs, finish });
  setTimeout(() => finishDue(org), org.knobs.asyncMs).unref();
}

/** Makes the changes whose time has come: by the clock of the org, which can be moved ahead of any timer. */
export function finishDue({ unfinished }: Org): void {
  const time = exactNow();
  for (const change of unfinished.filter(({ due }) => due <= time)) {
    unfinished.splice(unfinished.indexOf(change), 1);
    change.finish();
  }
}
