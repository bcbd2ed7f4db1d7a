import { afterAll, beforeAll } from "vitest";
import { resetClock } from "../../src/sandbox/clock.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/index.ts";
import { complaints } from "./openapi-check.ts";

/** JSON of unknown shape, read by path: `at(body, "profile", "login")`. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = Reflect.get(found, key);
  }
  return found;
}

export function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error(`not a list: ${JSON.stringify(value)}`);
  return value;
}

export function text(value: unknown, ...path: (string | number)[]): string {
  const found = at(value, ...path);
  if (typeof found !== "string") throw new Error(`no text at ${path.join(".")}: ${JSON.stringify(value)}`);
  return found;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export type Send = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>;

export interface Running {
  sandbox: Sandbox;
  /** With the SSWS token. */
  api: Send;
  /** With the control key. */
  control: Send;
  /** An untouched seeded user that `matches`, never the same twice; none of the first twenty, who have special places. */
  someone(matches: (user: unknown) => boolean): Promise<string>;
  snapshot(): Promise<unknown>;
}

/** A sandbox for one test file, started before its tests and closed after them. */
export function sandboxFor(options: SandboxOptions = {}): Running {
  let pool: unknown[] | undefined;
  const running: Running = {
    get sandbox(): Sandbox {
      throw new Error("not started yet");
    },
    api: async () => Promise.reject(new Error("not started yet")),
    control: async () => Promise.reject(new Error("not started yet")),
    snapshot: async () => (await running.control("GET", "/sandbox/snapshot")).body,
    someone: async (matches) => {
      pool ??= list(at(await running.snapshot(), "users")).slice(20);
      const found = pool.find(matches);
      if (found === undefined) throw new Error("nobody left who matches");
      pool = pool.filter((user) => user !== found);
      return text(found, "id");
    },
  };
  beforeAll(async () => {
    const sandbox = await startSandbox({ rateLimit: 100_000, ...options });
    Object.defineProperty(running, "sandbox", { value: sandbox });
    running.api = sender(sandbox.url, `SSWS ${sandbox.token}`);
    running.control = sender(sandbox.url, `Bearer ${sandbox.controlKey}`);
  });
  afterAll(async () => {
    // The files that share a process share its clock.
    resetClock();
    await running.sandbox.close();
  });
  return running;
}

export function sender(url: string, authorization: string): Send {
  return async (method, path, body, headers = {}) => {
    const init: RequestInit = {
      method,
      redirect: "manual",
      headers: { accept: "application/json", authorization, ...headers },
    };
    if (body !== undefined) {
      init.body = typeof body === "string" ? body : JSON.stringify(body);
      init.headers = { "content-type": "application/json", ...init.headers };
    }
    const response = await fetch(url + path, init);
    const answer = await response.text();
    const { status, headers: received } = response;
    const parsed = answer === "" ? undefined : JSON.parse(answer);
    const contentType = received.get("content-type");
    const wrong = complaints({ method, path, status, contentType, body: parsed });
    if (wrong.length > 0) throw new Error(`not as Okta's specification says:\n${wrong.join("\n")}`);
    return { status, headers: received, body: parsed };
  };
}

/** `status code` of a reply, such as `403 E0000038` or `200`. */
export function short({ status, body }: Reply): string {
  const code = at(body, "errorCode");
  return typeof code === "string" ? `${status} ${code}` : String(status);
}

/** The `after` value of the next link, or undefined on the last page. */
export function nextAfter(reply: Reply): string | undefined {
  const found = /<([^>]+)>; rel="next"/.exec(reply.headers.get("link") ?? "")?.[1];
  return found === undefined ? undefined : (new URL(found).searchParams.get("after") ?? undefined);
}

let made = 0;

/** A profile nobody has yet. */
export function profile(more: Record<string, unknown> = {}): Record<string, unknown> {
  made += 1;
  const login = `new.person${made}@larkspur.example`;
  return { firstName: "New", lastName: "Person", email: login, login, ...more };
}
