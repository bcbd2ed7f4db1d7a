import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSearch } from "../../src/sandbox/query/index.ts";
import { collapse, fold, tokens } from "../../tools/jobs/fold.ts";
import { accountsOf, isEmpty, readHint, withMailWords } from "../../tools/jobs/hint.ts";
import { fitOf, slipsBetween } from "../../tools/jobs/likeness.ts";
import { prefixesOf } from "../../tools/jobs/prefixes.ts";
import { narrow, owners, usual, wide } from "../../tools/jobs/user-search.ts";
import { HOSTILE, RUNS } from "./runs.ts";

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc
    .array(fc.oneof(fc.constantFrom(...HOSTILE, '"', "'", "(", " or ", " and ", "@", "+49"), fc.string()), {
      maxLength: 12,
    })
    .map((parts) => parts.join("")),
);

describe("folding", () => {
  it.each([
    ["JÖRG", "jorg"],
    ["Weiß", "weiss"],
    ["Søren Ærø", "soren aero"],
    ["Łukasz", "lukasz"],
    ["Yılmaz İnan", "yilmaz inan"],
    ["Nguyễn", "nguyen"],
    ["O’Brien", "o'brien"],
    ["Ｊａｎｅ", "jane"],
    ["山田", "山田"],
    ["Jo\u0308rg", "jorg"],
  ])("%s is %s", (text, folded) => {
    expect(fold(text)).toBe(folded);
  });

  it("makes no difference a second time, nor of case or composition", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(fold(fold(text))).toBe(fold(text));
        expect(fold(text.normalize("NFD"))).toBe(fold(text.normalize("NFC")));
      }),
      RUNS,
    );
  });

  it.each([
    ["mueller", "müller"],
    ["muller", "müller"],
    ["joergensen", "jørgensen"],
    ["aase", "åse"],
  ])("%s and %s collapse into one", (one, other) => {
    expect(collapse(fold(one))).toBe(collapse(fold(other)));
  });

  it.each([
    ["O'Brien", ["obrien", "o", "brien"]],
    ["Le-Goff", ["le", "goff", "legoff"]],
    ["García Márquez", ["garcia", "marquez", "garciamarquez"]],
    ["", []],
    ["' - '", []],
  ])("%s has the words %j", (text, words) => {
    expect(tokens(text)).toEqual(words);
  });
});

describe("a hint", () => {
  /** [hint, what it holds] */
  it.each<[string, Record<string, unknown>]>([
    ["jane o'brian in finance", { words: ["jane", "obrian", "finance"], mails: [], phone: undefined }],
    ["Doe, Jane", { words: ["doe", "jane"] }],
    ['"Jane" <Jane.Doe@x.com>', { words: ["jane"], mails: ["Jane.Doe@x.com"] }],
    ["+49 170 1234567", { words: [], phone: "+49 170 1234567" }],
    ["call (555) 415-1337 Jane", { words: ["call", "jane"], phone: "(555) 415-1337" }],
    ["E1042", { words: ["e1042"], accounts: ["E1042"], phone: undefined }],
    ["1000423", { words: ["1000423"], accounts: ["1000423"], phone: "1000423" }],
    ["CORP\\jdoe", { words: ["corp", "jdoe"], accounts: ["CORP\\jdoe"] }],
    ["jane.doe", { words: ["jane", "doe"], accounts: ["jane.doe"] }],
    ["00u1234567890ABCDEfg", { id: "00u1234567890ABCDEfg", words: [], accounts: [] }],
    ["Jane jane JANE", { words: ["jane"] }],
    ["the user in of", { words: [] }],
    ["ja\u200Bne \u202Edoe\u0000x", { words: ["jane", "doe", "x"] }],
    ["a b c d e f g h", { words: ["a", "b", "c", "d", "e", "f"] }],
    ["!!! ... ''", { words: [], mails: [] }],
  ])("%j", (text, held) => {
    const hint = readHint(text);
    expect({ ...hint, words: hint.words.map(({ plain }) => plain) }).toMatchObject(held);
    expect(isEmpty(hint)).toBe(["the user in of", "!!! ... ''"].includes(text));
  });

  it("whatever is typed gives expressions that search takes, none of them long", () => {
    const names = ["login", "email", "secondEmail", "firstName", "lastName", "employeeNumber", "mobilePhone"];
    const all = [...names, "primaryPhone", "department", "title", "city"];
    const types = Object.fromEntries(all.map((name) => [`profile.${name}`, "string" as const]));
    fc.assert(
      fc.property(hostile, (text) => {
        const hint = readHint(text.slice(0, 200));
        if (isEmpty({ ...hint, id: undefined })) return;
        const own = accountsOf(hint).length > 0 || hint.mails.length > 0 || hint.phone !== undefined;
        const all = [usual(hint), narrow(hint), wide(withMailWords(hint)), ...(own ? [owners(hint)] : [])];
        for (const expression of all) {
          expect(() => parseSearch(expression, types)).not.toThrow();
          expect(expression.length).toBeLessThan(6_000);
        }
      }),
      RUNS,
    );
  });
});

