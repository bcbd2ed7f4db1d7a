import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import {
  CallToolRequestSchema,
  ElicitResultSchema,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
} from "@modelcontextprotocol/sdk/types.js";
import type { Call } from "./call.ts";
import { inertText } from "./inert.ts";
import type { ToolDefinition } from "./listing.ts";
import { nearest } from "./nearest.ts";
import type { Outcome } from "./outcome.ts";
import type { AskPerson } from "./person-approval.ts";

export interface ServerSettings {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly instructions: string;
  /** The tools that are on, in the order hosts are shown them. */
  readonly tools: readonly ToolDefinition[];
  /** Every tool there is; one that is off answers for itself. */
  readonly known: readonly string[];
  call(tool: string, request: Call): Promise<Outcome>;
  /** Told when the transport meets something that is not the protocol. */
  onProtocolError(error: Error): void;
  /** Told when the transport ended by itself: no request can come any more. */
  onClosed(): void;
}

export interface RunningServer {
  /** Ends the transport; calls still running are told to stop. */
  close(): Promise<void>;
  /** Resolves when no call is running and the answers are out. */
  idle(): Promise<void>;
}

const HEARTBEAT_MS = 10_000;

/** The form of the one question. */
const APPROVE = {
  type: "object" as const,
  properties: {
    approve: { type: "boolean" as const, title: "Approve", description: "Run it in Okta", default: false },
  },
  required: ["approve"],
};

/** Serves MCP on stdin and stdout. The one file that knows the SDK. */
export async function serve(settings: ServerSettings): Promise<RunningServer> {
  const { name, title, version, instructions, tools, known } = settings;
  const server = new Server({ name, title, version }, { capabilities: { tools: {} }, instructions });
  server.onerror = (error) => settings.onProtocolError(error);
  server.onclose = () => settings.onClosed();
  const listing = { tools: tools.map((tool) => ({ ...tool })) };
  server.setRequestHandler(ListToolsRequestSchema, () => listing);

  const running = new Set<Promise<unknown>>();
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    if (!known.includes(params.name)) {
      const guess = nearest(params.name, known);
      throw new McpError(
        ErrorCode.InvalidParams,
        `Unknown tool "${inertText(params.name, 64)}"${guess ? `; did you mean ${guess}?` : ""}`,
      );
    }
    const token = params._meta?.progressToken;
    let step = 0;
    const progress = (message: string): void => {
      if (token === undefined) return;
      step += 1;
      const told = {
        method: "notifications/progress" as const,
        params: { progressToken: token, progress: step, message },
      };
      // A host that is gone cannot be told; the call goes on to its end.
      extra.sendNotification(told).catch(() => {});
    };
    const ask: AskPerson = async (message, timeout) => {
      const { elicitation } = server.getClientCapabilities() ?? {};
      // A host that only opens pages for people cannot show a form.
      if (elicitation === undefined || ("url" in elicitation && !("form" in elicitation))) return "cannot ask";
      const heartbeat = setInterval(() => progress("Waiting for a person to decide."), HEARTBEAT_MS);
      try {
        const { action, content } = await extra.sendRequest(
          { method: "elicitation/create", params: { message, requestedSchema: APPROVE } },
          ElicitResultSchema,
          { timeout, signal: extra.signal },
        );
        return action === "accept" && content?.approve === true ? "approved" : "declined";
      } catch (error) {
        return error instanceof McpError && error.code === ErrorCode.RequestTimeout ? "timeout" : "failed";
      } finally {
        clearInterval(heartbeat);
      }
    };
    const outcome = settings.call(params.name, {
      ask,
      arguments: params.arguments ?? {},
      signal: extra.signal,
      progress: token === undefined ? undefined : progress,
    });
    running.add(outcome);
    try {
      const { failed, reply } = await outcome;
      return {
        content: [{ type: "text" as const, text: JSON.stringify(reply) }],
        structuredContent: reply,
        ...(failed ? { isError: true } : {}),
      };
    } finally {
      running.delete(outcome);
    }
  });

  await server.connect(new StdioServerTransport());
  return {
    close: () => server.close(),
    idle: async () => {
      // What has just been read becomes a call, and what a call answers is written, within a turn of the event loop.
      do {
        await Promise.allSettled(running);
        await nextTurn();
      } while (running.size > 0);
      for (let turns = 0; process.stdout.writableLength > 0 && turns < 200; turns += 1) await sleep(10);
    },
  };
}
