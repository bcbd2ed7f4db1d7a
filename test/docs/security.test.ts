import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { SETTINGS } from "../../src/config.ts";
import { jobs, operations } from "../../tools/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const security = readFileSync(join(root, "SECURITY.md"), "utf8");

/** What stands under a heading, up to the next one of its level or above. */
function under(heading: string): string {
  const [level = ""] = heading.split(" ");
  const [, after = ""] = security.split(`\n${heading}\n`);
  return after.split(new RegExp(`\n#{2,${level.length}} `))[0] ?? "";
}

interface Row {
  readonly threat: string;
  readonly promise: string;
  readonly how: string;
  readonly tests: string;
}

const rows: readonly Row[] = under("## Promises")
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .slice(2)
  .map((line) => {
    const [threat = "", promise = "", how = "", tests = "", ...more] = line.split(" | ");
    expect(more, line).toEqual([]);
    return { threat: threat.replace(/^\| /, ""), promise, how, tests: tests.replace(/ \|$/, "") };
  });

/** The links to tests, as [name, path from the root]. */
function linksOf(tests: string): [string, string][] {
  return [...tests.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)].map(([, name = "", path = ""]) => [name, path]);
}

describe("the promises of SECURITY.md", () => {
  it("are many, each said once", () => {
    expect(rows.length).toBeGreaterThan(30);
    expect(new Set(rows.map(({ promise }) => promise)).size).toBe(rows.length);
  });

  it("stand by threat, in the order of the threats, and none is without a promise", () => {
    const threats = [...under("## Threats").matchAll(/^### (.+)$/gm)].map(([, threat]) => threat);
    const named = rows.map(({ threat }) => threat);
    expect(named.filter((threat, index) => threat !== named[index - 1])).toEqual(threats);
  });

  it("say how, and name a test each, by its path", () => {
    const wrong = rows.filter(({ promise, how, tests }) => {
      const links = linksOf(tests);
      const named = links.every(([name, path]) => path.replace(/^test\/|(\.test)?\.ts$/g, "") === name);
      return promise === "" || how === "" || links.length === 0 || !named;
    });
    expect(wrong).toEqual([]);
  });

  it("name only files of tests that there are and that test something", () => {
    const paths = rows.flatMap(({ tests }) => linksOf(tests).map(([, path]) => path));
    const missing = paths.filter((path) => {
      const file = join(root, path);
      if (!path.startsWith("test/") || !existsSync(file)) return true;
      return statSync(file).isFile() && !/\bexpect\(/.test(readFileSync(file, "utf8"));
    });
    expect([...new Set(missing)]).toEqual([]);
  });
});

it("SECURITY.md names only files, settings and tools that there are", () => {
  const files = [...security.matchAll(/\b(?:src|test)\/[\w/.-]*\w/g)].map(([path]) => path);
  const settings = [...security.matchAll(/\bOKTA_[A-Z_]+/g)].map(([name]) => name);
  const tools = [...security.matchAll(/`([a-z]+_[a-z_]*user[a-z_]*|undo_change)`/g)].map(([, name]) => name);
  const known = SETTINGS.map(({ name }) => name);
  const all = [...operations, ...jobs].map(({ name }) => name);
  expect([files.length > 50, settings.length > 10, tools.length > 1]).toEqual([true, true, true]);
  expect([
    ...files.filter((path) => !existsSync(join(root, path))),
    ...settings.filter((name) => !known.includes(name)),
    ...tools.filter((name) => name === undefined || !all.includes(name)),
  ]).toEqual([]);
});
