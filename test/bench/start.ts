import { spawn } from "node:child_process";
import { COMMAND } from "../support/org.ts";

/** The least a stdio server in Node can be: it answers every line. The yardstick for our start. */
const BARE = `process.stdin.on("data", (data) => {
  for (const line of String(data).split("\\n")) if (line) process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id: JSON.parse(line).id, result: {} }) + "\\n");
});`;

export interface Start {
  /** Milliseconds from spawning to the answer to initialize, and to the answer to tools/list after it. */
  readonly firstAnswer: number;
  readonly toolsList: number;
}

export const startBare = (): Promise<Start> => start(["--input-type=module", "--eval", BARE]);
export const startOurs = (): Promise<Start> => start([COMMAND]);

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "bench", version: "1" } },
};

function start(args: readonly string[]): Promise<Start> {
  return new Promise((resolve, reject) => {
    const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
    const started = performance.now();
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "ignore"], env });
    let firstAnswer: number | undefined;
    let seen = "";
    child.on("error", reject);
    child.stdout.on("data", (chunk) => {
      seen += String(chunk);
      if (!seen.endsWith("\n")) return;
      if (firstAnswer === undefined) {
        firstAnswer = performance.now() - started;
        seen = "";
        child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: 2, method: "tools/list" })}\n`);
      } else {
        child.kill();
        resolve({ firstAnswer, toolsList: performance.now() - started });
      }
    });
    child.stdin.write(`${JSON.stringify(INITIALIZE)}\n`);
  });
}
