import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Conclusion, type Intent, LONGEST_LINE } from "../../src/journal/entry.ts";
import { JournalError, openJournal } from "../../src/journal/journal.ts";
import type { Json } from "../../src/schema.ts";
import { at, textAt } from "../support/at.ts";
import { RUNS } from "../unit/runs.ts";
import { anyText } from "../unit/texts.ts";
import { ADA, intent } from "./changes.ts";
import { entriesOf, place, short, verified } from "./support.ts";

const { folder, path, journal } = place();

const lines = (file = path()): string[] => readFileSync(file, "utf8").split("\n").slice(0, -1);
const parsed = (file = path()): unknown[] => lines(file).map((line): unknown => JSON.parse(line));
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Why a write to the journal failed. */
async function reasonOf(writing: Promise<unknown>): Promise<string> {
  const error = await writing.catch((caught: unknown) => caught);
  return error instanceof JournalError ? error.reason : `no JournalError but ${String(error)}`;
}

describe("a change", () => {
  it("is two lines, the first of them there before anything is asked of Okta", async () => {
    const writer = journal();
    const before = { status: "ACTIVE" };
    const changeId = await writer.intend(intent({ before }));
    const [first] = parsed();
    expect(first).toEqual({
      ...{ writer: expect.stringMatching(/^[0-9a-f]{16}$/), seq: 1, prev: "", kind: "intent" },
      ...{ time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/), changeId },
      ...{ tool: "suspend_user", arguments: { userId: ADA.id, confirm: true }, target: ADA },
      ...{ org: "acme.okta.com", by: "00u1admin789012345678", consent: "argument", before },
    });
    expect(changeId).toBe(`${textAt(first, "writer")}-1`);
    await writer.conclude(changeId, { outcome: "done", requestId: "r1", after: { status: "SUSPENDED" } });
    const [intended = "", concluded = "", ...more] = lines();
    expect(more).toEqual([]);
    expect(JSON.parse(concluded)).toEqual({
      ...{ writer: textAt(first, "writer"), seq: 2, prev: sha256(intended), kind: "outcome" },
      ...{ time: expect.any(String), changeId, outcome: "done", requestId: "r1", after: { status: "SUSPENDED" } },
    });
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  it("says its code where it was refused, and nothing of what is not known", async () => {
    const writer = journal();
    await writer.conclude(await writer.intend(intent({ target: null })), { outcome: "refused", code: "E0000038" });
    expect(Object.keys(Object(parsed()[0]))).not.toContain("before");
    expect(Object.keys(Object(parsed()[1])).slice(6)).toEqual(["outcome", "code"]);
  });

  it("is concluded once, and only when it was intended", async () => {
    const writer = journal();
    const changeId = await writer.intend(intent());
    await writer.conclude(changeId, { outcome: "done" });
    for (const id of [changeId, "0123456789abcdef-1"])
      await expect(writer.conclude(id, { outcome: "done" })).rejects.toBeInstanceOf(TypeError);
    expect(lines()).toHaveLength(2);
  });

  it("comes back from the file as it was written, whatever was in it and in whatever order outcomes came", async () => {
    const json = fc.jsonValue({ maxDepth: 3 }).map((value): Json => JSON.parse(JSON.stringify(value)));
    const target = fc.option(fc.record({ id: fc.option(anyText), login: anyText }));
    const change = fc.record({
      intent: fc.record({
        tool: anyText,
        arguments: fc.dictionary(anyText, json, { maxKeys: 3 }),
        target,
        org: anyText,
        by: anyText,
        consent: fc.constantFrom("none" as const, "argument" as const, "elicited" as const),
        before: fc.option(json, { nil: undefined }),
      }),
      conclusion: fc.option(
        fc.record({
          outcome: fc.constantFrom("done" as const, "verified" as const, "refused" as const, "unknown" as const),
          code: fc.option(anyText, { nil: undefined }),
          requestId: fc.option(anyText, { nil: undefined }),
          after: fc.option(json, { nil: undefined }),
        }),
        { nil: undefined },
      ),
      late: fc.boolean(),
      writer: fc.nat(1),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 6 }), async (changes) => {
        rmSync(path(), { force: true });
        const writers = [openJournal(path()), openJournal(path())];
        const made: { id: string; intent: Intent; conclusion: Conclusion | undefined }[] = [];
        const late: (() => Promise<void>)[] = [];
        await writers[0]?.check();
        for (const { intent, conclusion, late: waits, writer } of changes) {
          const id = (await writers[writer]?.intend(intent)) ?? "";
          made.push({ id, intent, conclusion });
          if (conclusion === undefined) continue;
          const conclude = async (): Promise<void> => writers[writer]?.conclude(id, conclusion);
          if (waits) late.unshift(conclude);
          else await conclude();
        }
        for (const conclude of late) await conclude();
        for (const writer of writers) await writer.close();
        const { entries, unreadable } = await entriesOf(path());
        expect(unreadable).toEqual([]);
        expect(entries.map(({ changeId }) => changeId)).toEqual(made.map(({ id }) => id));
        for (const [index, { intent, conclusion }] of made.entries()) {
          expect(entries[index]?.intent).toMatchObject(JSON.parse(JSON.stringify(intent)));
          if (conclusion === undefined) expect(entries[index]?.outcome).toBeUndefined();
          else expect(entries[index]?.outcome).toMatchObject(JSON.parse(JSON.stringify(conclusion)));
        }
        const { intact, findings } = await verified(path());
        expect(intact).toBe(true);
        expect(findings).toHaveLength(made.filter(({ conclusion }) => conclusion === undefined).length);
      }),
      { ...RUNS, numRuns: RUNS.numRuns / 5 },
    );
  });
});

