import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { isJsonObject, type JsonObject } from "../schema.ts";
import { paint, say, table } from "./terminal.ts";

/** What the session came to, for the line at its end. */
interface Tally {
  calls: number;
  done: number;
  asked: number;
  refused: number;
}

/**
 * Plays an admin's session for a person to read: the server is started as a host starts it, with nothing configured,
 * and every line shown is what it answered a real MCP client.
 */
export async function demo(): Promise<void> {
  const started = performance.now();
  const server = fileURLToPath(new URL("./main.js", import.meta.url));
  const client = new Client({ name: "okta-users-mcp-demo", version: "1.0.0" });
  // The transport passes on no OKTA_ variable, so this is always the embedded sandbox org.
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [server], stderr: "ignore" }));
  const tally: Tally = { calls: 0, done: 0, asked: 0, refused: 0 };
  const ask = async (request: string, tool: string, args: JsonObject): Promise<JsonObject> => {
    say();
    say(`${paint("bold", `"${request}"`)}`);
    say(`  ${paint("cyan", "→")} ${tool} ${paint("dim", JSON.stringify(args))}`);
    const result = await client.callTool({ name: tool, arguments: args });
    const reply = isJsonObject(result.structuredContent) ? result.structuredContent : {};
    tally.calls += 1;
    if (!result.isError) tally.done += 1;
    else if (reply.preview) tally.asked += 1;
    else tally.refused += 1;
    return reply;
  };

  const { tools } = await client.listTools();
  say(paint("bold", client.getServerVersion()?.title ?? ""));
  say(`  ${tools.length} tools over stdio; a sandbox org of invented people stands in for Okta.`);

  showPeople(
    await ask("Who is in the company? The first five will do.", "list_users", {
      limit: 5,
      search: 'status eq "ACTIVE"',
      sortBy: "profile.lastName",
    }),
  );
  const found = await ask("Find the engineers whose name starts with M.", "list_users", {
    search: 'status eq "ACTIVE" and profile.department eq "Engineering" and profile.lastName sw "M"',
  });
  showPeople(found);
  const leaver = people(found)[0];
  const login = String(leaver?.login ?? "me");
  const name = String(leaver?.name ?? login);

  showRefusal(await ask(`${name} has left us. Deactivate the account.`, "deactivate_user", { userId: login }));
  showDone(await ask("Yes, I have read that. Go ahead.", "deactivate_user", { userId: login, confirm: true }));
  const after = await ask(`How does ${name} stand now?`, "get_user", { userId: login });
  showPeople({ users: isJsonObject(after.user) ? [after.user] : [] });
  showRefusal(await ask("Could you unlock the account as well?", "unlock_user", { userId: login }));

  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say();
  say(
    `${tally.calls} calls in ${seconds} s: ${paint("green", `${tally.done} done`)}, ` +
      `${paint("yellow", `${tally.asked} held back for consent`)}, ${paint("red", `${tally.refused} refused by Okta and explained`)}.`,
  );
  await client.close();
}

function people(reply: JsonObject): JsonObject[] {
  return Array.isArray(reply.users) ? reply.users.filter(isJsonObject) : [];
}

function showPeople(reply: JsonObject): void {
  const keys = ["name", "login", "status", "department", "title"];
  say(table(people(reply).map((user) => keys.map((key) => String(user[key] ?? "")))));
}

function showDone(reply: JsonObject): void {
  say(`    ${paint("green", "done")} ${JSON.stringify(reply)}`);
}

function showRefusal({ error, preview, hint }: JsonObject): void {
  const { code, summary, causes } = isJsonObject(error) ? error : {};
  say(`    ${paint(preview ? "yellow" : "red", String(code))}: ${String(summary)}`);
  const shown = isJsonObject(preview) ? preview : {};
  const target = isJsonObject(shown.target) ? shown.target : {};
  const lines: (readonly [string, unknown])[] = [
    ["who", preview ? `${target.name} (${target.login}), ${target.status}` : undefined],
    ["what", shown.consequence],
    ["undone by", preview ? (shown.undoneBy ?? "nothing") : undefined],
    ["warning", shown.warning],
    ["cause", Array.isArray(causes) && causes.length > 0 ? causes.join("; ") : undefined],
    ["next", hint],
  ];
  say(
    table(
      lines.flatMap(([label, text]) => (text === undefined ? [] : [[label, String(text)]])),
      "      ",
    ),
  );
}
