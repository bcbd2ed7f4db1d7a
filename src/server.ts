import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import {
  CallToolRequestSchema,
  ElicitResultSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import type { Call } from "./call.ts";
import { inertText } from "./inert.ts";
import type { ToolDefinition } from "./listing.ts";
import { nearest } from "./nearest.ts";
import type { Outcome } from "./outcome.ts";
import type { AskPerson } from "./person-approval.ts";
import type { Prompts } from "./prompt.ts";
import type { ResourceProblem, Resources } from "./resource.ts";

export interface ServerSettings {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly instructions: string;
  /** The tools that are on, in the order hosts are shown them. */
  readonly tools: readonly ToolDefinition[];
  /** Every tool there is; one that is off answers for itself. */
  readonly known: readonly string[];
  /** The prompts that exist while these tools are on. */
  readonly prompts: Prompts;
  readonly resources: Resources;
  call(tool: string, request: Call): Promise<Outcome>;
  /** The last changes of the journal. */
  recentChanges(signal: AbortSignal): Promise<Outcome>;
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

/** The code of the specification for a resource that does not exist; the SDK has no name for it. */
const RESOURCE_NOT_FOUND = -32002;

const CODES: Readonly<Record<ResourceProblem["kind"], number>> = {
  "not found": RESOURCE_NOT_FOUND,
  invalid: ErrorCode.InvalidParams,
  internal: ErrorCode.InternalError,
};

/** Arguments of any kind, as for tools: what is wrong with them is said in our words. */
const PromptRequestSchema = GetPromptRequestSchema.extend({ params: CallToolRequestSchema.shape.params });

/** Serves MCP on stdin and stdout. The one file that knows the SDK. */
export async function serve(settings: ServerSettings): Promise<RunningServer> {
  const { name, title, version, instructions, tools, known, prompts, resources } = settings;
  const hasPrompts = prompts.definitions.length > 0;
  const hasResources = resources.fixed.length + resources.templates.length > 0;
  const capabilities = {
    tools: {},
    ...(hasPrompts ? { prompts: {} } : {}),
    ...(hasResources ? { resources: {} } : {}),
  };
  const server = new Server({ name, title, version }, { capabilities, instructions });
  server.onerror = (error) => settings.onProtocolError(error);
  server.onclose = () => settings.onClosed();
  const listing = { tools: tools.map((tool) => ({ ...tool })) };
  server.setRequestHandler(ListToolsRequestSchema, () => listing);

  const running = new Set<Promise<unknown>>();
  const settled = async <T>(work: Promise<T>): Promise<T> => {
    running.add(work);
    try {
      return await work;
    } finally {
      running.delete(work);
    }
  };

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
    const progress = (message: string, done = 0, total?: number): void => {
      if (token === undefined) return;
      // It must grow with each message (MCP), also while nothing gets done.
      step = done > step ? done : step + (total === undefined ? 1 : 0.001);
      const told = {
        method: "notifications/progress" as const,
        params: { progressToken: token, progress: step, ...(total === undefined ? {} : { total }), message },
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
    const call = settings.call(params.name, {
      ask,
      arguments: params.arguments ?? {},
      signal: extra.signal,
      progress: token === undefined ? undefined : progress,
    });
    const { failed, reply } = await settled(call);
    return {
      content: [{ type: "text" as const, text: JSON.stringify(reply) }],
      structuredContent: reply,
      ...(failed ? { isError: true } : {}),
    };
  });

  if (hasPrompts) {
    server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: [...prompts.definitions] }));
    server.setRequestHandler(PromptRequestSchema, ({ params }) => {
      const answer = prompts.get(params.name, params.arguments ?? {});
      if ("problem" in answer) throw new McpError(ErrorCode.InvalidParams, answer.problem);
      const { description, text } = answer;
      return { description, messages: [{ role: "user" as const, content: { type: "text" as const, text } }] };
    });
  }

  if (hasResources) {
    server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: [...resources.fixed] }));
    server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
      resourceTemplates: [...resources.templates],
    }));
    server.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }, { signal }) => {
      const reading = {
        call: (tool: string, args: Call["arguments"]) => settings.call(tool, { arguments: args, signal }),
        recentChanges: () => settings.recentChanges(signal),
      };
      const answer = await settled(resources.read(uri, reading));
      if ("problem" in answer) {
        const { kind, message, data } = answer.problem;
        throw new McpError(CODES[kind], message, data);
      }
      return { contents: [{ uri, mimeType: "application/json", text: JSON.stringify(answer.reply) }] };
    });
  }

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