describe("prefixes", () => {
  const accented = [..."áàâäãåāăąçćčďđéèêëēėęěğíìîïīıłľñńňóòôöõøōőřśšşșťțúùûüūůűýÿźżž"];

  it("lead to a name with an accent where the hint has none", () => {
    const word = fc.array(fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz"), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        word,
        fc.nat(7),
        fc.constantFrom(...accented),
        fc.constantFrom(1, 4, 8, 14),
        (letters, at, accent, most) => {
          const name = letters.map((letter, index) => (index === at ? accent : letter)).join("");
          const starts = prefixesOf(fold(name), most);
          expect(
            starts.some((start) => name.startsWith(start)),
            `${name}: ${starts.join()}`,
          ).toBe(true);
          expect(starts).not.toContain("");
          expect(starts.length).toBeLessThanOrEqual(Math.max(most, 14));
        },
      ),
      RUNS,
    );
  });

  it.each([
    ["mueller", "müller"],
    ["moller", "moeller"],
    ["weiss", "weiß"],
    ["obrien", "o'brien"],
    ["obrien", "o’brien"],
    ["damico", "d'amico"],
    ["thorunn", "þórunn"],
    ["aase", "åse"],
    ["山田", "山田"],
  ])("%s leads to %s", (word, name) => {
    for (const most of [1, 4, 8, 14])
      expect(
        prefixesOf(word, most).some((start) => name.startsWith(start)),
        String(most),
      ).toBe(true);
  });
});

