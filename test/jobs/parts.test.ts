import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type JobOkta, OktaError } from "../../src/job.ts";
import type { Json, JsonObject } from "../../src/schema.ts";
import { fieldsFor, readerOf, requireAttributes } from "../../tools/jobs/columns.ts";
import { csvLine } from "../../tools/jobs/csv.ts";
import { fitting } from "../../tools/jobs/fitting.ts";
import { absentSince, searchFor } from "../../tools/jobs/inactivity.ts";
import { longest } from "../../tools/jobs/longest.ts";
import { scan } from "../../tools/jobs/scan.ts";
import { add, copyOf, emptyTally, groupsOf } from "../../tools/jobs/tally.ts";
import { parseCsv } from "./parse-csv.ts";

const text = fc.string({
  unit: fc.oneof(fc.constantFrom(..."=+-@\t\r\n\",;'＝＋－＠ "), fc.string({ minLength: 1, maxLength: 1 })),
});

describe("a line of CSV", () => {
  it("is read as it was written, save for what would be a formula", () => {
    fc.assert(
      fc.property(fc.array(fc.array(text, { minLength: 1, maxLength: 4 }), { maxLength: 5 }), (records) => {
        const read = parseCsv(records.map(csvLine).join(""));
        const without = (cell: string): string =>
          cell.replace(/^'(?=[=+\-@\t\r\n＝＋－＠])/, "").replaceAll(/(?<=[;\t\r\n])'(?="*[=+\-@＝＋－＠])/g, "");
        expect(read.map((record) => record.map(without))).toEqual(records.map((record) => record.map(without)));
      }),
    );
  });

  it("begins no cell as a formula", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), (record) => {
        for (const cell of parseCsv(csvLine(record)).flat()) expect(cell).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
      }),
    );
  });

  it.each([",", ";", "\t"])("begins no cell as a formula for who parts it by %j", (separator) => {
    fc.assert(
      fc.property(fc.array(fc.array(text, { minLength: 1 }), { minLength: 1, maxLength: 4 }), (records) => {
        const cells = readBy(separator, records.map(csvLine).join(""));
        expect(cells.filter((cell) => /^[\t\r\n]*[=+\-@＝＋－＠]/.test(cell))).toEqual([]);
      }),
    );
  });

  /** [a value, its cell] */
  const cells: readonly [Json, string][] = [
    [null, ""],
    ["", ""],
    [0, "0"],
    [-5, "-5"],
    [false, "false"],
    ["-5", "'-5"],
    ["a,b", '"a,b"'],
    ['say "a"', '"say ""a"""'],
    ["two\nlines", '"two\nlines"'],
    ["x;=1+1", `"x;'=1+1"`],
    ["a\t=2+2", `"a\t'=2+2"`],
    ["a\n-b", `"a\n'-b"`],
    ['x;"=1"', `"x;'""=1"""`],
    ["a; b\tc-d", '"a; b\tc-d"'],
    [["a", "b"], '"[""a"",""b""]"'],
    ["O'Hara", "O'Hara"],
  ];
  it.each(cells)("has %j as %s", (value, cell) => {
    expect(csvLine([value])).toBe(`${cell}\r\n`);
  });
});

