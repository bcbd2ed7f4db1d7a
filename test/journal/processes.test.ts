import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at } from "../support/at.ts";
import { intent } from "./changes.ts";
import { entriesOf, place, short, verified } from "./support.ts";

const { path, journal } = place();

const LONG = process.env.LONG === "1";
const folder = mkdtempSync(join(tmpdir(), "okta-users-mcp-processes-"));
const WORKER = join(folder, "worker.mjs");
const COMMAND = [process.execPath, WORKER];
const running = new Set<ChildProcess>();
// Compiled once: it starts a dozen times.
beforeAll(async () => {
  const entryPoints = [fileURLToPath(new URL("./worker.ts", import.meta.url))];
  await build({ entryPoints, outfile: WORKER, bundle: true, format: "esm", platform: "node", logLevel: "warning" });
});
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Starts another process that writes so many changes of so many characters; `through` is a program that starts it. */
function start(changes: number, length: number, through: readonly string[] = [], makesRoom = "no"): ChildProcess {
  const [command = "", ...args] = [...through, ...COMMAND, path(), String(changes), String(length), makesRoom];
  const child = spawn(command, args);
  running.add(child);
  child.once("exit", () => running.delete(child));
  child.stderr?.pipe(process.stderr);
  return child;
}

async function run(...given: Parameters<typeof start>): Promise<string[]> {
  const child = start(...given);
  let said = "";
  child.stdout?.on("data", (chunk) => {
    said += String(chunk);
  });
  const [code]: unknown[] = await once(child, "close");
  expect(code).toBe(0);
  return said.split("\n").slice(0, -1);
}

const size = (): number => (existsSync(path()) ? statSync(path()).size : 0);

describe("several processes that write one journal at the same time", () => {
  it("have a chain each, and every line is whole", { timeout: 60_000 }, async () => {
    const changes = LONG ? 500 : 60;
    const said = await Promise.all([run(changes, 10), run(changes, 30_000), run(changes, 5_000)]);
    expect(said).toEqual([[], [], []]);
    expect(await verified(path())).toEqual({
      ...{ intact: true, lines: 6 * changes, writers: 3, changes: 3 * changes, findings: [] },
    });
    const { entries, unreadable } = await entriesOf(path());
    expect(unreadable).toEqual([]);
    expect(entries).toHaveLength(3 * changes);
    expect(entries.every(({ outcome }) => outcome?.outcome === "done")).toBe(true);
  });
});

describe("a process that is killed while it writes", () => {
  it("leaves a journal that is intact, and does not harm the next", { timeout: 600_000 }, async () => {
    const kills = LONG ? 40 : 4;
    for (let round = 1; round <= kills; round += 1) {
      const enough = size() + 500_000 + Math.floor(Math.random() * 500_000);
      const child = start(1_000_000, 200_000);
      const ended = once(child, "exit");
      while (size() < enough && child.exitCode === null) await sleep(1);
      child.kill("SIGKILL");
      const [code, signal]: unknown[] = await ended;
      expect([code, signal]).toEqual([null, "SIGKILL"]);
      const writer = journal();
      const changeId = await writer.intend(intent({ arguments: { round } }));
      await writer.conclude(changeId, { outcome: "done" });
    }
    const { intact, writers, findings } = await verified(path());
    expect(intact).toBe(true);
    expect(writers).toBe(2 * kills);
    expect(findings.filter(({ kind }) => kind !== "torn" && kind !== "not_recorded")).toEqual([]);
    for (const kind of ["torn", "not_recorded"])
      expect(findings.filter((finding) => finding.kind === kind).length).toBeLessThanOrEqual(kills);
    const { entries } = await entriesOf(path());
    const after = entries.filter(({ intent }) => intent && at(intent.arguments, "round") !== undefined);
    expect(after.map(({ intent, outcome }) => [at(intent?.arguments, "round"), outcome?.outcome])).toEqual(
      Array.from({ length: kills }, (_, index) => [index + 1, "done"]),
    );
  });
});

/** A limit on a file's size cuts a write short as a full disk does; 32 blocks of 1024 bytes. */
const SMALL_DISK = ["bash", "-c", 'ulimit -S -f 32 && exec "$@"', "bash"];

describe.skipIf(process.platform === "win32")("a disk that is full", () => {
  it("is said at every change, and what was half written is no part of a chain", async () => {
    const said = await run(10, 10_000, SMALL_DISK);
    expect(said.length).toBeGreaterThan(5);
    expect(new Set(said)).toEqual(new Set(["disk_full"]));
    expect(size()).toBe(32 * 1024);
    expect(readFileSync(path()).at(-1)).not.toBe(0x0a);
    // There is room again.
    expect(await run(2, 10)).toEqual([]);
    await expectOneTorn(2);
  });

  it.skipIf(process.platform !== "linux")("is forgotten by the same process when there is room again", async () => {
    expect(await run(10, 10_000, SMALL_DISK, "yes")).toEqual(["disk_full"]);
    await expectOneTorn(2);
  });

  /** All that was recorded as intended was concluded, by so many writers, and one line is torn. */
  async function expectOneTorn(writers: number): Promise<void> {
    const { findings, ...found } = await verified(path());
    expect(found).toMatchObject({ intact: true, writers });
    expect(short(findings)).toEqual([expect.stringMatching(/^torn \d$/)]);
    const { entries } = await entriesOf(path());
    expect(entries.length).toBeGreaterThan(3);
    expect(new Set(entries.map(({ outcome }) => outcome?.outcome))).toEqual(new Set(["done"]));
  }
});