describe("likeness", () => {
  const jane = {
    id: "00u1234567890ABCDEfg",
    profile: {
      login: "jane.obrien@x.com",
      email: "jo@x.com",
      firstName: "Jane",
      lastName: "O'Brien",
      department: "Finance",
      city: "Kraków",
      employeeNumber: "E1042",
      mobilePhone: "+49 170 1234567",
    },
  };
  const jorg = { id: "00u2", profile: { login: "jm@x.com", firstName: "Jörg", lastName: "Müller" } };

  const jamal = { id: "00u3", profile: { login: "jamal.sorensen7@x.com", firstName: "Jamal", lastName: "Sørensen" } };

  /** [hint, the person, how they fit, what matched] */
  it.each<[string, { id: string; profile: Record<string, string> }, string | undefined, string[]]>([
    ["jane o'brien", jane, "names", ["firstName", "lastName"]],
    ["OBRIEN JANE", jane, "names", ["lastName", "firstName"]],
    ["o brien jane", jane, "names", ["firstName", "lastName"]],
    ["jane o'brian", jane, "names", ["firstName", "lastName (similar)"]],
    ["j obr", jane, "names", ["firstName (start)", "lastName (start)"]],
    ["jane finance", jane, "all", ["firstName", "department"]],
    ["jane krakow", jane, "all", ["firstName", "city"]],
    ["jane sales", jane, "some", ["firstName"]],
    ["finance krakow", jane, undefined, []],
    ["smith", jane, undefined, []],
    ["e1042", jane, "exact", ["employeeNumber"]],
    ["JO@X.COM", jane, "exact", ["email"]],
    ["jane.obrien", jane, "exact", ["login", "firstName", "lastName"]],
    ["0170-1234567", jane, "exact", ["mobilePhone"]],
    ["+49 (170) 123 45 67", jane, "exact", ["mobilePhone"]],
    ["+43 170 1234567", jane, undefined, []],
    ["1234567", jane, "exact", ["mobilePhone"]],
    ["joerg mueller", jorg, "names", ["firstName", "lastName"]],
    ["JORG MULLER", jorg, "names", ["firstName", "lastName"]],
    ["jörg müler", jorg, "names", ["firstName", "lastName (similar)"]],
    ["jorg jorgen", jorg, "some", ["firstName"]],
    ["soren jorgensen", jamal, "some", ["lastName (similar)"]],
    ["sorensen7", jamal, "names", ["lastName (similar)"]],
    ["jamal.sorensen7", jamal, "exact", ["login", "firstName", "lastName (similar)"]],
    ["jane jo@x.com", jane, "exact", ["email", "firstName"]],
    ["jane jo@y.com", jane, "some", ["firstName"]],
  ])("%s", (text, user, kind, matched) => {
    const fit = fitOf(user, readHint(text));
    expect(fit?.kind).toBe(kind);
    if (kind !== undefined) expect([...(fit?.matched ?? [])].sort()).toEqual([...matched].sort());
  });

  /** [hint, whether it may mean somebody other than Jane, whether it has what nobody else can have] */
  it.each<[string, boolean, boolean]>([
    ["zach quillby E1042", true, false],
    ["jane quillby E1042", false, false],
    ["jane finance E1042", false, false],
    ["zach finance E1042", true, false],
    ["zach +49 170 1234567", true, false],
    ["zach jo@x.com", true, false],
    ["zach jane.obrien@x.com", true, true],
    ["zach 00u1234567890ABCDEfg", true, true],
    ["zach jane.obrien", true, false],
    ["jane.obrien", false, false],
    ["CORP\\jane.obrien", false, false],
    ["1701234567", false, false],
  ])("%s: doubtful %s, lasting %s", (text, doubtful, lasting) => {
    expect(fitOf(jane, readHint(text))).toMatchObject({ kind: "exact", doubtful, lasting });
  });

  it.each<[string, string, number, boolean]>([
    ["brien", "brian", 1, true],
    ["jhon", "john", 1, true],
    ["jon", "john", 1, true],
    ["john", "jon", 1, true],
    ["john", "jane", 1, false],
    ["schmidt", "schmitt", 1, true],
    ["ab", "ba", 0, false],
    ["", "a", 1, true],
    ["abcd", "badc", 2, true],
    ["abcd", "badc", 1, false],
  ])("%s and %s within %i: %s", (one, other, most, are) => {
    expect(slipsBetween(one, other, most)).toBe(are);
  });

  it("does not mind the order, the case and the accents of a name", () => {
    const name = fc.constantFrom(
      "Jörg",
      "Łukasz",
      "Siobhán",
      "O'Brien",
      "García Márquez",
      "Le-Goff",
      "Weiß",
      "Nguyễn",
      "Zoë",
      "李",
    );
    const typed = fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => text.toUpperCase(),
      (text) => fold(text),
      (text) => text.normalize("NFD"),
    );
    fc.assert(
      fc.property(name, name, typed, fc.boolean(), (firstName, lastName, form, turned) => {
        fc.pre(firstName !== lastName);
        const words = turned ? [lastName, firstName] : [firstName, lastName];
        const fit = fitOf({ id: "00u1", profile: { firstName, lastName } }, readHint(form(words.join(" "))));
        expect(fit?.kind).toBe("names");
        expect(fit?.matched.some((how) => how.includes("similar"))).toBe(false);
      }),
      RUNS,
    );
  });
});
