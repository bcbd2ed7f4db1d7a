import fc from "fast-check";

/** A failure of the sandbox org, as its control route takes it; see there what each kind does. */
export interface Fault {
  readonly kind: string;
  readonly status?: number;
  readonly count?: number;
  readonly delayMs?: number;
  readonly resetInSeconds?: number;
  /** Only of the request that writes, so that the reads before it are well. */
  readonly ofTheWrite: boolean;
}

const STATUSES = [400, 401, 403, 404, 409, 500, 501, 502, 503, 504];

const at = <T>(weight: number, arbitrary: fc.Arbitrary<T>): fc.WeightedArbitrary<T> => ({ weight, arbitrary });

/** What can go wrong; seldom what takes time. */
const kind: fc.Arbitrary<Omit<Fault, "ofTheWrite">> = fc.oneof(
  at(
    20,
    fc.constantFrom(...STATUSES).map((status) => ({ kind: "status", status })),
  ),
  at(10, fc.constantFrom(...[1, 1, 1, 5].map((count) => ({ kind: "drop-before", count })))),
  at(20, fc.constantFrom(...[1, 1, 1, 5].map((count) => ({ kind: "drop-after", count })))),
  at(20, fc.constantFrom({ kind: "truncate" }, { kind: "bad-json" })),
  at(10, fc.constantFrom({ kind: "html" }, { kind: "html", status: 403 }, { kind: "html", status: 502 })),
  at(5, fc.constant({ kind: "redirect" })),
  at(5, fc.constant({ kind: "delay", delayMs: 40 })),
  at(2, fc.constant({ kind: "status", status: 429, resetInSeconds: 0 })),
  // Longer than one of the servers waits for an answer.
  at(1, fc.constant({ kind: "delay", delayMs: 1_300 })),
  at(1, fc.constant({ kind: "huge" })),
);

/** One failure of requests about a person. */
export const fault: fc.Arbitrary<Fault> = fc
  .tuple(kind, fc.boolean())
  .map(([one, ofTheWrite]) => ({ ...one, ofTheWrite }));
