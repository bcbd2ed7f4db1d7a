import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inert, inertText, LONGEST_VALUE } from "../../src/inert.ts";
import type { Json } from "../../src/schema.ts";
import { HOSTILE, RUNS } from "./runs.ts";
import { anyText, titled } from "./texts.ts";

/**
 * What must not stay in a text, written down apart from the product: controls, formatting, halves of characters, line
 * and paragraph separators, and the characters Unicode lets a renderer leave out.
 */
function hides(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  const ranges = [
    [0x00, 0x1f],
    [0x7f, 0x9f],
    [0xad, 0xad],
    [0x34f, 0x34f],
    [0x600, 0x605],
    [0x61c, 0x61c],
    [0x115f, 0x1160],
    [0x17b4, 0x17b5],
    [0x180b, 0x180f],
    [0x200b, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x206f],
    [0x3164, 0x3164],
    [0xd800, 0xdfff],
    [0xfe00, 0xfe0f],
    [0xfeff, 0xfeff],
    [0xffa0, 0xffa0],
    [0xfff0, 0xfffb],
    [0x1bca0, 0x1bca3],
    [0x1d173, 0x1d17a],
    [0xe0000, 0xe0fff],
  ];
  return ranges.some(([first = 0, last = 0]) => code >= first && code <= last);
}

const isClean = (text: string): boolean => ![...text].some(hides);

function textsIn(value: Json): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)]);
}

describe("inertText", () => {
  it.each(
    [
      ["plain", "plain"],
      ["", ""],
      ["Zoë Müller, 人 and 😀", "Zoë Müller, 人 and 😀"],
      ['quotes " and \\ stay', 'quotes " and \\ stay'],
      ["a\u202Eb", "a\\u{202E}b"],
      ["\u0000", "\\u{0}"],
      ["line\nbreak\r\t", "line\\u{A}break\\u{D}\\u{9}"],
      ["\u001B[31mred", "\\u{1B}[31mred"],
      ["zero\u200Bwidth", "zero\\u{200B}width"],
      ["\u{E0041}\u{E007F}", "\\u{E0041}\\u{E007F}"],
      ["\uFEFFbom", "\\u{FEFF}bom"],
      ["line\u2028separator", "line\\u{2028}separator"],
      ["half \uD83D", "half \\u{D83D}"],
      ["\uDE00 half", "\\u{DE00} half"],
      ["soft\u00ADhyphen", "soft\\u{AD}hyphen"],
      ["filler\u3164", "filler\\u{3164}"],
      ["heart\u2764\uFE0F", "heart\u2764\\u{FE0F}"],
      ["\u{1F469}\u200D\u{1F680}", "\u{1F469}\\u{200D}\u{1F680}"],
    ].map(([text = "", shown]) => [titled(text), text, shown] as const),
  )("%s", (_, text, shown) => {
    expect(inertText(text)).toBe(shown);
  });

  it("shows every code point that hides as its number, and every other as it is", () => {
    const wrong: string[] = [];
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const character = String.fromCodePoint(code);
      const number = code.toString(16).toUpperCase();
      const shown = inertText(character);
      const right = shown === (hides(character) ? `\\u{${number}}` : character);
      // Formatting characters of scripts beyond the ranges above may be shown as numbers too.
      const careful = shown === `\\u{${number}}` && /\p{Cf}/u.test(character);
      if (!right && !careful) wrong.push(number);
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    [1_000, undefined, false],
    [1_001, undefined, true],
    [60, 60, false],
    [61, 60, true],
  ])("of %i characters, at most %s are shown: cut %s", (length, longest, cut) => {
    const text = "x".repeat(length);
    const shown = inertText(text, longest);
    expect(shown).toBe(cut ? `${"x".repeat(longest ?? LONGEST_VALUE)}… [cut; ${length} characters in all]` : text);
  });

  it.each([
    ["where it is cut", "ab😀", 3, "ab\\u{D83D}… [cut; 4 characters in all]"],
    [
      "where what was made visible is cut",
      `${"\u202E".repeat(4)}\u0000xx😀`,
      10,
      `${"\\u{202E}".repeat(4)}\\u{0}xx\\u{D83D}… [cut; 9 characters in all]`,
    ],
  ])("shows the half that is left of a character %s", (_, text, longest, shown) => {
    expect(inertText(text, longest)).toBe(shown);
  });

  it.each([60, 200, LONGEST_VALUE])(
    "grows to about twice the %i characters asked for, however much of it hides",
    (longest) => {
      for (const hidden of ["\u202E", "\u{E0041}", "\uD800"])
        expect(inertText(hidden.repeat(5_000), longest).length).toBeLessThan(2 * longest + 80);
    },
  );

  it("leaves nothing that hides, whatever the text and wherever it is cut", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 40 }), (text, longest) => {
        expect(isClean(inertText(text, longest))).toBe(true);
      }),
      RUNS,
    );
  });

  it("changes nothing the second time", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(inertText(inertText(text))).toBe(inertText(text));
      }),
      RUNS,
    );
  });

  it("changes nothing in clean text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 50 }), (text) => {
        fc.pre(isClean(text) && !/\p{Cf}/u.test(text));
        expect(inertText(text)).toBe(text);
      }),
      RUNS,
    );
  });
});

describe("inert", () => {
  it("treats values and keys at any depth and leaves other values alone", () => {
    const given = { "k\u202E": ["a\u0000", { deep: "x\u200B" }], n: 1, t: true, f: false, nothing: null, none: [] };
    expect(inert(given)).toEqual({
      "k\\u{202E}": ["a\\u{0}", { deep: "x\\u{200B}" }],
      n: 1,
      t: true,
      f: false,
      nothing: null,
      none: [],
    });
  });

  it("cuts long keys and, to the length asked for, long values", () => {
    expect(inert({ ["k".repeat(101)]: "v".repeat(70) }, 60)).toEqual({
      [`${"k".repeat(100)}… [cut; 101 characters in all]`]: `${"v".repeat(60)}… [cut; 70 characters in all]`,
    });
  });

  it("keeps keys that name parts of every object", () => {
    const given: Json = JSON.parse('{"__proto__":{"a":1},"constructor":"x"}');
    expect(JSON.stringify(inert(given))).toBe('{"__proto__":{"a":1},"constructor":"x"}');
  });

  it("leaves nothing that hides in any JSON, and keeps its form", () => {
    const value = fc.letrec<{ json: Json }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 3 },
        fc.oneof(anyText, fc.integer(), fc.boolean(), fc.constant(null)),
        fc.array(tie("json"), { maxLength: 4 }),
        fc.dictionary(fc.oneof(anyText, fc.constantFrom(...HOSTILE)), tie("json"), { maxKeys: 4 }),
      ),
    })).json;
    fc.assert(
      fc.property(value, (json) => {
        const shown = inert(json);
        expect(textsIn(shown).every(isClean)).toBe(true);
        expect(Array.isArray(shown)).toBe(Array.isArray(json));
        expect(typeof shown).toBe(typeof json);
      }),
      RUNS,
    );
  });
});
