import { describe, expect, it } from "vitest";
import {
  type AttributeTypes,
  fold,
  GROUP_CONTAINS,
  GROUP_FILTER_PROPERTIES,
  indexable,
  MAX_DEPTH,
  MAX_LENGTH,
  type Predicate,
  parseFilter,
  parseSearch,
  QueryError,
  type QueryErrorKind,
} from "../../src/sandbox/query/index.ts";

const TYPES: AttributeTypes = {
  id: "string",
  status: "string",
  created: "date",
  lastUpdated: "date",
  activated: "date",
  "type.id": "string",
  "profile.login": "string",
  "profile.email": "string",
  "profile.firstName": "string",
  "profile.lastName": "string",
  "profile.city": "string",
  "profile.secondEmail": "string",
  "profile.age": "number",
  "profile.remote": "boolean",
  "profile.skills": "string[]",
  "profile.scores": "number[]",
  "profile.empty": "string[]",
};

const ANA = new Map<string, unknown>([
  ["id", "00uAna"],
  ["status", "PASSWORD_EXPIRED"],
  ["created", "2021-06-01T10:00:00.000Z"],
  ["lastUpdated", "2022-01-01T00:00:00.500Z"],
  ["activated", null],
  ["type.id", "oty1"],
  ["profile.login", "Ana.Müller@Example.com"],
  ["profile.email", "Ana.Müller@Example.com"],
  ["profile.firstName", "Ana"],
  ["profile.lastName", 'Mül"ler\\x'],
  ["profile.secondEmail", ""],
  ["profile.age", 42],
  ["profile.remote", false],
  ["profile.skills", ["Java", "Rust"]],
  ["profile.scores", [1, 5, 9.5]],
  ["profile.empty", []],
]);

