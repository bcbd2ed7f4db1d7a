import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import pkg from "../../package.json" with { type: "json" };
import { documents, fewTools, update } from "../../src/build/docs.ts";
import { flagOf, readConfig, SETTINGS, type Setting } from "../../src/config.ts";
import { isJsonObject, type Json } from "../../src/schema.ts";
import { jobs, operations } from "../../tools/index.ts";
import { run } from "../process/host.ts";
import { at, listAt, textAt } from "../support/at.ts";
import { startServer, type TestServer } from "../support/server.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const PAGES = ["README.md", "SECURITY.md", "tools/README.md"];

function page(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** The fenced blocks of one language, with the line before each that is not blank. */
function fenced(text: string, language: string): { lead: string; code: string }[] {
  return [...text.matchAll(new RegExp(`([^\\n]*)\\n\\n?\`\`\`${language}\\n([\\s\\S]*?)\\n\`\`\``, "g"))].map(
    ([, lead = "", code = ""]) => ({ lead, code }),
  );
}

const readme = page("README.md");

describe("generated documentation", () => {
  const folder = mkdtempSync(join(tmpdir(), "okta-users-mcp-docs-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => rmSync(join(folder, "copy"), { recursive: true, force: true }));

  function copy(change: (text: string) => string): string {
    const copied = join(folder, "copy");
    mkdirSync(join(copied, "tools"), { recursive: true });
    for (const path of ["README.md", "tools/README.md"]) cpSync(join(root, path), join(copied, path));
    writeFileSync(join(copied, "README.md"), change(readme));
    return copied;
  }

  it("is current; npm run docs writes it", () => {
    expect(update(root, true)).toEqual([]);
  });

  it("is found stale, and left alone by a check", () => {
    const stale = readme.replace("| [suspend_user]", "| [suspend]");
    expect(stale).not.toBe(readme);
    const copied = copy(() => stale);
    expect(update(copied, true)).toEqual(["README.md"]);
    expect(readFileSync(join(copied, "README.md"), "utf8")).toBe(stale);
    rmSync(join(copied, "tools/README.md"));
    expect(update(copied, false)).toEqual(["README.md", "tools/README.md"]);
    expect(readFileSync(join(copied, "README.md"), "utf8")).toBe(readme);
    expect(update(copied, true)).toEqual([]);
  });

  it("leaves what stands outside its blocks, and the figures, to people", () => {
    const written = readme
      .replace(/(<!-- generated: figures -->)[\s\S]*(<!-- end: figures -->)/, "$1\nmeasured\n$2")
      .replace("## Windows", "## Windows and others");
    expect(documents(written).get("README.md")).toBe(written);
  });

  it.each(["settings", "tools", "cursor-tools", "sdk-names"])("misses its block %s loudly", (name) => {
    expect(() => documents(readme.replace(`<!-- end: ${name} -->`, ""))).toThrow(name);
  });
});

describe("links", () => {
  /** The anchor of a heading, as GitHub makes it. */
  const anchors = (text: string): string[] =>
    [...text.replace(/```[\s\S]*?```/g, "").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
        .replaceAll(" ", "-"),
    );

  it.each(PAGES)("of %s lead somewhere", (path) => {
    const text = page(path).replace(/```[\s\S]*?```/g, "");
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    expect(links.length).toBeGreaterThan(3);
    const broken = links.filter((link) => {
      if (link.startsWith("https://")) return false;
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? join(root, path) : join(root, dirname(path), file);
      if (!existsSync(target)) return true;
      return (
        anchor !== undefined &&
        (statSync(target).isDirectory() || !anchors(readFileSync(target, "utf8")).includes(anchor))
      );
    });
    expect(broken).toEqual([]);
  });
});

describe("README.md", () => {
  it("names every tool, and tools/README.md describes it", () => {
    const described = page("tools/README.md");
    const missing = [...operations, ...jobs].filter(
      ({ name }) => !readme.includes(`[${name}](tools/README.md#${name})`) || !described.includes(`\n### ${name}\n`),
    );
    expect(missing).toEqual([]);
  });

  it("names every setting there is, with its flag", () => {
    const row = (setting: Setting): string =>
      `| \`${setting.name}\` | ${setting.noFlag ? "none" : `\`--${flagOf(setting)}\``} |`;
    const missing = SETTINGS.filter((setting) => !readme.includes(row(setting)));
    expect(missing).toEqual([]);
  });

  it("explains every code a failure can have", () => {
    const sources = [page("src/refusal.ts"), page("src/okta/error.ts")];
    const codes = sources.flatMap((text) => [...text.matchAll(/^ {2}\| "([a-z_]+)"/gm)].map(([, code = ""]) => code));
    expect(codes.length).toBeGreaterThan(10);
    expect(codes.filter((code) => !new RegExp(`^\\| [^|]*\`${code}\``, "m").test(readme))).toEqual([]);
  });

  it("tells of every flag of the sandbox org", () => {
    const flags = [...page("src/cli/sandbox.ts").matchAll(/^ {2}"?([a-z-]+)"?: \{ least/gm)].map(
      ([, flag = ""]) => flag,
    );
    expect(flags.length).toBeGreaterThan(4);
    expect(flags.filter((flag) => !readme.includes(`| \`--${flag}\` |`))).toEqual([]);
  });

  it("tells only of control routes and faults that the sandbox org has", () => {
    const routes = [...readme.matchAll(/`([A-Z]+ \/sandbox\/[a-z/-]*)`/g)].map(([, route = ""]) => `"${route}"`);
    const [, rows = ""] = /\| kind \|.*\n.*\n((?:\|.*\n)+)/.exec(readme) ?? [];
    const kinds = [...rows.matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, cell = ""]) =>
      cell.replaceAll("`", '"').split(", "),
    );
    expect(routes.length).toBeGreaterThan(4);
    expect(kinds.length).toBeGreaterThan(7);
    const control = page("src/sandbox/control.ts") + page("src/sandbox/oauth/control.ts");
    const faults = page("src/sandbox/faults.ts");
    expect([
      ...routes.filter((route) => !control.includes(route)),
      ...kinds.filter((kind) => !faults.includes(kind)),
    ]).toEqual([]);
  });

  it("names only commands that npm knows, and says why each dependency is there", () => {
    const commands = [...readme.matchAll(/npm run ([a-z:]+)/g)].map(([, command = ""]) => command);
    expect(commands).toContain("demo");
    expect(commands.filter((command) => !(command in pkg.scripts))).toEqual([]);
    const unexplained = Object.keys(pkg.devDependencies).filter((name) => !readme.includes(`\`${name}\``));
    expect(unexplained).toEqual([]);
  });
});