describe("a column", () => {
  const user: JsonObject = { id: "1", type: { id: "oty" }, profile: { city: "Rome", none: null }, lastLogin: null };

  it.each<[string, Json]>([
    ["id", "1"],
    ["type.id", "oty"],
    ["lastLogin", null],
    ["realmId", null],
    ["profile.city", "Rome"],
    ["profile.none", null],
    ["profile.constructor", null],
    ["profile.__proto__", null],
  ])("%s is read", (column, value) => {
    expect(readerOf(column)(user)).toBe(value);
  });

  it("is asked for by Okta's fields, each once", () => {
    expect(fieldsFor(["status", "type.id", "profile.a", "profile.b", "id", "profile.a"])).toBe(
      "id,status,type,profile:(a,b)",
    );
    expect(fieldsFor([])).toBe("id");
  });

  it("that the schema has is not searched for; another one is named after the nearest there", async () => {
    const asked: string[] = [];
    const okta = fakeOkta((tool, { search }) => {
      asked.push(`${tool} ${search ?? ""}`.trim());
      if (tool === "list_users") throw new OktaError({ code: "E0000031", summary: "Invalid search criteria." });
      return { body: { definitions: { custom: { properties: { badgeNumber: {} } }, base: { properties: {} } } } };
    });
    await requireAttributes(okta, "columns", ["profile.badgeNumber", "profile.city", "id"]);
    expect(asked).toEqual(["get_user_schema"]);
    await expect(requireAttributes(okta, "columns", ["profile.badgNumber"])).rejects.toMatchObject({
      causes: ['columns: "profile.badgNumber" is no attribute of a user; did you mean profile.badgeNumber?'],
    });
  });
});

describe("a tally", () => {
  const month = fc.date({ min: new Date("1990-01-01"), max: new Date("2090-01-01"), noInvalidDate: true });

  it("counts everybody once, under the month in UTC", () => {
    fc.assert(
      fc.property(fc.array(fc.option(month), { maxLength: 50 }), (dates) => {
        const tally = emptyTally(["lastLogin:month"]);
        for (const date of dates) add(tally, { lastLogin: date?.toISOString() ?? null });
        const expected = new Map<string | null, number>();
        for (const date of dates) {
          const key = date && `${date.getUTCFullYear()}-${String(date.getUTCMonth() + 1).padStart(2, "0")}`;
          expected.set(key, (expected.get(key) ?? 0) + 1);
        }
        const groups = groupsOf(tally, 1_000_000);
        expect(tally.total).toBe(dates.length);
        expect(new Map(groups.map((group) => [group["lastLogin:month"], group.count]))).toEqual(expected);
        const counts = groups.map(({ count }) => Number(count));
        expect(counts).toEqual([...counts].sort((a, b) => b - a));
      }),
    );
  });

  it("fits the space it is given, and sums up to the total", () => {
    const value = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(text, { maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { maxLength: 100 }), (people) => {
        const tally = emptyTally(["profile.a", "profile.b"]);
        for (const [a, b] of people) add(tally, { profile: { a, b } });
        const groups = groupsOf(tally, 850);
        expect(Buffer.byteLength(JSON.stringify(groups))).toBeLessThanOrEqual(851);
        expect(groups.reduce((sum, { count }) => sum + Number(count), 0)).toBe(people.length);
      }),
    );
  });

  it("keeps what looks alike apart", () => {
    const tally = emptyTally(["profile.a"]);
    for (const a of ["true", true, "", null, "1", 1]) add(tally, { profile: { a } });
    add(tally, { profile: {} });
    expect(groupsOf(tally, 850)).toHaveLength(6);
  });

  it("is not changed through its copy", () => {
    const tally = emptyTally(["status"]);
    const copy = copyOf(tally);
    add(copy, { status: "ACTIVE" });
    expect([tally.total, tally.counts.size, copy.total, copy.counts.size]).toEqual([0, 0, 1, 1]);
  });
});

describe("the longest absent", () => {
  it("are those a whole sort would give", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: 1, max: 10 }), (times, most) => {
        const kept = longest<[number, number]>(most);
        for (const [index, time] of times.entries()) kept.add(time, [time, index]);
        const sorted = times.map((time, index): [number, number] => [time, index]).sort(([a], [b]) => a - b);
        expect(kept.all()).toEqual(sorted.slice(0, most));
      }),
    );
  });

  it("fit into a reply whatever their logins", () => {
    const login = `${"\u202E".repeat(80)}@example.com`;
    const user = { id: "00u".padEnd(20, "x"), login, name: "n".repeat(300), status: "ACTIVE", lastLogin: null };
    const shown = fitting(Array.from({ length: 500 }, () => user));
    expect(JSON.stringify(shown).length).toBeLessThan(59_700);
    expect(shown.length).toBeGreaterThan(100);
  });
});

