import { isObject, isOneOf, isString } from "./guard.ts";

const KINDS = [
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
  readonly kind: (typeof KINDS)[number];
  /** HTTP status of kind `status` (500 by default) and `html` (200 by default). */
  readonly status: number;
  readonly delayMs: number;
  readonly method: string | undefined;
  /** Prefix or part of the path. */
  readonly path: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** For status 429: how far ahead X-Rate-Limit-Reset lies, in seconds. */
  readonly resetInSeconds: number;
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

/** Reads the body of `POST /sandbox/faults`; a string says what is wrong with it. */
export function readFault(body: unknown): Fault | string {
  if (!isObject(body)) return "The body must be an object.";
  const { kind, method, path, headers = {} } = body;
  if (!isOneOf(KINDS, kind)) return `kind must be one of ${KINDS.join(", ")}.`;
  if (method !== undefined && !isString(method)) return "method must be a string.";
  if (path !== undefined && !isString(path)) return "path must be a string.";
  if (!isObject(headers)) return "headers must be an object.";
  const whole = (name: string, byDefault: number): number => {
    const value = body[name] ?? byDefault;
    return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : Number.NaN;
  };
  const numbers = {
    status: whole("status", kind === "html" ? 200 : 500),
    delayMs: whole("delayMs", kind === "delay" ? 1000 : 0),
    resetInSeconds: whole("resetInSeconds", 1),
    remaining: whole("count", 1),
  };
  if (Object.values(numbers).some(Number.isNaN)) {
    return "count, status, delayMs and resetInSeconds must be whole numbers.";
  }
  if (numbers.remaining < 1) return "count must be at least 1.";
  if ((kind === "status" || kind === "html") && (numbers.status < 200 || numbers.status > 599))
    return "status must be 200 to 599.";
  return {
    kind,
    method: method?.toUpperCase(),
    path,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])),
    ...numbers,
  };
}
