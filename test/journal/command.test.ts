import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type JournalOptions, journalArguments, journal as journalCommand } from "../../src/cli/journal.ts";
import { ConfigError } from "../../src/config-error.ts";
import type { Conclusion, Intent } from "../../src/journal/entry.ts";
import { ADA, intent } from "./changes.ts";
import { place } from "./support.ts";

const { path, journal } = place();

const TOOLS = ["suspend_user", "unsuspend_user", "update_user", "create_user"];
const NOW = Date.parse("2026-03-10T12:00:00Z");
const ALL: JournalOptions = { verify: false, user: undefined, tool: undefined, since: undefined };

/** What the command prints, and whether all is well. */
async function print(options: Partial<JournalOptions> = {}): Promise<{ well: boolean; lines: string[] }> {
  const lines: string[] = [];
  const well = await journalCommand(path(), { ...ALL, ...options }, (line = "") => void lines.push(line));
  return { well, lines };
}

async function change(differs: Partial<Intent> = {}, conclusion?: Conclusion): Promise<string> {
  const writer = journal();
  const changeId = await writer.intend(intent(differs));
  if (conclusion) await writer.conclude(changeId, conclusion);
  return changeId;
}

describe("the arguments of journal", () => {
  /** [arguments, what is understood beside the defaults] */
  const good: readonly [string[], object][] = [
    [[], {}],
    [["--verify"], { verify: true }],
    [["--user", "ada@example.com"], { user: "ada@example.com" }],
    [["--user=ada@example.com", "--tool=suspend_user"], { user: "ada@example.com", tool: "suspend_user" }],
    [["--since", "7d"], { since: NOW - 7 * 86_400_000 }],
    [["--since", "24h"], { since: NOW - 86_400_000 }],
    [["--since", "2026-01-31"], { since: Date.parse("2026-01-31T00:00:00Z") }],
    [["--since", "2026-01-31T08:30"], { since: Date.parse("2026-01-31T08:30:00Z") }],
    [["--since", "2026-01-31T08:30:00.5Z"], { since: Date.parse("2026-01-31T08:30:00.500Z") }],
    [["--since", "2026-01-31T08:30+02:00"], { since: Date.parse("2026-01-31T06:30:00Z") }],
    [["--audit-log", "/var/j.jsonl", "--verify"], { verify: true, auditLog: "/var/j.jsonl" }],
  ];
  it.each(good)("%j", (args, found) => {
    const none = { verify: false, user: undefined, tool: undefined, since: undefined, auditLog: undefined };
    expect(journalArguments(args, TOOLS, NOW)).toEqual({ ...none, ...found });
  });

  /** [arguments, what the one line says] */
  const bad: readonly [string[], RegExp][] = [
    [["ada"], /^journal does not know what "ada" is; it takes --verify, --user, --tool, --since, --audit-log$/],
    [["--", "ada"], /"ada"/],
    [["--usr", "ada"], /^journal has no --usr; did you mean --user\?$/],
    [["--colour"], /^journal has no --colour; it takes --verify/],
    [["--constructor"], /^journal has no --constructor/],
    [["-v"], /^journal has no -v/],
    [["--user"], /^--user needs an id or a login$/],
    [["--user="], /^--user needs an id or a login$/],
    [["--user", "--verify"], /^--user needs an id or a login$/],
    [["--user", "a", "--user", "b"], /^--user is given twice$/],
    [["--verify=no"], /^--verify takes no value$/],
    [
      ["--verify", "--tool", "suspend_user"],
      /^--verify looks at the whole journal; leave out --user, --tool and --since$/,
    ],
    [["--tool", "suspend"], /^--tool suspend is not a tool; did you mean (un)?suspend_user\?$/],
    [["--tool", "Suspend_User"], /did you mean suspend_user\?$/],
    [["--tool", "xyzzy"], /^--tool xyzzy is not a tool; give its full name, as in suspend_user$/],
    [["--since"], /^--since needs a date \(2026-01-31\), a time/],
    ...[
      "yesterday",
      "7",
      "7w",
      "-7d",
      "2026",
      "2026-13-01",
      "2026-02-30",
      "2026-02-30T10:00Z",
      "31.01.2026",
      "2026-01-31 08:00",
      "2026-01-31T25:00Z",
    ].map((text): [string[], RegExp] => [[`--since=${text}`], /^--since needs a date \(2026-01-31\), a time/]),
  ];
  it.each(bad)("%j is refused", (args, says) => {
    expect(() => journalArguments(args, TOOLS, NOW)).toThrow(ConfigError);
    expect(() => journalArguments(args, TOOLS, NOW)).toThrow(says);
  });
});

