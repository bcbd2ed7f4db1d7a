import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { listAt, textAt } from "../support/at.ts";
import { COMMAND } from "../support/org.ts";

/** A sandbox org in a process of its own, with what one needs to sign in to it in every way. */
export interface BenchOrg {
  readonly url: string;
  readonly token: string;
  readonly clientId: string;
  /** PKCS#8 PEM. */
  readonly privateKey: string;
  readonly keyId: string;
  readonly pid: number;
  /** A control route; gives its parsed answer. */
  control(method: string, path: string, body?: unknown): Promise<unknown>;
  /** The id of somebody. */
  somebody(): Promise<string>;
  end(): Promise<void>;
}

export async function startBenchOrg(flags: Readonly<Record<string, number>>): Promise<BenchOrg> {
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, [COMMAND, "sandbox", ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const said: unknown = JSON.parse(String(line));
  const url = textAt(said, "url");
  const token = textAt(said, "token");

  async function json(path: string, options: RequestInit): Promise<unknown> {
    const answer = await fetch(url + path, options);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  return {
    url,
    token,
    clientId: textAt(said, "clientId"),
    privateKey: textAt(said, "privateKey"),
    keyId: textAt(said, "keyId"),
    pid: child.pid ?? 0,
    control: (method, path, body) =>
      json(`/sandbox/${path}`, {
        method,
        headers: { authorization: `Bearer ${textAt(said, "controlKey")}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    somebody: async () => {
      const list = await json("/api/v1/users?limit=1", { headers: { authorization: `SSWS ${token}` } });
      return textAt(listAt({ list }, "list")[0], "id");
    },
    end: async () => {
      child.kill();
      await once(child, "exit");
    },
  };
}