describe("inactivity", () => {
  const now = Date.parse("2026-06-01T00:00:00.000Z");

  it.each([
    [{ neverSignedIn: true as const }, 'status lt "DEPROVISIONED" or status gt "DEPROVISIONED"'],
    [{ stuckIn: ["STAGED", "RECOVERY"] as const }, 'status eq "STAGED" or status eq "RECOVERY"'],
    [
      { notSignedInDays: 1, search: 'profile.a eq "b" or profile.c pr' },
      '(profile.a eq "b" or profile.c pr) and (created lt "2026-05-31T00:00:00.000Z") and (status lt "DEPROVISIONED" or status gt "DEPROVISIONED")',
    ],
    [{ neverSignedIn: true as const, search: 'status eq "deprovisioned"' }, 'status eq "deprovisioned"'],
  ])("%j is searched for", (criteria, search) => {
    expect(searchFor(criteria, now)).toBe(search);
  });

  it("of days is more than so many, to the moment", () => {
    const signedIn = (lastLogin: string): number | undefined =>
      absentSince({ notSignedInDays: 10 }, { lastLogin, created: "2020-01-01T00:00:00.000Z" }, now);
    expect(signedIn("2026-05-22T00:00:00.000Z")).toBeUndefined();
    expect(signedIn("2026-05-21T23:59:59.000Z")).toBe(Date.parse("2026-05-21T23:59:59.000Z"));
  });
});

describe("a scan", () => {
  const context = { deadline: Number.POSITIVE_INFINITY, progress: () => {} };
  const walk = { search: "id pr", fields: "id", doing: "people counted" };
  const page = (next: string | undefined): { body: unknown; next: string | undefined } => ({
    body: Array.from({ length: 200 }, (_, index) => ({ id: `${index}` })),
    next,
  });

  it("does not take the end of 50,000 for the end of all", async () => {
    const last = 250;
    let asked = 0;
    const okta = fakeOkta(() => {
      asked += 1;
      return page(asked === last ? undefined : `${asked}`);
    });
    await expect(scan(okta, context, walk, () => {})).rejects.toMatchObject({ code: "bad_response" });
    expect(asked).toBe(last);
  });

  it("stops in time, and says where", async () => {
    const okta = fakeOkta(() => page("next"));
    const scanned = await scan(okta, { ...context, deadline: Date.now() }, walk, () => {});
    expect(scanned).toEqual({ requests: 1, rest: { after: "next", seen: 200 }, why: undefined });
  });
});

/** The cells as a spreadsheet reads them that was told, or guessed, another separator: quotes count where a cell begins. */
function readBy(separator: string, whole: string): string[] {
  const cells: string[] = [];
  let [cell, quoted, fresh] = ["", false, true];
  for (let at = 0; at < whole.length; at += 1) {
    const char = whole[at] ?? "";
    if (quoted && char === '"' && whole[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (quoted) {
      if (char === '"') quoted = false;
      else cell += char;
    } else if (fresh && char === '"') [quoted, fresh] = [true, false];
    else if (char === separator || char === "\r" || char === "\n") {
      cells.push(cell);
      [cell, fresh] = ["", true];
    } else [cell, fresh] = [cell + char, false];
  }
  return [...cells, cell];
}

/** Answers every read, and every page of a list, with what the function gives. */
function fakeOkta(
  answer: (tool: string, args: Readonly<Record<string, unknown>>) => { body: unknown; next?: string | undefined },
): JobOkta {
  const nothing = (): never => {
    throw new Error("not asked for here");
  };
  const whole = { status: 200, etag: undefined, requestId: undefined };
  return {
    read: async ({ name }, args) => ({ ...whole, next: undefined, ...answer(name, args) }),
    pages: async function* ({ name }, args) {
      for (let next: string | undefined = ""; next !== undefined; ) {
        const page = { ...whole, next: undefined, ...answer(name, args) };
        next = page.next;
        yield page;
      }
    },
    act: nothing,
    person: nothing,
  };
}
