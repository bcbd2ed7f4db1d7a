import { readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { UNSEEN } from "../../src/journal/verify.ts";
import { textAt } from "../support/at.ts";
import { RUNS } from "../unit/runs.ts";
import { intent } from "./changes.ts";
import { place, short, verified } from "./support.ts";

const { path, journal } = place();

/**
 * Lines of two writers: A intends (1) and concludes (2), intends (3); B intends (4), concludes (5); A concludes (6),
 * intends (7), concludes (8); B intends (9), concludes (10). Both have another last change: A 11 and 12, B 13 and 14.
 */
async function fill(): Promise<string[]> {
  const [a, b] = [journal(), journal()];
  const after = { status: "SUSPENDED", profile: { displayName: "Zoë 人 😀" } };
  const whole = async (writer: typeof a): Promise<void> =>
    writer.conclude(await writer.intend(intent()), { outcome: "done", requestId: "r", after });
  await whole(a);
  const open = await a.intend(intent());
  await whole(b);
  await a.conclude(open, { outcome: "refused", code: "E0000038" });
  for (const writer of [a, b, a, b]) await whole(writer);
  const lines = readFileSync(path(), "utf8").split("\n").slice(0, -1);
  expect(await verified(path())).toEqual({ intact: true, lines: 14, writers: 2, changes: 7, findings: [] });
  return lines;
}

describe("a journal that is not as it was written", () => {
  let lines: string[] = [];
  beforeEach(async () => {
    lines = await fill();
  });

  const line = (number: number): string => lines[number - 1] ?? "";
  const edit = (number: number, from: string, to: string): string[] => {
    expect(line(number)).toContain(from);
    return lines.with(number - 1, line(number).replace(from, to));
  };
  const without = (...numbers: number[]): string[] => lines.filter((_, index) => !numbers.includes(index + 1));
  const swapped = (one: number, other: number): string[] => lines.with(one - 1, line(other)).with(other - 1, line(one));
  const inserted = (before: number, text: string): string[] => lines.toSpliced(before - 1, 0, text);
  const writerOf = (number: number): string => textAt(JSON.parse(line(number)), "writer");
  /** A line of nobody's, with a chain that fits nothing or, as a first line, everything. */
  const forged = (differs: object): string => JSON.stringify({ ...JSON.parse(line(1)), ...differs });

  /** [what was done, the lines then, what is found] */
  const cases: readonly [string, () => string[], readonly string[]][] = [
    ["a word changed", () => edit(3, "suspend_user", "unsuspend_user"), ["changed 3!"]],
    ["a blank added", () => edit(3, '"kind"', ' "kind"'), ["changed 3!"]],
    [
      "a number of the chain changed",
      () => edit(3, '"seq":3', '"seq":4'),
      ["missing 3!", "changed 3!", "order 6!", "changed 3!"],
    ],
    ["a refusal made a success", () => edit(6, '"refused"', '"done"'), ["changed 6!"]],
    ["a line made unreadable", () => edit(3, '"kind"', '"kind'), ["unreadable 3!", "missing 6!", "no_intent 6!"]],
    ["half a line", () => edit(3, line(3).slice(200), ""), ["unreadable 3!", "missing 6!", "no_intent 6!"]],
    ["the first line taken out", () => without(1), ["missing 1!", "no_intent 1!"]],
    ["an intent taken out", () => without(3), ["missing 5!", "no_intent 5!"]],
    ["an outcome taken out", () => without(6), ["missing 6!", "not_recorded 3"]],
    ["a change taken out", () => without(7, 8), ["missing 9!"]],
    ["two lines swapped", () => swapped(7, 8), ["missing 7!", "no_intent 7!", "order 8!", "not_recorded 8"]],
    ["a line repeated", () => inserted(4, line(3)), ["order 4!"]],
    ["an outcome repeated", () => inserted(7, line(6)), ["order 7!", "no_intent 7!"]],
    [
      "a line put in",
      () => inserted(3, forged({ seq: 3, prev: "0".repeat(64), changeId: `${writerOf(1)}-3` })),
      ["changed 2!", "order 4!", "changed 3!"],
    ],
    [
      "a line of nobody put in",
      () => inserted(3, forged({ writer: "0123456789abcdef" })),
      ["changed 3!", "not_recorded 3"],
    ],
    [
      "a line with a wrong beginning put in",
      () => inserted(3, forged({ writer: "0123456789abcdef", prev: "0".repeat(64), changeId: "0123456789abcdef-1" })),
      ["changed 3!", "not_recorded 3"],
    ],
    ["words put in", () => inserted(3, "nothing to see here"), ["unreadable 3!"]],
    ["other JSON put in", () => inserted(3, '{"writer":"x"}'), ["unreadable 3!"]],
    ["a torn line put in", () => inserted(3, line(12).slice(0, 200)), ["unreadable 3!"]],
    [
      "a torn line of another writer put in, that is not its first",
      () => inserted(3, forged({ writer: "0123456789abcdef", seq: 5, prev: "0".repeat(64) }).slice(0, 200)),
      ["unreadable 3!"],
    ],
    [
      "two torn lines of one writer",
      () => [...lines, ...[200, 210].map((length) => forged({ writer: "0123456789abcdef" }).slice(0, length))],
      ["unreadable 16!", "torn 15"],
    ],
    [
      "two lines made one",
      () => lines.toSpliced(2, 2, line(3) + line(4)),
      ["unreadable 3!", "missing 4!", "no_intent 4!", "missing 5!", "no_intent 5!"],
    ],
    [
      "a line made longer than any",
      () => edit(3, '"kind"', `${" ".repeat(300_000)}"kind"`),
      ["unreadable 3!", "missing 6!", "no_intent 6!"],
    ],
    ["a file of nothing but NUL bytes", () => ["\0".repeat(500)], ["unreadable 1!"]],
  ];
  it.each(cases)("%s", async (_, change, found) => {
    writeFileSync(
      path(),
      change()
        .map((text) => `${text}\n`)
        .join(""),
    );
    const { intact, findings } = await verified(path());
    expect([...short(findings)].sort()).toEqual([...found].sort());
    expect(intact).toBe(!found.some((finding) => finding.endsWith("!")));
  });

  /** What the chain cannot show, as it says itself. [what, the lines then, what is found] */
  const unseen: readonly [string, () => string[], readonly string[]][] = [
    ["the tail cut", () => lines.slice(0, 12), []],
    ["the tail cut between the lines of a change", () => lines.slice(0, 11), ["not_recorded 11"]],
    ["the last line of a writer changed", () => edit(14, '"done"', '"verified"'), []],
    ["the last line of a writer cut short", () => edit(14, line(14).slice(150), ""), ["torn 14", "not_recorded 13"]],
    ["all lines of a writer taken away", () => lines.filter((text) => !text.includes(`"writer":"${writerOf(4)}"`)), []],
    [
      "a writer invented",
      () => [...lines, forged({ writer: "0123456789abcdef", changeId: "0123456789abcdef-1" })],
      ["not_recorded 15"],
    ],
    ["blank lines", () => lines.flatMap((text) => ["", text]), []],
    ["everything taken away", () => [], []],
  ];
  it.each(unseen)("is not told from one that is: %s", async (_, change, found) => {
    writeFileSync(
      path(),
      change()
        .map((text) => `${text}\n`)
        .join(""),
    );
    const { intact, findings } = await verified(path());
    expect([intact, ...short(findings)]).toEqual([true, ...found]);
    expect(UNSEEN).toContain("A cut tail cannot be seen");
  });

  it("is found by any change of a single byte but in the last line of a writer", async () => {
    const whole = Buffer.from(lines.map((text) => `${text}\n`).join(""));
    const endOf = (number: number): number => Buffer.byteLength(lines.slice(0, number).join("\n"));
    // The twelfth is A's last, the fourteenth B's.
    const [from, to, end] = [endOf(11) + 1, endOf(12) + 1, endOf(13) + 1];
    const offset = fc.integer({ min: 0, max: end - 1 }).filter((at) => at < from || at >= to);
    const flip = fc.oneof(fc.integer({ min: 1, max: 255 }), fc.constantFrom(1, 2, 4, 8, 16, 32, 64, 128));
    // The newlines, and what they are next to.
    const ends = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13].map((number) => endOf(number));
    await fc.assert(
      fc.asyncProperty(offset, flip, async (at, bits) => {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ bits;
        writeFileSync(path(), changed);
        expect((await verified(path())).intact).toBe(false);
      }),
      {
        ...RUNS,
        examples: ends.flatMap((at): [number, number][] => [
          [at, 0x2a],
          [at, 7],
          [at - 1, 1],
        ]),
      },
    );
  });

  it("is found with any line taken out, repeated, or put elsewhere among its writer's", async () => {
    const order = (all: readonly string[]): string => all.filter((text) => text.includes(writerOf(1))).join("\n");
    const mine = lines.flatMap((text, index) => (text.includes(writerOf(1)) ? [index + 1] : []));
    const changes = mine.flatMap((from) => [
      ...(from === mine.at(-1) ? [] : [without(from)]),
      ...mine.map((to) => inserted(to, line(from))),
      ...mine.map((to) => without(from).toSpliced(to - 1, 0, line(from))),
    ]);
    expect(changes.length).toBeGreaterThan(100);
    for (const changed of changes) {
      writeFileSync(path(), changed.map((text) => `${text}\n`).join(""));
      // A line moved over another writer's lines alone stands where it stood.
      expect((await verified(path())).intact).toBe(order(changed) === order(lines));
    }
  });
});
