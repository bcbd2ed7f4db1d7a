import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { at } from "../support/at.ts";
import { COMMAND } from "../support/org.ts";

/** A message of the server as it came: the line, and what it parses to. */
export interface Message {
  readonly line: string;
  readonly parsed: unknown;
}

/** A host that speaks the protocol by hand: a client of the SDK would hide what is on the wire. */
export interface Host {
  call(tool: string, args: Record<string, unknown>): Promise<Message>;
  stderr(): string;
  stop(): Promise<void>;
}

export async function startHost(env: Record<string, string>): Promise<Host> {
  const child = spawn(process.execPath, [COMMAND], { env: { PATH: process.env.PATH ?? "", ...env } });
  const waiting = new Map<number, (message: Message) => void>();
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += String(text);
  });
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    // Only this ends a line of the protocol; readline would also split at U+2028.
    const lines = (rest + String(text)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const parsed: unknown = JSON.parse(line);
      waiting.get(Number(at(parsed, "id")))?.({ line, parsed });
    }
  });
  let sent = 0;
  const send = (message: object): void => void child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const ask = (method: string, params: object): Promise<Message> => {
    sent += 1;
    const id = sent;
    send({ id, method, params });
    return new Promise((resolve) => waiting.set(id, resolve));
  };
  const clientInfo = { name: "test-host", version: "1.0.0" };
  await ask("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo });
  send({ method: "notifications/initialized" });
  return {
    call: (name, args) => ask("tools/call", { name, arguments: args }),
    stderr: () => stderr,
    stop: () => ended(child),
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.stdin?.end();
  await once(child, "exit");
}
