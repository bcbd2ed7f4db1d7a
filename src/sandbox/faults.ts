import { BadInput, objectIn, optionalHeaders, optionalText, wholeNumber } from "./control-input.ts";
import { isOneOf } from "./guard.ts";

/**
 * What can go wrong. `status`: that HTTP status with an Okta error, `html`: with an HTML page as a proxy sends it;
 * `redirect`: 302 to elsewhere; `huge`: 17 MB. All these come instead of the work, and so does `drop-before`, which cuts
 * the connection. After the work: `drop-after` cuts the connection, `truncate` does so in the middle of the answer,
 * `bad-json` sends JSON that ends too early. `delay` only waits.
 */
export const FAULT_KINDS = [
  "status",
  "delay",
  "drop-before",
  "drop-after",
  "truncate",
  "bad-json",
  "html",
  "redirect",
  "huge",
] as const;

/** A failure to play on the next requests that match. */
export interface Fault {
  readonly kind: (typeof FAULT_KINDS)[number];
  /** HTTP status of kind `status` (500 by default) and `html` (200 by default). */
  readonly status: number;
  /** How long every kind waits before anything else: 1000 by default for `delay`, 0 for the others. */
  readonly delayMs: number;
  readonly method: string | undefined;
  /** A part of the path. */
  readonly path: string | undefined;
  /** More headers for an answer that comes instead of the work. */
  readonly headers: Readonly<Record<string, string>>;
  /** For status 429: how far ahead X-Rate-Limit-Reset lies, in seconds. */
  readonly resetInSeconds: number;
  /** For how many more requests. */
  remaining: number;
}

export interface Faults {
  add(fault: Fault): void;
  /** Takes the first fault that is left for this request, or undefined. */
  take(method: string, path: string): Fault | undefined;
  left(): number;
  clear(): void;
}

export function faults(): Faults {
  let list: Fault[] = [];
  return {
    add: (fault) => {
      list.push(fault);
    },
    take: (method, path) => {
      const found = list.find(
        (fault) =>
          (fault.method === undefined || fault.method === method) &&
          (fault.path === undefined || path.includes(fault.path)),
      );
      if (found !== undefined && --found.remaining <= 0) list = list.filter((fault) => fault !== found);
      return found;
    },
    left: () => list.reduce((sum, fault) => sum + fault.remaining, 0),
    clear: () => {
      list = [];
    },
  };
}

const FIELDS = ["kind", "count", "method", "path", "status", "delayMs", "resetInSeconds", "headers"] as const;

/**
 * Reads the body of `POST /sandbox/faults`: `kind`, and if wanted `count` (1), `method` and `path` to narrow it to some
 * requests, and the properties of {@link Fault}.
 *
 * @throws BadInput with the field that is wrong
 */
export function readFault(text: string): Fault {
  const body = objectIn(text, FIELDS);
  const { kind } = body;
  if (!isOneOf(FAULT_KINDS, kind)) throw new BadInput(`kind must be one of ${FAULT_KINDS.join(", ")}.`, "kind");
  return {
    kind,
    status: wholeNumber(body, "status", { least: 200, most: 599, byDefault: kind === "html" ? 200 : 500 }),
    delayMs: wholeNumber(body, "delayMs", { least: 0, most: 600_000, byDefault: kind === "delay" ? 1000 : 0 }),
    method: optionalText(body, "method")?.toUpperCase(),
    path: optionalText(body, "path"),
    headers: optionalHeaders(body, "headers"),
    resetInSeconds: wholeNumber(body, "resetInSeconds", { least: 0, most: 86_400, byDefault: 1 }),
    remaining: wholeNumber(body, "count", { least: 1, most: 1_000_000, byDefault: 1 }),
  };
}
