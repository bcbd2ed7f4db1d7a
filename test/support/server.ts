import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { Tool } from "@modelcontextprotocol/sdk/types.js";
import { COMMAND } from "./org.ts";

export interface Answer {
  readonly failed: boolean;
  /** structuredContent, after checking that the text block holds the same JSON. */
  readonly reply: unknown;
  readonly text: string;
}

/** The built server, started as a host starts it, behind a real MCP client. */
export interface TestServer {
  readonly client: Client;
  tools(): Promise<Tool[]>;
  call(name: string, args?: Record<string, unknown>): Promise<Answer>;
  stderr(): string;
  pid(): number;
  stop(): Promise<void>;
}

/** What servers remember between calls, away from what this user's own ones do. */
const state = mkdtempSync(join(tmpdir(), "okta-users-mcp-state-"));
process.once("exit", () => rmSync(state, { recursive: true, force: true }));

export async function startServer(env: Record<string, string> = {}, ...flags: string[]): Promise<TestServer> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [COMMAND, ...flags],
    env: { PATH: process.env.PATH ?? "", XDG_STATE_HOME: state, LOCALAPPDATA: state, ...env },
    stderr: "pipe",
  });
  let stderr = "";
  transport.stderr?.on("data", (chunk) => {
    stderr += String(chunk);
  });
  const client = new Client({ name: "test-host", version: "1.0.0" });
  await client.connect(transport);
  return {
    client,
    tools: async () => (await client.listTools()).tools,
    call: async (name, args = {}) => {
      const result = await client.callTool({ name, arguments: args });
      const block = Array.isArray(result.content) ? result.content[0] : undefined;
      const text = block?.type === "text" ? block.text : "";
      if (text !== JSON.stringify(result.structuredContent)) throw new Error(`${name}: the two blocks differ`);
      return { failed: result.isError === true, reply: result.structuredContent, text };
    },
    stderr: () => stderr,
    pid: () => transport.pid ?? 0,
    stop: () => client.close(),
  };
}