describe("examples", () => {
  it("of JSON can be parsed", () => {
    const examples = fenced(readme, "json");
    expect(examples.length).toBeGreaterThan(7);
    for (const { code } of examples) expect(() => JSON.parse(code), code).not.toThrow();
  });

  it("of host configurations start this package with settings it accepts", () => {
    const configs = fenced(readme, "json")
      .map(({ code }): unknown => JSON.parse(code))
      .filter((config) => at(config, "mcpServers") !== undefined || at(config, "servers") !== undefined);
    expect(configs).toHaveLength(5);
    for (const config of configs) {
      const server = at(config, "mcpServers.okta-users") ?? at(config, "servers.okta-users");
      expect(server).toMatchObject({ command: "npx", args: ["-y", pkg.name] });
      expect(accepted(at(server, "env"))).toEqual([]);
    }
  });

  it("of TOML are tables of texts and lists", () => {
    const [codex] = fenced(readme, "toml");
    const lines = (codex?.code ?? "").split("\n").filter((line) => line !== "");
    expect(lines).toContain("[mcp_servers.okta-users]");
    expect(lines).toContain('args = ["-y", "okta-users-mcp"]');
    for (const line of lines) expect(line).toMatch(/^(\[[\w.-]+\]|\w+ = ("[^"\\]*"|\[("[^"\\]*"(, )?)+\]))$/);
    const env = lines.flatMap((line) => {
      const [, name, value] = /^(OKTA_\w+) = "(.*)"$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value]];
    });
    expect(accepted(Object.fromEntries(env))).toEqual([]);
  });

  it("for Cursor leave fewer than 40 tools", () => {
    const { words, left } = fewTools();
    expect(left).toBeLessThan(40);
    expect(readme).toContain(`"OKTA_TOOLS": "${words.join(",")}"`);
  });

  /** The settings of an example that the server would not take; variables of the host stand for a value. */
  function accepted(env: unknown): string[] {
    expect(env).toHaveProperty("OKTA_ORG_URL");
    expect(env).toHaveProperty("OKTA_API_TOKEN");
    const given = Object.entries(env ?? {}).map(([name, value]): [string, string] => {
      const text = String(value);
      const filled: Readonly<Record<string, string>> = {
        OKTA_ORG_URL: "https://acme.okta.com",
        OKTA_API_TOKEN: "00token",
      };
      return [name, text.startsWith("$") ? (filled[name] ?? text) : text];
    });
    return [...readConfig(Object.fromEntries(given)).warnings];
  }
});

