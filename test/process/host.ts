import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { at } from "../support/at.ts";
import { COMMAND } from "../support/org.ts";

/** How long the server may take to be gone once it was told to go. */
export const SOON_MS = 5_000;

const ANSWER_MS = 15_000;

/** How a process ended: its exit code, or the signal that killed it. */
export type Ending = number | NodeJS.Signals | null;

/** The built command as a bare child process: raw lines in, raw lines out, nothing smoothed over by a client library. */
export interface Host {
  readonly pid: number;
  /** Writes to stdin as it is. */
  write(text: string | Uint8Array): void;
  /** Sends one request and gives the whole response message. */
  ask(method: string, params?: unknown): Promise<unknown>;
  /** Sends a request without waiting; `answer(id)` waits. */
  send(method: string, params?: unknown): number;
  answer(id: number): Promise<unknown>;
  /** The handshake of a host. */
  initialize(): Promise<unknown>;
  /** One tool call; gives structuredContent. */
  call(tool: string, args?: Record<string, unknown>): Promise<unknown>;
  endInput(): void;
  /** Closes our end of the server's stdout, as a host that dies does. */
  closeOutput(): void;
  /** Closes our end of its stderr, as a host that does not listen to the log does. */
  closeLog(): void;
  kill(signal: NodeJS.Signals): void;
  /** Waits until the process is gone and its pipes are closed; one that stays is killed and reported. */
  ended(within?: number): Promise<Ending>;
  running(): boolean;
  /** Everything on stdout so far, by lines. */
  lines(): readonly string[];
  /** The lines on stdout that are not messages of the protocol. */
  strangeLines(): readonly string[];
  stderr(): string;
}

const children = new Set<ChildProcessWithoutNullStreams>();

/** Ends what a failed test left running. */
export function endStrays(): void {
  for (const child of children) child.kill("SIGKILL");
}

export function startHost(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  command = COMMAND,
): Host {
  const child = spawn(process.execPath, [command, ...args], { env: { PATH: process.env.PATH ?? "", ...env } });
  children.add(child);
  const closed = once(child, "close").then(() => void children.delete(child));
  const lines: string[] = [];
  const answers = new Map<unknown, unknown>();
  const waiting = new Map<unknown, (message: unknown) => void>();
  let stderr = "";
  let requests = 0;
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk);
  });
  // What is written to a process that is gone is lost, as it would be for a host.
  child.stdin.on("error", () => {});
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    const message = parse(line);
    const id = at(message, "id");
    if (id === undefined) return;
    answers.set(id, message);
    waiting.get(id)?.(message);
  });

  const host: Host = {
    pid: child.pid ?? 0,
    write: (text) => void child.stdin.write(text),
    send: (method, params) => {
      requests += 1;
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: requests, method, params })}\n`);
      return requests;
    },
    answer: (id) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no answer to request ${id}; stderr: ${stderr}`)), ANSWER_MS);
        const settle = (message: unknown): void => {
          clearTimeout(timer);
          resolve(message);
        };
        if (answers.has(id)) settle(answers.get(id));
        else waiting.set(id, settle);
      }),
    ask: (method, params) => host.answer(host.send(method, params)),
    initialize: async () => {
      const answer = await host.ask("initialize", {
        protocolVersion: "2025-06-18",
        capabilities: {},
        clientInfo: { name: "test-host", version: "1.0.0" },
      });
      host.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`);
      return answer;
    },
    call: async (tool, args = {}) =>
      at(await host.ask("tools/call", { name: tool, arguments: args }), "result.structuredContent"),
    endInput: () => void child.stdin.end(),
    closeOutput: () => void child.stdout.destroy(),
    closeLog: () => void child.stderr.destroy(),
    kill: (signal) => void child.kill(signal),
    ended: async (within = SOON_MS) => {
      const inTime = await Promise.race([
        closed.then(() => true),
        new Promise<boolean>((resolve) => setTimeout(resolve, within, false).unref()),
      ]);
      if (!inTime) {
        child.kill("SIGKILL");
        throw new Error(`still running after ${within} ms; stderr: ${stderr}`);
      }
      return child.exitCode ?? child.signalCode;
    },
    running: () => child.exitCode === null && child.signalCode === null,
    lines: () => lines,
    strangeLines: () => lines.filter((line) => at(parse(line), "jsonrpc") !== "2.0"),
    stderr: () => stderr,
  };
  return host;
}

/** Runs a command that ends by itself, with nothing on stdin. */
export async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ ending: Ending; stdout: readonly string[]; stderr: readonly string[] }> {
  const host = startHost(args, env);
  host.endInput();
  const ending = await host.ended(ANSWER_MS);
  return {
    ending,
    stdout: host.lines(),
    stderr: host
      .stderr()
      .split("\n")
      .filter((line) => line !== ""),
  };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
