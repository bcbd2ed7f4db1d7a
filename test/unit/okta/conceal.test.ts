import { describe, expect, it } from "vitest";
import { conceal } from "../../../src/okta/conceal.ts";

const hide = (secrets: readonly string[], text: string, headers: Record<string, string> = {}) =>
  conceal(secrets, { status: 200, headers, text });

describe("conceal", () => {
  const json = (value: unknown): string => JSON.stringify(value);
  /** [what, secrets, text, as it is shown] */
  const cases: readonly [string, readonly string[], string, string][] = [
    [
      "a secret in a text",
      ["Summer2025"],
      json({ errorSummary: "bad Summer2025!" }),
      json({ errorSummary: "bad [secret]!" }),
    ],
    [
      "one that begins another",
      ["Summer2025", "Summer2025-Autumn!"],
      json({ errorSummary: "bad password Summer2025-Autumn!" }),
      json({ errorSummary: "bad password [secret]" }),
    ],
    ["one with characters JSON escapes", ['pa"ss\\word'], json({ a: 'x pa"ss\\word' }), json({ a: "x [secret]" })],
    ["one in a URL", ["pass word/1"], json({ a: "/x?p=pass%20word%2F1" }), json({ a: "/x?p=[secret]" })],
    [
      "a short one that stands alone",
      ["blue"],
      json({ answer: "blue", login: "blue.kite@x.example" }),
      json({ answer: "[secret]", login: "blue.kite@x.example" }),
    ],
    [
      "a short one inside a sentence",
      ["abc123"],
      json({ a: "Password abc123 was used.", b: "(abc123)", c: "abc1234 xabc123 abc123.d a@abc123" }),
      json({ a: "Password [secret] was used.", b: "([secret])", c: "abc1234 xabc123 abc123.d a@abc123" }),
    ],
    ["one that is a word of JSON", ["null"], '{"a":null,"b":"null"}', '{"a":null,"b":"[secret]"}'],
    ["one that is a key", ["password"], json({ password: { a: 1 } }), json({ password: { a: 1 } })],
    ["one that is a number of the body", ["12345678"], '{"n":12345678}', '{"n":12345678}'],
    ["what is no JSON", ["Summer2025"], "<p>Summer2025</p>", "<p>[secret]</p>"],
  ];
  it.each(cases)("%s", (_, secrets, text, shown) => {
    expect(hide(secrets, text).text).toBe(shown);
  });

  it("leaves a text without secrets as it came", () => {
    expect(hide(["Summer2025"], '{ "a" : 1 }').text).toBe('{ "a" : 1 }');
  });

  it("looks at headers, the links among them: a cursor is shown", () => {
    const headers = { "x-echo": "Summer2025", link: '<https://a.example?after=Summer2025>; rel="next"' };
    expect(hide(["Summer2025"], "", headers).headers).toEqual({
      "x-echo": "[secret]",
      link: '<https://a.example?after=[secret]>; rel="next"',
    });
  });
});
