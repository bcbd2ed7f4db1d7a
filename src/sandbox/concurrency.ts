import { withHeaders } from "./answer.ts";
import { exactNow } from "./clock.ts";
import { errorBody, OktaError } from "./error.ts";
import type { Answer } from "./route.ts";

/** Counts requests that are being answered. */
export interface Concurrency {
  /** Counts one more unless there are `limit` already; the function it gives back takes it off again. */
  enter(limit: number): (() => void) | undefined;
}

export function concurrency(): Concurrency {
  let open = 0;
  return {
    enter: (limit) => {
      if (open >= limit) return undefined;
      open += 1;
      return () => {
        open -= 1;
      };
    },
  };
}

/** 429 of the concurrency limit: both rate headers are 0, and the reset is only a hint (Okta's rate limit pages). */
export function tooMany(): Answer {
  const reset = Math.ceil(exactNow() / 1000) + 1;
  const rate = { allowed: false, limit: 0, remaining: 0, reset };
  return withHeaders({ status: 429, body: errorBody(new OktaError("E0000047")) }, rate);
}