describe("the chain", () => {
  it("is in the order of the file, however many changes are under way at once", async () => {
    const writer = journal();
    await Promise.all(
      Array.from({ length: 40 }, async (_, number) => {
        const changeId = await writer.intend(intent({ arguments: { number } }));
        await writer.conclude(changeId, { outcome: "done" });
      }),
    );
    expect(parsed().map((line) => at(line, "seq"))).toEqual(Array.from({ length: 80 }, (_, index) => index + 1));
    expect(parsed().map((line) => at(line, "prev"))).toEqual(["", ...lines().slice(0, -1).map(sha256)]);
    expect(await verified(path())).toEqual({ intact: true, lines: 80, writers: 1, changes: 40, findings: [] });
  });

  it("goes on when another writer's lines come in between, and each has its own", async () => {
    const [one, other] = [journal(), journal()];
    for (const writer of [one, other, other, one, one, other]) await writer.intend(intent());
    expect(parsed().map((line) => at(line, "seq"))).toEqual([1, 1, 2, 2, 3, 3]);
    const { intact, writers } = await verified(path());
    expect({ intact, writers }).toEqual({ intact: true, writers: 2 });
  });
});

describe("an entry that is too long", () => {
  it("is not written, and the chain goes on", async () => {
    const writer = journal();
    await writer.intend(intent());
    const filler = "é".repeat(LONGEST_LINE / 2);
    expect(await reasonOf(writer.intend(intent({ arguments: { filler } })))).toBe("too_long");
    await writer.intend(intent());
    expect(parsed().map((line) => at(line, "seq"))).toEqual([1, 2]);
  });

  it("may be nearly as long as a line, and is read then", async () => {
    const writer = journal();
    for (const less of [900, 800, 700])
      await writer.intend(intent({ arguments: { f: "x".repeat(LONGEST_LINE - less) } }));
    expect((await entriesOf(path())).entries).toHaveLength(3);
    expect((await verified(path())).intact).toBe(true);
  });

  it("loses what it ended with, but not the outcome", async () => {
    const writer = journal();
    const changeId = await writer.intend(intent());
    await writer.conclude(changeId, { outcome: "done", requestId: "r1", after: "x".repeat(LONGEST_LINE) });
    expect(at(parsed()[1], "outcome")).toBe("done");
    expect(at(parsed()[1], "requestId")).toBe("r1");
    expect(at(parsed()[1], "after")).toBeUndefined();
  });
});

const root = process.getuid?.() === 0;
const windows = process.platform === "win32";