describe("replies shown in README.md", () => {
  const folder = mkdtempSync(join(tmpdir(), "okta-users-mcp-replies-shown-"));
  const examples = fenced(readme, "json").flatMap(({ lead, code }) => {
    const [, tool, args] = /^`([a-z_]+)` `(\{.*\})`$/.exec(lead) ?? [];
    return tool === undefined || args === undefined ? [] : [{ tool, args, code }];
  });
  let server: TestServer | undefined;
  let planId: unknown;
  beforeAll(async () => {
    server = await startServer({ OKTA_EXPORT_DIR: folder });
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("are of every job that needs no journal, and four more", () => {
    const shown = new Set(examples.map(({ tool }) => tool));
    expect(jobs.filter(({ name, needs }) => needs !== "OKTA_AUDIT_LOG" && !shown.has(name))).toEqual([]);
    expect(examples.filter(({ tool }) => jobs.every(({ name }) => name !== tool))).toHaveLength(4);
  });

  it.each(examples)("are what $tool $args answers", async ({ tool, args, code }) => {
    const given: Json = JSON.parse(args);
    const sent = isJsonObject(given) ? given : {};
    // Each plan has an id of its own: an example goes on with the plan before it.
    const answer = await server?.call(tool, "planId" in sent ? { ...sent, planId } : sent);
    planId = at(answer?.reply, "planId");
    expect(settled(JSON.parse(code))).toEqual(settled(answer?.reply));
  });

  /** The reply without what differs from run to run. */
  function settled(value: unknown): unknown {
    return JSON.parse(
      JSON.stringify(value, (key, item: unknown) => {
        if (typeof item !== "string") return item;
        if (["requestId", "tempPassword", "planId", "runId"].includes(key)) return "...";
        return key === "path" ? basename(item) : item.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, "<time>");
      }),
    );
  }
});

describe("the journal shown in README.md", () => {
  const folder = mkdtempSync(join(tmpdir(), "okta-users-mcp-journal-shown-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Lines without what differs from run to run. */
  const settled = (text: string): string =>
    text
      .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "....-..-.. ..:..:..")
      .replaceAll(/[0-9a-f]{32}/g, "<request>")
      .replaceAll(/[0-9a-f]{16}-/g, "<writer>-");

  it("is what the command prints", async () => {
    const [shown] = fenced(readme, "text").filter(({ code }) => code.startsWith("time (UTC)"));
    const env = { OKTA_AUDIT_LOG: join(folder, "okta.jsonl") };
    const server = await startServer(env);
    const userId = "freya.park@larkspur.example";
    await server.call("update_user", { userId, profile: { title: null, department: "Partners" } });
    await server.call("suspend_user", { userId, confirm: true });
    await server.call("reactivate_user", { userId, sendEmail: true });
    await server.stop();
    const { ending, stdout } = await run(["journal"], env);
    expect(ending).toBe(0);
    expect(settled(stdout.join("\n"))).toBe(settled(shown?.code ?? "nothing is shown"));
  });
});

describe("names of SDKs and API documents", () => {
  /** Tools by every name of the table, a tool's own name included. */
  const table = new Map<string, string[]>(operations.map(({ name }) => [name, [name]]));
  const [, block = ""] = /<!-- generated: sdk-names -->([\s\S]*?)<!-- end: sdk-names -->/.exec(readme) ?? [];
  for (const [, names = "", tools = ""] of block.matchAll(/^\| (`.*?) \| (.*) \|$/gm))
    for (const [, name = ""] of names.matchAll(/`(\w+)`/g))
      table.set(
        name,
        [...tools.matchAll(/`(\w+)`/g)].map(([, tool = ""]) => tool),
      );

  const document = join(root, "../shared/okta/operations.json");
  it.skipIf(!existsSync(document))("stand in the table, each with its tool", () => {
    const described = listAt(JSON.parse(readFileSync(document, "utf8")), "operations");
    const missing = described.flatMap((operation) => {
      const tool = textAt(operation, "tool");
      const names = [
        textAt(operation, "operationId"),
        ...listAt(operation, "aliases").map((name) => textAt(name, "name")),
      ];
      return names.filter((name) => !table.get(name)?.includes(tool)).map((name) => `${name}: ${tool}`);
    });
    expect(described.length).toBeGreaterThan(50);
    expect(missing).toEqual([]);
  });

  it.each([
    ["generateResetPasswordToken", "reset_password"],
    ["expirePasswordAndGetTemporaryPassword", "expire_password_with_temp_password"],
    ["PartialUpdateUser", "update_user"],
    ["DeactivateOrDeleteUser", "delete_user"],
    ["clearUserSessions", "revoke_user_sessions"],
    ["assignLinkedObjectValueForPrimary", "set_linked_object_for_user"],
    ["assignGroupTargetToUserRole", "assign_group_target_to_role"],
  ])("know %s", (name, tool) => {
    expect(table.get(name)).toEqual([tool]);
  });

  it("tell the two meanings of updateUser apart, and keep update_user for its own tool", () => {
    expect(table.get("updateUser")).toEqual(["update_user", "replace_user"]);
    expect(table.get("update_user")).toEqual(["update_user"]);
    expect(block).toContain("`update_user`; in older SDKs `replace_user`");
  });

  it("lead only to tools that exist", () => {
    const known = operations.map(({ name }) => name);
    expect([...table.values()].flat().filter((tool) => !known.includes(tool))).toEqual([]);
    expect(table.size).toBeGreaterThan(3 * known.length);
  });
});
