import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { families, jobs } from "../../tools/index.ts";
import { prompts } from "../../tools/prompts.ts";
import { flagOf, SETTINGS } from "../config.ts";
import { JOBS, list } from "../listing.ts";
import type { Tool } from "../operation.ts";
import { RESOURCES } from "../resource.ts";
import { select } from "../select.ts";
import { asksForConsent, consentOf } from "./consent.ts";
import { code, codes, table } from "./markdown.ts";
import { sdkNames } from "./sdk-names.ts";
import { toolsReadme } from "./tools-readme.ts";

/** Writes what the documentation says of tools and settings from the code; `--check` only tells whether it is current. */

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Hosts that take few tools are happiest below this. */
const FEW_TOOLS = 40;

/** Families, and then tools, that an assistant for a help desk misses least, first first. */
const RARELY_NEEDED = [
  ...["role-targets", "tokens", "grants", "linked-objects", "schemas", "roles"],
  // They need what only the person knows: the password, or the answer to the recovery question.
  ...["forgot_password_set_new_password", "change_recovery_question", "change_password"],
  ...["list_user_blocks", "list_user_identity_providers", "replace_user"],
];

const BLOCKS: Readonly<Record<string, () => string>> = {
  settings: settingsTable,
  tools: toolsTable,
  "cursor-tools": cursorConfig,
  "sdk-names": sdkNamesTable,
  prompts: promptsTable,
  resources: resourcesTable,
};

/** The generated files, by path from the root, given the README as it stands. */
export function documents(readme: string): Map<string, string> {
  const rewritten = Object.entries(BLOCKS).reduce((text, [name, write]) => rewrite(text, name, write()), readme);
  return new Map([
    ["README.md", rewritten],
    ["tools/README.md", toolsReadme(families, jobs)],
  ]);
}

function rewrite(text: string, name: string, content: string): string {
  const start = `<!-- generated: ${name} -->`;
  const end = `<!-- end: ${name} -->`;
  const [before, rest, ...more] = text.split(start);
  const [, after, ...others] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined || more.length + others.length > 0)
    throw new Error(`README.md must hold one block from ${start} to ${end}`);
  return `${before}${start}\n${content}\n${end}${after}`;
}

function settingsTable(): string {
  const rows = SETTINGS.map((setting) => [
    code(setting.name),
    setting.noFlag ? "none" : code(`--${flagOf(setting)}`),
    setting.meaning,
    setting.fallback,
  ]);
  return table(["variable", "flag", "meaning", "default"], rows);
}

function toolsTable(): string {
  const count = [...families.values()].flat().length;
  const row = ({ name, effect, summary }: Tool, asks: string, more = ""): string[] => [
    `[${name}](tools/README.md#${name})${more}`,
    effect,
    asks,
    summary,
  ];
  const byFamily = [...families].map(([family, operations]): [string, string[][]] => [
    family,
    operations.map((operation) => row(operation, consentOf(operation).asks)),
  ]);
  const ofJobs = jobs.map((job) =>
    row(job, asksForConsent(job) ? "always" : "never", job.needs && `, with ${code(job.needs)}`),
  );
  const rows = [...byFamily, [JOBS, ofJobs] as const].flatMap(([family, own]) =>
    own.map((cells, index) => [index === 0 ? `**${family}**` : "", ...cells]),
  );
  return [
    `${count} tools in ${families.size} families, one for each operation, and ${jobs.length} in the family ${code(JOBS)}, each of which does what takes several.`,
    table(["family", "tool", "effect", "asks", "what it does"], rows),
  ].join("\n\n");
}

/** The words of OKTA_TOOLS that leave few enough tools for every host. */
export function fewTools(): { readonly words: readonly string[]; readonly left: number; readonly all: number } {
  const listed = list(families, jobs);
  const leaves = (words: readonly string[]): number =>
    select(listed, { tools: words, readOnly: false, given: [] }).on.length;
  for (let taken = 1; taken <= RARELY_NEEDED.length; taken += 1) {
    const words = RARELY_NEEDED.slice(0, taken).map((word) => `-${word}`);
    const left = leaves(words);
    if (left < FEW_TOOLS) return { words, left, all: leaves([]) };
  }
  throw new Error("RARELY_NEEDED in docs.ts must name more");
}

function cursorConfig(): string {
  const { words, left, all } = fewTools();
  const value = words.join(",");
  return `\`\`\`json
{
  "mcpServers": {
    "okta-users": {
      "command": "npx",
      "args": ["-y", "okta-users-mcp"],
      "env": {
        "OKTA_ORG_URL": "https://your-org.okta.com",
        "OKTA_API_TOKEN": "your-token",
        "OKTA_TOOLS": "${value}"
      }
    }
  }
}
\`\`\`

\`OKTA_TOOLS=${value}\` leaves ${left} of the ${all} tools.`;
}

function sdkNamesTable(): string {
  const names = sdkNames([...families.values()].flat().map(({ name }) => name));
  const rows = names.map(({ spellings, tools: [tool = "", ...older] }) => [
    codes(spellings.filter((spelling) => older.length === 0 || spelling !== tool)),
    code(tool) + older.map((name) => `; in older SDKs ${code(name)}`).join(""),
  ]);
  return table(["name in an SDK or API document", "tool"], rows);
}

function promptsTable(): string {
  const rows = prompts.map(({ name, description, arguments: taken }) => [
    code(name),
    taken.map((argument) => code(argument.name) + (argument.required ? "" : "?")).join(", "),
    description,
  ]);
  return table(["prompt", "asks for", "what it is for"], rows);
}

function resourcesTable(): string {
  const rows = RESOURCES.map(({ uri, description, reads, shows }) => [
    code(uri),
    description,
    codes([reads === "journal" ? "OKTA_AUDIT_LOG" : reads.tool, ...(shows === undefined ? [] : [shows])]),
  ]);
  return table(["resource", "what it holds", "needs"], rows);
}

/** Brings the generated files of a folder up to date, or only looks; returns the paths of those that were not. */
export function update(folder: string, checkOnly: boolean): string[] {
  const stale = [...documents(read(folder, "README.md"))].filter(([path, text]) => read(folder, path) !== text);
  if (!checkOnly) for (const [path, text] of stale) writeFileSync(join(folder, path), text);
  return stale.map(([path]) => path);
}

function read(folder: string, path: string): string {
  const file = join(folder, path);
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

const self = fileURLToPath(import.meta.url);
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === realpathSync(self)) {
  const checkOnly = process.argv.includes("--check");
  const stale = update(root, checkOnly);
  if (checkOnly && stale.length > 0) process.exitCode = 1;
  for (const path of stale)
    if (checkOnly) process.stderr.write(`${path} is not up to date: run npm run docs\n`);
    else process.stdout.write(`${path} written\n`);
}
