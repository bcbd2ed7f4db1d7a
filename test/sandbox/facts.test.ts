import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const FOLDER = fileURLToPath(new URL("../../src/sandbox/", import.meta.url));
const FACTS = readFileSync(`${FOLDER}FACTS.md`, "utf8");

/** How often each source file marks a choice that nobody could verify. */
function marks(): Map<string, number> {
  const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const counted = files.map((name) => {
    const found = readFileSync(FOLDER + name, "utf8").match(/unverified:/g) ?? [];
    return [name.replaceAll("\\", "/"), found.length] as const;
  });
  return new Map(counted.filter(([, count]) => count > 0).sort());
}

it("FACTS.md covers every unverified choice of the sandbox: say in words what a new mark is about, then count it", () => {
  const covered = [...FACTS.matchAll(/`([\w/-]+\.ts)` (\d+)/g)].map(
    ([, name = "", count]) => [name, Number(count)] as const,
  );
  expect(new Map([...covered].sort())).toEqual(marks());
});
