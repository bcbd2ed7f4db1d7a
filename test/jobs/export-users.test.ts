import {
  chmodSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { run } from "../process/host.ts";
import { at, textAt } from "../support/at.ts";
import { sample } from "../support/sample.ts";
import type { TestServer } from "../support/server.ts";
import { world } from "../tools/support.ts";
import { parseCsv } from "./parse-csv.ts";
import { causesOf, everybody } from "./support.ts";

const root = mkdtempSync(join(tmpdir(), "okta-users-mcp-export-"));
const folder = join(root, "exports");
mkdirSync(folder);
const w = world({ OKTA_EXPORT_DIR: folder }, 450);
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
});

const csv = { columns: ["id"], format: "csv" };

describe("export_users", () => {
  it("writes everybody as CSV, DEPROVISIONED too, for nobody else to read", async () => {
    const columns = ["id", "status", "type.id", "lastLogin", "profile.login", "profile.badgeNumber", "profile.agency"];
    const { reply } = await w.server.call("export_users", { columns, format: "csv", name: "people" });
    const path = join(folder, "people.csv");
    const people = await everybody(w.org);
    expect(reply).toEqual({ path, rows: people.length, bytes: statSync(path).size, columns });
    expect(readdirSync(folder)).toEqual(["people.csv"]);
    if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
    const cell = (person: unknown, column: string): string => String(at(person, column) ?? "");
    expect(parseCsv(readFileSync(path, "utf8"))).toEqual([
      columns,
      ...people.map((person) => columns.map((column) => cell(person, column))),
    ]);
  });

  it("writes raw values as JSON Lines, under the time as its name", async () => {
    const nickName = '=1+1,"\u202E\u0000';
    const { login } = await w.org.person("ACTIVE", { nickName });
    const columns = ["profile.nickName", "profile.skills", "profile.remote", "lastLogin"];
    const search = `profile.login eq "${login}" or profile.employeeNumber eq "E100000"`;
    const { reply } = await w.server.call("export_users", { search, columns, format: "jsonl" });
    const path = textAt(reply, "path");
    expect([dirname(path), basename(path)]).toEqual([folder, expect.stringMatching(/^users-[\dT-]+Z\.jsonl$/)]);
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    const people = await everybody(w.org, search);
    expect(lines.map((text) => JSON.parse(text))).toEqual(
      people.map((person) => Object.fromEntries(columns.map((column) => [column, at(person, column) ?? null]))),
    );
    expect(readFileSync(path, "utf8")).toContain(JSON.stringify(nickName));
  });

  it("keeps a spreadsheet from calculating", async () => {
    const { login } = await w.org.person("ACTIVE", { nickName: "=HYPERLINK(1)", title: '+1,"2"' });
    const search = `profile.login eq "${login}"`;
    const args = { search, columns: ["profile.nickName", "profile.title"], format: "csv", name: "harmless.csv" };
    const { reply } = await w.server.call("export_users", args);
    expect(readFileSync(textAt(reply, "path"), "utf8")).toBe(
      `profile.nickName,profile.title\r\n'=HYPERLINK(1),"'+1,""2"""\r\n`,
    );
  });

  it("removes what a crash left half, once that is a day old, and nothing else", async () => {
    const names = ["0a", "1b", "2c", "3d"].map((start) => `.${start}345678-1234-4234-8234-123456789abc.part`);
    const [old = "", young = "", link = "", within = ""] = names;
    const others = [`x${old}`, old.toUpperCase(), `${old}.csv`, "people.part", ".part"];
    const aside = join(root, "aside");
    writeFileSync(aside, "");
    mkdirSync(join(folder, within));
    for (const name of [old, young, ...others]) writeFileSync(join(folder, name), "");
    symlinkSync(aside, join(folder, link));
    const yesterday = Date.now() / 1_000 - 25 * 3_600;
    for (const name of [old, within, ...others]) utimesSync(join(folder, name), yesterday, yesterday);
    lutimesSync(join(folder, link), yesterday, yesterday);
    utimesSync(aside, yesterday, yesterday);
    await w.server.call("export_users", { ...csv, name: "mine" });
    expect(readdirSync(folder).sort()).toEqual([young, link, within, ...others, "mine.csv"].sort());
    expect(readdirSync(root)).toContain("aside");
  });

  it("writes a header alone where nobody is found", async () => {
    const args = { ...csv, search: 'profile.login eq "nobody@example.com"', name: "none" };
    const { reply } = await w.server.call("export_users", args);
    expect(reply).toMatchObject({ rows: 0, bytes: 4 });
  });

  it.each(["readable", "a-b_c.2026", "x".repeat(100)])("takes the name %s", async (name) => {
    await w.server.call("export_users", { ...csv, name });
    expect(readdirSync(folder)).toEqual([`${name}.csv`]);
  });

  /** [arguments, the refusal] */
  const refusals: readonly [Record<string, unknown>, RegExp][] = [
    ...["../up", "a/b", "a\\b", ".hidden", "", "/etc/passwd", "a b", "nul", "con.csv", "a\u0000", "x".repeat(101)].map(
      (name): [Record<string, unknown>, RegExp] => [{ name }, /name: must be a plain file name/],
    ),
    [{ columns: [] }, /columns: must be at least 1/],
    [{ columns: ["id", "id"] }, /columns: names the same twice/],
    [{ columns: ["login"] }, /did you mean profile\.login\?/],
    [{ columns: ["lastlogin"] }, /did you mean lastLogin\?/],
    [{ columns: ["id", "profile.lgoin"] }, /profile\.lgoin.* is no attribute of a user; did you mean profile\.login\?/],
    [{ columns: ["profile.a,b)"] }, /is no attribute/],
    [{ columns: ["_links"] }, /is no attribute/],
    [{ format: "xlsx" }, /format: must be one of csv, jsonl/],
    [{ search: "nonsense" }, /^E0000031/],
  ];
  it.each(refusals)("refuses %j and writes nothing", async (args, why) => {
    const { failed, reply } = await w.server.call("export_users", { ...csv, ...args });
    expect([failed, causesOf(reply)]).toEqual([true, expect.stringMatching(why)]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(["file", "link"])("replaces no %s", async (kind) => {
    const elsewhere = join(root, `elsewhere-${kind}`);
    if (kind === "file") writeFileSync(join(folder, "mine.csv"), "mine");
    else symlinkSync(elsewhere, join(folder, "mine.csv"));
    const { reply } = await w.server.call("export_users", { ...csv, name: "mine" });
    expect(causesOf(reply)).toMatch(/^invalid_arguments: .*name: is taken/);
    expect(readdirSync(folder)).toEqual(["mine.csv"]);
    if (kind === "file") expect(readFileSync(join(folder, "mine.csv"), "utf8")).toBe("mine");
    else expect(readdirSync(root)).not.toContain(basename(elsewhere));
  });

  it("replaces no file that came about meanwhile", async () => {
    await w.org.fault({ kind: "delay", delayMs: 800, path: "/api/v1/users" });
    const exporting = w.server.call("export_users", { ...csv, name: "mine" });
    await expect.poll(() => readdirSync(folder).join()).toMatch(/^\.[0-9a-f-]{36}\.part$/);
    writeFileSync(join(folder, "mine.csv"), "mine");
    expect(causesOf((await exporting).reply)).toMatch(/name: is taken/);
    expect(readdirSync(folder)).toEqual(["mine.csv"]);
    expect(readFileSync(join(folder, "mine.csv"), "utf8")).toBe("mine");
  });

  /** [what goes wrong, the faults, the code] */
  const failures: readonly [string, readonly Record<string, unknown>[], string][] = [
    [
      "Okta fails in the middle",
      [
        { kind: "delay", delayMs: 1 },
        { kind: "status", status: 403 },
      ],
      "E0000009",
    ],
    [
      "time is over in the middle",
      [
        { kind: "delay", delayMs: 1 },
        { kind: "delay", delayMs: 2_500 },
      ],
      "timeout",
    ],
  ];
  it.each(sample(failures))("leaves no file where %s", async (_, faults, code) => {
    const server = await w.another({ OKTA_EXPORT_DIR: folder, OKTA_TIMEOUT_SECONDS: "1" });
    for (const fault of faults) await w.org.fault({ ...fault, path: "/api/v1/users" });
    const { failed, reply } = await server.call("export_users", { ...csv, name: "half" });
    expect([failed, at(reply, "error.code")]).toEqual([true, code]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("leaves no file where the host gives up", async () => {
    await w.org.fault({ kind: "delay", delayMs: 5_000, path: "/api/v1/users" });
    const giveUp = new AbortController();
    const params = { name: "export_users", arguments: { ...csv, name: "half" } };
    const call = w.server.client.callTool(params, undefined, { signal: giveUp.signal });
    await expect.poll(() => readdirSync(folder)).toHaveLength(1);
    giveUp.abort();
    await expect(call).rejects.toThrow();
    await expect.poll(() => readdirSync(folder)).toEqual([]);
  });
});

describe("OKTA_EXPORT_DIR", () => {
  const names = async (server: TestServer): Promise<string[]> => (await server.tools()).map(({ name }) => name);

  it("is what makes the tool be there, with OKTA_READ_ONLY too", async () => {
    const without = await w.another({});
    expect(await names(without)).not.toContain("export_users");
    const { reply } = await without.call("export_users", csv);
    expect(at(reply, "error")).toMatchObject({
      code: "tool_disabled",
      summary: expect.stringContaining("exists only where OKTA_EXPORT_DIR is set"),
    });
    const reading = await w.another({ OKTA_EXPORT_DIR: folder, OKTA_READ_ONLY: "true" });
    expect(await names(reading)).toContain("export_users");
  });

  /** [what it names, how that comes about, what is wrong with it] */
  const folders: readonly [string, (path: string) => void, RegExp][] = [
    ["nothing", () => {}, /it does not exist/],
    ["a file", (path) => writeFileSync(path, ""), /it is not a folder/],
    ["a link to a folder", (path) => symlinkSync(folder, path), /it is a link/],
    // Nothing is closed to root.
    ...(process.getuid?.() === 0 || process.platform === "win32"
      ? []
      : [
          [
            "a folder that cannot be written",
            (path: string) => {
              mkdirSync(path);
              chmodSync(path, 0o500);
            },
            /it cannot be written \(EACCES\)/,
          ] satisfies [string, (path: string) => void, RegExp],
        ]),
  ];
  it.each(folders)("that names %s is no place for exports", async (what, make, why) => {
    const path = join(root, what.replaceAll(" ", "-"));
    mkdirSync(path);
    const server = await w.another({ OKTA_EXPORT_DIR: path });
    rmSync(path, { recursive: true });
    make(path);
    const { reply } = await server.call("export_users", csv);
    expect(at(reply, "error")).toMatchObject({ code: "tool_disabled", summary: expect.stringMatching(why) });
    expect(textAt(reply, "hint")).toMatch(/Whoever runs this server/);
    const { ending, stderr } = await run([], { OKTA_EXPORT_DIR: path });
    expect([ending, stderr.join()]).toEqual([1, expect.stringMatching(/OKTA_EXPORT_DIR: the folder for exports/)]);
  });
});