function failure(parse: () => Predicate): QueryError {
  try {
    parse();
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
  throw new Error("It was accepted.");
}

const SEARCHES: [text: string, matches: boolean][] = [
  ['status eq "PASSWORD_EXPIRED"', true],
  ['status eq "password_expired"', true],
  ['status EQ "Password_Expired"', true],
  ['status eq"PASSWORD_EXPIRED"', true],
  ['  status\teq\r\n "PASSWORD_EXPIRED"  ', true],
  ['(((status eq "PASSWORD_EXPIRED")))', true],
  ['(status eq "PASSWORD_EXPIRED")and(id eq "00uana")', true],
  ['status eq "PASSWORD"', false],
  ['status sw "PASSWORD"', true],
  ['status sw "password_expired"', true],
  ['status sw "password_expired!"', false],
  ['status sw ""', true],
  ['status lt "STAGED" or status gt "STAGED"', true],
  ['status lt "PASSWORD_EXPIRED" or status gt "PASSWORD_EXPIRED"', false],
  ['status ge "PASSWORD_EXPIRED" and status le "PASSWORD_EXPIRED"', true],
  ['status gt "PASSWORD"', true],
  ['status lt "PASSWORD_EXPIREDX"', true],
  ['profile.login eq "ANA.MÜLLER@EXAMPLE.COM"', true],
  ['profile.login eq "ana.muller@example.com"', false],
  ['profile.login sw "ANA.MÜ"', true],
  ['profile.login co "LLER@"', true],
  ['profile.login co "muller"', false],
  ['profile.login co ""', true],
  ['profile.lastName eq "m\\u00fcl\\"ler\\\\x"', true],
  ['profile.firstName eq "\\u0041n\\u0061"', true],
  ['type.id eq "OTY1"', true],
  ['profile.city eq ""', false],
  ['profile.city sw ""', false],
  ['profile.city lt "zzz"', false],
  ["status pr", true],
  ["status PR", true],
  ["profile.city pr", false],
  ["activated pr", false],
  ["profile.secondEmail pr", false],
  ['profile.secondEmail eq ""', true],
  ["profile.remote pr", true],
  ["profile.skills pr", true],
  ["profile.empty pr", false],
  ["profile.empty pr or id pr", true],
  ["profile.age eq 42", true],
  ["profile.age eq 42.0", true],
  ["profile.age eq 4.2e1", true],
  ["profile.age gt 42", false],
  ["profile.age ge 42", true],
  ["profile.age lt 100", true],
  ["profile.age gt -1", true],
  ["profile.remote eq false", true],
  ["profile.remote eq true", false],
  ['profile.skills eq "rust"', true],
  ['profile.skills eq "rus"', false],
  ['profile.skills sw "RUS"', true],
  ['profile.skills gt "java"', true],
  ['profile.skills gt "rust"', false],
  ['profile.skills eq "java" and profile.skills eq "rust"', true],
  ['profile.empty eq "a"', false],
  ["profile.scores eq 5", true],
  ["profile.scores gt 9", true],
  ["profile.scores gt 9.5", false],
  ["profile.scores lt 1 or profile.scores eq 7", false],
  ['created eq "2021-06-01T10:00:00.000Z"', true],
  ['created eq "2021-06-01T12:00:00+02:00"', true],
  ['created eq "2021-06-01T03:00:00.0-0700"', true],
  ['created gt "2021-06-01T09:59:59.999Z"', true],
  ['created gt "2021-06-01T10:00:00.000Z"', false],
  ['created ge "2021-06-01T10:00:00.000Z"', true],
  ['created lt "2021-06-01T10:00:00.001Z"', true],
  ['created le "2021-06-01T09:59:59.999Z"', false],
  ['created gt "0000-02-29T00:00:00Z" and created lt "9999-12-31T23:59:59-01:00"', true],
  ['activated lt "9999-01-01T00:00:00.000Z"', false],
  ['id eq "no" and id eq "no" or id eq "00uAna"', true],
  ['id eq "00uAna" or id eq "no" and id eq "no"', true],
  ['(id eq "00uAna" or id eq "no") and id eq "no"', false],
  ['id eq "00uAna" AND (status eq "no" OR profile.age gt 41) aNd created pr', true],
];

describe("search", () => {
  it.each(SEARCHES)("%s -> %s", (text, matches) => {
    expect(parseSearch(text, TYPES).matches(ANA)).toBe(matches);
  });

  it("never compares a value of another type than the declared one", () => {
    const odd = new Map<string, unknown>([
      ["status", 5],
      ["profile.age", "42"],
      ["profile.skills", "Java"],
      ["profile.scores", ["5", null]],
      ["created", "yesterday"],
      ["profile.remote", "false"],
    ]);
    for (const text of [
      'status sw ""',
      "profile.age eq 42",
      'profile.skills eq "java"',
      "profile.scores ge 0 or profile.scores lt 0",
      'created ge "2000-01-01T00:00:00.000Z" or created lt "2000-01-01T00:00:00.000Z"',
      "profile.remote eq false",
    ]) {
      expect(parseSearch(text, TYPES).matches(odd), text).toBe(false);
    }
  });

  it("takes the properties with co as an option", () => {
    const group = new Map([["profile.name", "West Coast"]]);
    const types: AttributeTypes = { "profile.name": "string", "profile.email": "string" };
    const search = (text: string): Predicate => parseSearch(text, types, { contains: GROUP_CONTAINS });
    expect(search('profile.name co "COAST"').matches(group)).toBe(true);
    expect(failure(() => search('profile.email co "x"')).kind).toBe("operator");
  });

  it("scans 100,000 subjects in a fraction of a second", () => {
    const subjects = Array.from(
      { length: 100_000 },
      (_, i) => new Map<string, unknown>([...ANA, ["profile.age", i], ["id", `00u${i}`]]),
    );
    const { matches } = parseSearch(
      '(profile.login co "none" or profile.email sw "ana.müller") and created gt "2020-01-01T00:00:00.000Z" and profile.age lt 500',
      TYPES,
    );
    const start = performance.now();
    expect(subjects.filter((subject) => matches(subject))).toHaveLength(500);
    // Far above what it takes, so that only a change of its order of growth fails here.
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

const SEARCH_ERRORS: [text: string, kind: QueryErrorKind, position: number, message: RegExp][] = [
  ["", "syntax", 0, /comparison is missing/],
  ["   ", "syntax", 3, /comparison is missing/],
  ["()", "syntax", 1, /comparison is missing/],
  ["status", "syntax", 6, /operator is missing after "status"/],
  ["status (", "syntax", 7, /operator is missing/],
  ['status "x"', "syntax", 7, /operator is missing/],
  ["status eq", "syntax", 9, /value is missing/],
  ["status eq )", "syntax", 10, /value is missing/],
  ["status eq ACTIVE", "syntax", 10, /"ACTIVE" is not a value.*double quotes/],
  ["status eq 'ACTIVE'", "syntax", 10, /double quotes/],
  ["status eq null", "syntax", 10, /"null" is not a value/],
  ["profile.remote eq TRUE", "syntax", 18, /"TRUE" is not a value/],
  ["profile.age eq 007", "syntax", 15, /"007" is not a value/],
  ["profile.age eq +1", "syntax", 15, /is not a value/],
  ["profile.age eq 1.", "syntax", 15, /is not a value/],
  ["profile.age eq .5", "syntax", 15, /is not a value/],
  ["profile.age eq NaN", "syntax", 15, /is not a value/],
  ["profile.age eq 0x10", "syntax", 15, /is not a value/],
  ['"status" eq "ACTIVE"', "syntax", 0, /without quotes/],
  ['status eq "ACTIVE', "syntax", 10, /no closing double quote/],
  ['status eq "ACT\\"', "syntax", 10, /no closing double quote/],
  ['status eq "a\\qb"', "syntax", 12, /JSON escape/],
  ['status eq "a\\u12g4"', "syntax", 12, /JSON escape/],
  ['status eq "a\\', "syntax", 12, /JSON escape/],
  ['status eq "a\nb"', "syntax", 12, /control character/],
  ['status eq "A" status eq "B"', "syntax", 14, /found "status"/],
  ['status eq "A" "B"', "syntax", 14, /found "\\"B\\""/],
  ['status eq "A" && status pr', "syntax", 14, /Expected and or or/],
  ['status eq "A" (status pr)', "syntax", 14, /found "\("/],
  ['(status eq "A" status pr)', "syntax", 15, /found "status"/],
  ['status eq "A" and', "syntax", 17, /comparison is missing/],
  ['status eq "A" or )', "syntax", 17, /comparison is missing/],
  ['and status eq "A"', "syntax", 0, /missing before "and"/],
  ["status pr and or id pr", "syntax", 14, /missing before "or"/],
  ['(status eq "A"', "syntax", 0, /no closing one/],
  ['id pr and ((status eq "A")', "syntax", 10, /no closing one/],
  ['status eq "A")', "syntax", 13, /no opening one/],
  ["status pr )", "syntax", 10, /no opening one/],
  ["((((status", "syntax", 10, /operator is missing/],
  ['Status eq "A"', "property", 0, /Did you mean status\?/],
  ['STATUS eq "A" or nonsense', "property", 0, /case-sensitive/],
  ['firstName eq "A"', "property", 0, /Did you mean profile\.firstName\?/],
  ['profile.shoeSize eq "A"', "property", 0, /no property "profile\.shoeSize" to query; names are case-sensitive\.$/],
  ['constructor eq "A"', "property", 0, /no property/],
  ['__proto__ eq "A"', "property", 0, /no property/],
  ['id pr and emails[type eq "work"]', "property", 10, /no property "emails\[type"/],
  ['status ne "A"', "operator", 7, /Write \(status lt "A" or status gt "A"\)\.$/],
  ['status != "A"', "operator", 7, /Write \(status lt "A" or status gt "A"\)\.$/],
  ["profile.remote NE true", "operator", 15, /Write profile\.remote eq false\.$/],
  ["profile.scores ne 3", "operator", 15, /Nothing replaces it for an array/],
  ['status ew "A"', "operator", 7, /no ew, and nothing replaces it\. "status" takes eq, sw, gt/],
  ['profile.email ew "@a.com"', "operator", 14, /"profile\.email" takes eq, sw, co, gt/],
  ['status co "A"', "operator", 7, /co works only on profile\.login, profile\.email.*"status" takes eq, sw/],
  ['profile.skills co "A"', "operator", 15, /co works only on/],
  ['profile.city contains "A"', "operator", 13, /co works only on/],
  ['profile.login contains "A"', "operator", 14, /no "contains"; write co/],
  ['profile.city startsWith "A"', "operator", 13, /write sw/],
  ["profile.age >= 4", "operator", 12, /write ge/],
  ['status = "A"', "operator", 7, /write eq/],
  ['not (status eq "A")', "operator", 0, /no not\. Write the opposite/],
  ["NOT status pr", "operator", 0, /no not/],
  ["status not pr", "operator", 7, /no not/],
  ['status banana "A"', "operator", 7, /"banana" is not an operator/],
  ["profile.age sw 4", "operator", 12, /"sw" is not an operator for this property\. .* takes eq, gt, ge, lt, le, pr/],
  ['created sw "2021"', "operator", 8, /takes eq, gt, ge, lt, le, pr/],
  ["profile.remote gt false", "operator", 15, /takes eq, pr\.$/],
  ["status pr true", "syntax", 10, /Expected and or or/],
  ["status eq 5", "type", 10, /string in double quotes/],
  ["status eq true", "type", 10, /string in double quotes/],
  ["profile.skills eq 5", "type", 18, /string in double quotes/],
  ['profile.age eq "42"', "type", 15, /number without quotes/],
  ["profile.age eq true", "type", 15, /number without quotes/],
  ["profile.age eq 1e999", "type", 15, /too large/],
  ['profile.scores eq "5"', "type", 18, /number without quotes/],
  ['profile.remote eq "true"', "type", 18, /true or false without quotes/],
  ["created gt 2021", "type", 11, /date in double quotes/],
  ["created gt 2021-01-01T00:00:00.000Z", "syntax", 11, /strings and dates stand in double quotes/],
  ['created gt "yesterday"', "date", 11, /Not a date: "yesterday"\. Dates have the form/],
  ['created gt ""', "date", 11, /Not a date/],
  ['created gt "2021-01-01"', "date", 11, /Not a date/],
  ['created gt "2021-01-01T00:00:00.000"', "date", 11, /Not a date/],
  ['created gt "2021-01-01 00:00:00.000Z"', "date", 11, /Not a date/],
  ['created gt "2021-02-29T00:00:00.000Z"', "date", 11, /Not a date/],
  ['created gt "1900-02-29T00:00:00.000Z"', "date", 11, /Not a date/],
  ['created gt "2021-13-01T00:00:00.000Z"', "date", 11, /Not a date/],
  ['created gt "2021-00-01T00:00:00.000Z"', "date", 11, /Not a date/],
  ['created gt "2021-01-00T00:00:00.000Z"', "date", 11, /Not a date/],
  ['created gt "2021-01-01T24:00:00.000Z"', "date", 11, /Not a date/],
  ['created gt "2021-01-01T00:60:00.000Z"', "date", 11, /Not a date/],
  ['created gt "2021-01-01T00:00:60.000Z"', "date", 11, /Not a date/],
  ['created gt "2021-01-01T00:00:00.Z"', "date", 11, /Not a date/],
  ['created gt "2021-01-01T00:00:00.1234Z"', "date", 11, /Not a date/],
  ['created gt "2021-01-01T00:00:00.000z"', "date", 11, /Not a date/],
  ['created gt "2021-01-01T00:00:00.000Zx"', "date", 11, /Not a date/],
  ['created gt "2021-01-01T00:00:00.000+07"', "date", 11, /Not a date/],
  ['created gt "2021-01-01T00:00:00.000+24:00"', "date", 11, /Not a date/],
  ['created gt "2021-01-01T00:00:00.000+07:60"', "date", 11, /Not a date/],
  [`status eq "${"a".repeat(MAX_LENGTH)}"`, "syntax", MAX_LENGTH, /longer than/],
  [`${"(".repeat(MAX_DEPTH + 1)}status pr${")".repeat(MAX_DEPTH + 1)}`, "syntax", MAX_DEPTH, /nested more than/],
];

describe("errors of search", () => {
  it.each(SEARCH_ERRORS)("%.60s -> %s at %i", (text, kind, position, message) => {
    const error = failure(() => parseSearch(text, TYPES));
    expect({ kind: error.kind, position: error.position }).toEqual({ kind, position });
    expect(error.message).toMatch(message);
    expect(error.message.length).toBeLessThan(500);
  });

  it("allows exactly the documented depth and length", () => {
    expect(parseSearch(`${"(".repeat(MAX_DEPTH)}status pr${")".repeat(MAX_DEPTH)}`, TYPES).matches(ANA)).toBe(true);
    const padding = " ".repeat(MAX_LENGTH - "status pr".length);
    expect(parseSearch(`status pr${padding}`, TYPES).matches(ANA)).toBe(true);
  });

  it("treats a property called like a keyword as a property", () => {
    const types: AttributeTypes = { not: "string", and: "number", pr: "boolean" };
    const subject = new Map<string, unknown>(Object.entries({ not: "x", and: 1, pr: true }));
    expect(parseSearch('not eq "x" and and eq 1 and pr pr', types).matches(subject)).toBe(true);
  });
});

const FILTERS: [text: string, matches: boolean][] = [
  ['status eq "PASSWORD_EXPIRED"', true],
  ['status Eq "PASSWORD_EXPIRED"', true],
  ['status eq "password_expired"', false],
  ['profile.login eq "Ana.Müller@Example.com"', true],
  ['profile.login eq "ana.Müller@example.com"', false],
  ['profile.firstName eq "Ana" and (status eq "ACTIVE" or id eq "00uAna")', true],
  ['profile.firstName eq "Ana" AND status eq "ACTIVE" OR id eq "00uAna"', true],
  ['lastUpdated gt "2022-01-01T00:00:00.499Z"', true],
  ['lastUpdated ge "2022-01-01T00:00:00.500Z" and lastUpdated le "2022-01-01T00:00:00.500Z"', true],
  ['lastUpdated lt "2022-01-01T00:00:00.500Z"', false],
  ['lastUpdated eq "2022-01-01T01:00:00.500+01:00"', true],
];

const FILTER_ERRORS: [text: string, kind: QueryErrorKind, position: number, message: RegExp][] = [
  ['created eq "2022-01-01T00:00:00.500Z"', "property", 0, /no property "created"/],
  ['profile.city eq "x"', "property", 0, /no property/],
  ['Status eq "x"', "property", 0, /Did you mean status/],
  ["status pr", "operator", 7, /takes eq\.$/],
  ['status sw "x"', "operator", 7, /takes eq\.$/],
  ['status gt "x"', "operator", 7, /takes eq\.$/],
  ['profile.email co "x"', "operator", 14, /takes eq\.$/],
  ['status ne "x"', "operator", 7, /List the wanted values: status eq/],
  ['lastUpdated ne "x"', "operator", 12, /Compare lastUpdated with gt, ge, lt and le/],
  ['not (status eq "x")', "operator", 0, /no not\. List the wanted values/],
  ['lastUpdated gt "2022"', "date", 15, /Not a date/],
  ["lastUpdated gt 5", "type", 15, /date in double quotes/],
  ["status eq 5", "type", 10, /string in double quotes/],
  ["status eq ACTIVE", "syntax", 10, /double quotes/],
  ["", "syntax", 0, /missing/],
];

describe("filter", () => {
  it.each(FILTERS)("%s -> %s", (text, matches) => {
    expect(parseFilter(text).matches(ANA)).toBe(matches);
  });

  it.each(FILTER_ERRORS)("%s -> %s at %i", (text, kind, position, message) => {
    const error = failure(() => parseFilter(text));
    expect({ kind: error.kind, position: error.position }).toEqual({ kind, position });
    expect(error.message).toMatch(message);
  });

  it("takes other properties", () => {
    const group = new Map([["type", "OKTA_GROUP"]]);
    expect(parseFilter('type eq "OKTA_GROUP"', GROUP_FILTER_PROPERTIES).matches(group)).toBe(true);
    expect(failure(() => parseFilter('status eq "x"', GROUP_FILTER_PROPERTIES)).kind).toBe("property");
  });
});

describe("the tree", () => {
  it("keeps the literal as written and the grouping that parentheses make", () => {
    expect(
      parseSearch('(id eq "A" and status pr) and (profile.age lt 3 or created gt "1970-01-01T00:00:01Z")', TYPES).ast,
    ).toMatchInlineSnapshot(`
        {
          "children": [
            {
              "children": [
                {
                  "kind": "compare",
                  "op": "eq",
                  "property": "id",
                  "type": "string",
                  "value": "A",
                },
                {
                  "kind": "present",
                  "property": "status",
                },
              ],
              "kind": "and",
            },
            {
              "children": [
                {
                  "kind": "compare",
                  "op": "lt",
                  "property": "profile.age",
                  "type": "number",
                  "value": 3,
                },
                {
                  "instant": 1000,
                  "kind": "compare",
                  "op": "gt",
                  "property": "created",
                  "type": "date",
                  "value": "1970-01-01T00:00:01Z",
                },
              ],
              "kind": "or",
            },
          ],
          "kind": "and",
        }
      `);
  });

  const INDEXABLE: [text: string, terms: [property: string, op: "eq" | "sw", value: string][]][] = [
    ['id eq "Ab"', [["id", "eq", "ab"]]],
    ['id sw "Ab"', [["id", "sw", "ab"]]],
    ['id sw ""', []],
    ['id eq ""', [["id", "eq", ""]]],
    ['profile.skills eq "ΑΣ"', [["profile.skills", "eq", "ασ"]]],
    [
      'id eq "A" and (status sw "B" and profile.age eq 3)',
      [
        ["id", "eq", "a"],
        ["status", "sw", "b"],
      ],
    ],
    ['id eq "A" or status eq "B"', []],
    ['id eq "A" and (status eq "B" or status eq "C")', [["id", "eq", "a"]]],
    ['id gt "A" and profile.login co "x" and profile.remote eq true and status pr', []],
    ['created eq "1970-01-01T00:00:01Z"', []],
  ];

  it.each(INDEXABLE)("indexable: %s", (text, terms) => {
    expect(indexable(parseSearch(text, TYPES).ast)).toEqual(
      terms.map(([property, op, value]) => ({ property, op, value })),
    );
  });

  it("folds the case and keeps the diacritics", () => {
    expect(["ÀB", "STRASSE", "ß", "İ", "ΣΑΣ"].map(fold)).toEqual(["àb", "strasse", "ß", "i̇", "σασ"]);
  });
});