describe.skipIf(windows)("a file that must not be written to", () => {
  const put = (mode = 0o600): void => {
    writeFileSync(path(), "");
    chmodSync(path(), mode);
  };
  const file = (name: string): string => join(folder(), name);
  /** Puts something in the place of the folder, or of nothing. */
  const instead = (text?: string): void => {
    rmSync(folder(), { recursive: true });
    if (text !== undefined) writeFileSync(folder(), text);
  };
  const link = (make: typeof linkSync): void => {
    writeFileSync(file("other"), "", { mode: 0o600 });
    make(file("other"), path());
  };
  /** [what, how it comes about, the reason] */
  const cases: readonly [string, () => void, string][] = [
    ["that others may read", () => put(0o604), "open_to_others"],
    ["that the group may read", () => put(0o640), "open_to_others"],
    ["that the group may write", () => put(0o620), "open_to_others"],
    ["that is a link", () => link(symlinkSync), "is_a_link"],
    ["that is a link to nothing", () => symlinkSync("nothing", path()), "is_a_link"],
    ["that has another name too", () => link(linkSync), "is_a_link"],
    ["that is a folder", () => mkdirSync(path(), { mode: 0o700 }), "not_a_file"],
    ["that is a pipe", () => execFileSync("mkfifo", ["-m", "600", path()]), "not_a_file"],
    ["whose folder is missing", () => instead(), "folder_missing"],
    ["whose folder is a file", () => instead(""), "folder_missing"],
  ];
  it.each(cases)("%s", async (_, make, reason) => {
    make();
    const writer = journal();
    expect(await reasonOf(writer.check())).toBe(reason);
    expect(await reasonOf(writer.intend(intent()))).toBe(reason);
  });

  it.each(cases.filter(([, , reason]) => reason !== "folder_missing"))(
    "%s, when it becomes so between two lines",
    async (_, make, reason) => {
      const writer = journal();
      const changeId = await writer.intend(intent());
      renameSync(path(), join(folder(), "kept"));
      make();
      expect(await reasonOf(writer.conclude(changeId, { outcome: "done" }))).toBe(reason);
      expect(lines(join(folder(), "kept"))).toHaveLength(1);
      rmSync(path(), { recursive: true });
      renameSync(join(folder(), "kept"), path());
      await writer.conclude(changeId, { outcome: "done" });
      expect((await entriesOf(path())).entries).toMatchObject([{ changeId, outcome: { outcome: "done" } }]);
      expect(await verified(path())).toMatchObject({ intact: true, findings: [] });
    },
  );

  it("that was opened to others meanwhile", async () => {
    const writer = journal();
    await writer.intend(intent());
    chmodSync(path(), 0o644);
    expect(await reasonOf(writer.intend(intent()))).toBe("open_to_others");
    expect(lines()).toHaveLength(1);
    chmodSync(path(), 0o600);
    await writer.intend(intent());
    expect((await verified(path())).intact).toBe(true);
  });

  it.skipIf(!root)("that belongs to somebody else", async () => {
    put();
    chownSync(path(), 12_345, 12_345);
    expect(await reasonOf(journal().intend(intent()))).toBe("not_ours");
  });

  it("says why in constant words", async () => {
    chmodSync(folder(), 0o700);
    mkdirSync(path());
    await expect(journal().intend(intent())).rejects.toThrow(/^The change journal cannot be used: it is not a file\.$/);
  });

  it("that was closed", async () => {
    const writer = journal();
    await writer.close();
    expect(await reasonOf(writer.intend(intent()))).toBe("closed");
  });
});

describe("a file that was replaced", () => {
  it.each([
    ["renamed", () => renameSync(path(), join(folder(), "journal.1"))],
    ["deleted", () => rmSync(path())],
    [
      "put in the place of another",
      () => {
        writeFileSync(join(folder(), "new"), "", { mode: 0o600 });
        renameSync(path(), join(folder(), "journal.1"));
        renameSync(join(folder(), "new"), path());
      },
    ],
  ])("%s is left, and the new one stands by itself", async (_, rotate) => {
    const writer = journal();
    const kept = await writer.intend(intent());
    await writer.conclude(kept, { outcome: "done" });
    const open = await writer.intend(intent());
    rotate();
    await writer.conclude(open, { outcome: "done" });
    await writer.intend(intent());
    expect(parsed().map((line) => at(line, "seq"))).toEqual([1, 2]);
    expect(at(parsed()[0], "changeId")).toBe(open);
    const { intact, findings } = await verified(path());
    expect([intact, ...short(findings)]).toEqual([true, "elsewhere 1", "not_recorded 2"]);
    expect((await entriesOf(path())).entries).toMatchObject([
      { changeId: open, intent: undefined },
      { outcome: undefined },
    ]);
  });

  it("by a shorter one of itself shows that lines are missing", async () => {
    const writer = journal();
    for (let n = 0; n < 4; n += 1) await writer.intend(intent());
    truncateSync(path(), Buffer.byteLength(`${lines()[0]}\n`));
    await writer.intend(intent());
    expect(short((await verified(path())).findings)).toEqual(["missing 2!", "not_recorded 1", "not_recorded 2"]);
  });
});

describe("a torn line", () => {
  const tear = (left: number): void => {
    const [first = ""] = lines();
    appendFileSync(path(), JSON.stringify({ ...JSON.parse(first), writer: "0123456789abcdef" }).slice(0, left));
  };
  it.each([1, 12, 30, 52, 53, 120, 300])("of %i bytes does not swallow the next, and is no tampering", async (left) => {
    const writer = journal();
    await writer.intend(intent());
    tear(left);
    const whole = left === 300;
    await writer.intend(intent());
    expect(lines()).toHaveLength(3);
    const { entries, unreadable } = await entriesOf(path());
    expect(entries).toHaveLength(2);
    expect(unreadable).toEqual([2]);
    expect(whole || lines()[1]?.length === left).toBe(true);
    const { intact, findings } = await verified(path());
    expect([intact, ...short(findings)]).toEqual([true, "torn 2", "not_recorded 1", "not_recorded 3"]);
  });

  it("that lacks but its newline counts", async () => {
    const writer = journal();
    await writer.intend(intent());
    truncateSync(path(), statSync(path()).size - 1);
    expect((await entriesOf(path())).entries).toHaveLength(1);
    await journal().intend(intent());
    expect((await entriesOf(path())).entries).toHaveLength(2);
    expect((await verified(path())).intact).toBe(true);
  });
});