describe("journal", () => {
  it("shows each change and what it changed", async () => {
    const before = { status: "ACTIVE", profile: { department: "Sales", title: "Buyer", tags: ["a"], city: null } };
    const after = { status: "ACTIVE", profile: { department: "Finance", tags: ["a", "b"], city: "Bern" } };
    const first = await change({ tool: "update_user", before }, { outcome: "done", requestId: "req-1", after });
    const second = await change({}, { outcome: "refused", code: "E0000038", requestId: "req-2" });
    const third = await change({
      target: { id: null, login: "new@example.com" },
      tool: "create_user",
      consent: "none",
    });
    const fourth = await change({ target: null, consent: "elicited" }, { outcome: "unknown", code: "outcome_unknown" });
    const { well, lines } = await print();
    expect(well).toBe(true);
    const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`;
    const expected = [
      "time \\(UTC\\) +tool +who +consent +outcome +change +request",
      `${time}  update_user   ada@example.com  argument  done                     ${first}  req-1`,
      `    profile\\.department: "Sales" -> "Finance"`,
      `    profile\\.title: "Buyer" -> \\(none\\)`,
      `    profile\\.tags: \\["a"\\] -> \\["a","b"\\]`,
      `    profile\\.city: null -> "Bern"`,
      `${time}  suspend_user  ada@example.com  argument  refused E0000038         ${second}  req-2`,
      `${time}  create_user   new@example.com  none      not recorded             ${third}  -`,
      `${time}  suspend_user  -                elicited  unknown outcome_unknown  ${fourth}  -`,
    ];
    expect(lines).toEqual(expected.map((line) => expect.stringMatching(new RegExp(`^${line}$`))));
  });

  it("shows changes in the order they were begun, however many there are", async () => {
    const writer = journal();
    const ids: string[] = [];
    for (let n = 0; n < 520; n += 1) ids.push(await writer.intend(intent()));
    for (const id of ids.toReversed()) if (id !== ids[3]) await writer.conclude(id, { outcome: "done" });
    const { lines } = await print();
    expect(lines).toHaveLength(521);
    expect(lines.slice(1).map((line) => ids.findIndex((id) => line.includes(`${id} `)))).toEqual(ids.map((_, n) => n));
    expect(lines.filter((line) => line.includes("not recorded"))).toHaveLength(1);
  });

  const people = async (): Promise<void> => {
    await change({ tool: "update_user" }, { outcome: "done" });
    await change(
      { target: { id: null, login: "bob@example.com" }, tool: "create_user" },
      { outcome: "done", after: { id: "00u1bob5678901234567" } },
    );
    await change(
      { target: { id: "00u1cyd5678901234567", login: "cyd@example.com" } },
      { outcome: "done", after: { "profile.login": "dee@example.com" } },
    );
    await change({ target: null }, { outcome: "done" });
  };
  /** [the options, the logins in the table] */
  const filters: readonly [Partial<JournalOptions>, readonly string[]][] = [
    [{}, ["ada@", "bob@", "cyd@", "-"]],
    [{ user: "ada@example.com" }, ["ada@"]],
    [{ user: "ADA@Example.com" }, ["ada@"]],
    [{ user: ADA.id }, ["ada@"]],
    [{ user: ADA.id.toUpperCase() }, ["ada@"]],
    [{ user: "00u1bob5678901234567" }, ["bob@"]],
    [{ user: "dee@example.com" }, ["cyd@"]],
    [{ user: "ada" }, ["ada@"]],
    [{ user: "ad" }, []],
    [{ tool: "suspend_user" }, ["cyd@", "-"]],
    [{ tool: "suspend" }, []],
    [{ tool: "suspend_user", user: "ada@example.com" }, []],
    [{ since: Date.now() - 60_000 }, ["ada@", "bob@", "cyd@", "-"]],
    [{ since: Date.now() + 60_000 }, []],
  ];
  it.each(filters)("with %j shows only those", async (options, found) => {
    await people();
    const { lines } = await print(options);
    if (found.length === 0) expect(lines).toEqual(["No such change is in the journal."]);
    else expect(lines.slice(1).flatMap((line) => / (ada@|bob@|cyd@|-)/.exec(line)?.[1] ?? [])).toEqual(found);
  });

  it("shows nothing of what people wrote that could drive a terminal or pass for another line", async () => {
    const evil = "\u001B[2J\u202Eevil\nfake line\u0007";
    await change(
      { tool: evil, target: { id: evil, login: evil }, before: { [evil]: evil } },
      { outcome: "unknown", code: evil, requestId: evil, after: { [evil]: `${evil}2` } },
    );
    const [raw = ""] = readFileSync(path(), "utf8").split("\n");
    writeFileSync(path(), `${raw.replace(/"time":"[^"]*"/, `"time":${JSON.stringify(evil)}`)}\nx\n`);
    for (const options of [{}, { verify: true }]) {
      const { lines } = await print(options);
      expect(lines.join("")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
      expect(lines.join("")).toContain("\\u{1B}[2J");
    }
    expect((await print()).lines.at(-1)).toBe("1 line could not be read: okta-users-mcp journal --verify says more.");
  });

  it("cuts what is long, and counts what is much", async () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`a${n}`, "x".repeat(1_000)]));
    await change({ before: {} }, { outcome: "done", after: many });
    const { lines } = await print();
    expect(lines).toHaveLength(33);
    expect(lines[2]).toMatch(/^ {4}a0: \(none\) -> "x{199}… \[cut; 1002 characters in all\]$/);
    expect(lines.at(-1)).toBe("    ... and 20 more");
  });

  it("of nothing says so", async () => {
    await journal().check();
    expect(await print()).toEqual({ well: true, lines: ["No such change is in the journal."] });
  });

  it.each([{}, { verify: true }])("that cannot be read says why, with %j", async (options) => {
    await expect(print(options)).rejects.toThrow(ConfigError);
    await expect(print(options)).rejects.toThrow(/^there is no journal at .*journal\.jsonl: the first change makes it/);
    mkdirSync(path());
    await expect(print(options)).rejects.toThrow(/cannot be read: it is not a file$/);
  });

  it.skipIf(process.platform === "win32" || process.getuid?.() === 0)("that one may not read says so", async () => {
    await journal().check();
    chmodSync(path(), 0);
    await expect(print()).rejects.toThrow(/cannot be read \(EACCES\)$/);
  });
});

describe("journal --verify", () => {
  it("says that all is well, and what it cannot see", async () => {
    await change({}, { outcome: "done" });
    await change();
    expect(await print({ verify: true })).toEqual({
      well: true,
      lines: [
        expect.stringMatching(
          /^note {2}line 3 \(writer [0-9a-f]{16}\) suspend_user of \S+: outcome not recorded; the process ended/,
        ),
        "3 lines by 2 writers, 2 changes.",
        expect.stringContaining("A cut tail cannot be seen"),
        "All is well.",
      ],
    });
  });

  it("says what is wrong and where", async () => {
    await change({}, { outcome: "done" });
    writeFileSync(path(), readFileSync(path(), "utf8").replace("suspend_user", "update_user"));
    const { well, lines } = await print({ verify: true });
    expect(well).toBe(false);
    expect(lines[0]).toMatch(
      /^fail {2}line 1 \(writer [0-9a-f]{16}\) was changed, or line 2 was: they do not fit together$/,
    );
    expect(lines.at(-1)).toBe("The journal is not as it was written; see the lines marked fail.");
  });
});
