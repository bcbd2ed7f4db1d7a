import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextCursor } from "../../../src/okta/page.ts";
import { RUNS } from "../runs.ts";

const USERS = "https://example.okta.com/api/v1/users";
const self = `<${USERS}?limit=1>; rel="self"`;
const next = `<${USERS}?after=000usfdsyqnIjEmHNm4x6&limit=1>; rel="next"`;
const CURSOR = "000usfdsyqnIjEmHNm4x6";

describe("nextCursor", () => {
  const cases: readonly [string, string | string[] | undefined, string | undefined][] = [
    ["no header", undefined, undefined],
    ["an empty header", "", undefined],
    ["no lines", [], undefined],
    ["self alone", self, undefined],
    ["next alone", next, CURSOR],
    ["a line for each relation", [self, next], CURSOR],
    ["next before self", [next, self], CURSOR],
    ["both in one line", `${self}, ${next}`, CURSOR],
    ["both in one line, next first", `${next}, ${self}`, CURSOR],
    ["both in one line without a blank", `${self},${next}`, CURSOR],
    ["a relation without quotes", `<${USERS}?after=x>; rel=next`, "x"],
    ["a relation in capitals", `<${USERS}?after=x>; REL="NEXT"`, "x"],
    ["blanks around", `  <${USERS}?after=x> ;  rel="next"  `, "x"],
    ["parameters before the relation", `<${USERS}?after=x>; title="page"; rel="next"`, "x"],
    ["after in second place", `<${USERS}?limit=20&after=x>; rel="next"`, "x"],
    ["an encoded cursor", `<${USERS}?after=a%2Fb%3D%3D%26c%20d&limit=1>; rel="next"`, "a/b==&c d"],
    ["a plus sign, which is a blank", `<${USERS}?after=a+b>; rel="next"`, "a b"],
    ["a comma in the cursor", `<${USERS}?after=a,b>; rel="next"`, "a,b"],
    ["a question mark in the cursor", `<${USERS}?after=a?b>; rel="next"`, "a?b"],
    [
      "a cursor of role targets",
      `<${USERS}?after=PGE30jcFhSjSamOn-MTI6L7uw1&limit=20>; rel="next"`,
      "PGE30jcFhSjSamOn-MTI6L7uw1",
    ],
    ["a next link without a cursor", `<${USERS}?limit=1>; rel="next"`, undefined],
    ["a next link with an empty cursor", `<${USERS}?after=&limit=1>; rel="next"`, undefined],
    ["a next link without a query", `<${USERS}>; rel="next"`, undefined],
    ["another relation with a cursor", `<${USERS}?after=x>; rel="prev"`, undefined],
    ["a relation that only ends like it", `<${USERS}?after=x>; rel="nonext"`, undefined],
    ["a relation that only begins like it", `<${USERS}?after=x>; rel="next-archive"`, undefined],
    ["a parameter that only looks like a relation", `<${USERS}?after=x>; xrel="next"`, undefined],
    ["not a link at all", "next", undefined],
    ["an unclosed link", `<${USERS}?after=x; rel="next"`, undefined],
  ];
  it.each(cases)("%s", (_, header, cursor) => {
    expect(nextCursor(header)).toBe(cursor);
  });

  it.each([
    "https://evil.example/api/v1/users?after=CURSOR",
    "http://example.okta.com/api/v1/users?after=CURSOR",
    "//evil.example/?after=CURSOR",
    "javascript:alert(1)?after=CURSOR",
    "file:///etc/passwd?after=CURSOR",
    "/api/v1/users?after=CURSOR",
    "?after=CURSOR",
    "https://user:password@evil.example:8443/../../x?y=1&after=CURSOR",
  ])("of a link to %s only the cursor is taken", (url) => {
    expect(nextCursor(`<${url}>; rel="next"`)).toBe("CURSOR");
  });

  it("gives back any cursor that was encoded into a link, in any form of the header", () => {
    const form = fc.constantFrom<(links: string[]) => string | string[]>(
      (links) => links,
      (links) => links.join(", "),
      (links) => [...links].reverse(),
    );
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), fc.string(), form, (cursor, query, shape) => {
        const url = `${USERS}?${new URLSearchParams({ q: query, after: cursor, limit: "5" })}`;
        expect(nextCursor(shape([self, `<${url}>; rel="next"`]))).toBe(cursor);
      }),
      RUNS,
    );
  });

  it("takes any header without failing", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.array(fc.string())), (header) => {
        expect(["string", "undefined"]).toContain(typeof nextCursor(header));
      }),
      RUNS,
    );
  });
});
