import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { at, textAt } from "./at.ts";

/** The built command, as users run it. */
export const COMMAND = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly status: number;
}

/** A sandbox org in a process of its own, and ways to set it up and look at it that do not go through the product. */
export interface TestOrg {
  readonly url: string;
  readonly token: string;
  readonly controlKey: string;
  readonly env: Record<string, string>;
  /** The service app the org knows from the start; people can sign in through it as well. */
  readonly app: { readonly clientId: string; readonly privateKey: string; readonly keyId: string };
  /** A call of Okta's API with plain fetch; answers parsed JSON, or undefined for an empty body. Throws on an error. */
  api(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Runs something and gives its result with the API requests that reached the org meanwhile. */
  watch<T>(act: () => Promise<T>): Promise<[T, LoggedRequest[]]>;
  /** Makes the next matching answers go wrong. */
  fault(fault: Record<string, unknown>): Promise<void>;
  /** Creates a person nobody else uses; `status` is reached by real calls. */
  person(status?: string, extra?: Record<string, unknown>): Promise<{ id: string; login: string }>;
  /** A control route, such as `control("POST", "oauth", {...})`; answers parsed JSON, or undefined. */
  control(method: string, path: string, body?: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startOrg(...flags: string[]): Promise<TestOrg> {
  const child = spawn(process.execPath, [COMMAND, "sandbox", ...flags], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`the sandbox ended at once, with ${code}`))),
  ]);
  const said: unknown = JSON.parse(String(line));
  return new Org(child, said);
}

let people = 0;

class Org implements TestOrg {
  readonly url: string;
  readonly token: string;
  readonly controlKey: string;
  readonly app: TestOrg["app"];
  readonly env: Record<string, string>;

  constructor(
    private readonly child: ChildProcess,
    said: unknown,
  ) {
    this.url = textAt(said, "url");
    this.token = textAt(said, "token");
    this.controlKey = textAt(said, "controlKey");
    this.app = {
      clientId: textAt(said, "clientId"),
      privateKey: textAt(said, "privateKey"),
      keyId: textAt(said, "keyId"),
    };
    this.env = { OKTA_ORG_URL: this.url, OKTA_API_TOKEN: this.token };
  }

  async api(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `SSWS ${this.token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  async watch<T>(act: () => Promise<T>): Promise<[T, LoggedRequest[]]> {
    await this.control("DELETE", "requests");
    const result = await act();
    const logged = await this.control("GET", "requests");
    if (!Array.isArray(logged)) throw new Error("the request log is not a list");
    const requests = logged.map((entry: unknown) => ({
      method: textAt(entry, "method"),
      path: textAt(entry, "path"),
      query: textAt(entry, "query"),
      status: Number(at(entry, "status")),
    }));
    return [result, requests];
  }

  async fault(fault: Record<string, unknown>): Promise<void> {
    await this.control("POST", "faults", fault);
  }

  async person(status = "ACTIVE", extra: Record<string, unknown> = {}): Promise<{ id: string; login: string }> {
    people += 1;
    const login = `test.person${people}.${process.pid}@example.com`;
    const profile = { login, email: login, firstName: "Test", lastName: `Person${people}`, ...extra };
    const credentials = {
      password: { value: "Correct-horse-9" },
      recovery_question: { question: "First pet?", answer: "Rover" },
    };
    const needsPassword = !["PROVISIONED"].includes(status);
    const created = await this.api("POST", `/api/v1/users?activate=${status !== "STAGED"}`, {
      profile,
      ...(needsPassword ? { credentials } : {}),
    });
    const id = textAt(created, "id");
    const steps: Record<string, string> = {
      SUSPENDED: "lifecycle/suspend",
      DEPROVISIONED: "lifecycle/deactivate",
      PASSWORD_EXPIRED: "lifecycle/expire_password",
      RECOVERY: "lifecycle/reset_password?sendEmail=false",
    };
    const step = steps[status];
    if (step) await this.api("POST", `/api/v1/users/${id}/${step}`);
    return { id, login };
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.child.kill("SIGTERM");
    await once(this.child, "exit");
  }

  async control(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.url}/sandbox/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.controlKey}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} /sandbox/${path}: ${response.status} ${await response.text()}`);
    const text = await response.text();
    return text === "" ? undefined : JSON.parse(text);
  }
}
