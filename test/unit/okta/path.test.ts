import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UnsendableError } from "../../../src/okta/error.ts";
import { buildPath } from "../../../src/okta/path.ts";
import { RUNS } from "../runs.ts";
import { anyText, titled } from "../texts.ts";

const TEMPLATE = "/api/v1/users/{userId}/groups";

describe("buildPath", () => {
  it.each(
    [
      ["00u1ab2cd3EF4gh5IJ67", "00u1ab2cd3EF4gh5IJ67"],
      ["ada@example.com", "ada%40example.com"],
      ["ada+test@example.com", "ada%2Btest%40example.com"],
      ["a b", "a%20b"],
      [" a ", "%20a%20"],
      ["a#b", "a%23b"],
      ["a%2Fb", "a%252Fb"],
      ["%2e%2e", "%252e%252e"],
      ["...", "..."],
      [".a", ".a"],
      ["a;b=c&d", "a%3Bb%3Dc%26d"],
      ["zoë", "zo%C3%AB"],
      ["人", "%E4%BA%BA"],
      ["😀", "%F0%9F%98%80"],
      ["\u202E", "%E2%80%AE"],
    ].map(([value = "", segment]) => [titled(value), value, segment] as const),
  )("%s becomes one segment", (_, value, segment) => {
    expect(buildPath(TEMPLATE, { userId: value })).toBe(`/api/v1/users/${segment}/groups`);
  });

  it.each(
    [
      ["", "is empty; give an id"],
      ["   ", "is empty; give an id"],
      ["\t", "is empty; give an id"],
      [".", "is a path step, not an id"],
      ["..", "is a path step, not an id"],
      ["a\nb", "holds a control character; give a plain id"],
      ["a\u0000", "holds a control character; give a plain id"],
      ["\u007Fa", "holds a control character; give a plain id"],
      ["a\u0085", "holds a control character; give a plain id"],
      ["a\uD800", "is not well-formed text; give a plain id"],
      ["\uDC00a", "is not well-formed text; give a plain id"],
      ["a/b", "holds a / or ?, which Okta cannot take in a path; find the person's id with list_users"],
      ["../x", "holds a / or ?, which Okta cannot take in a path; find the person's id with list_users"],
      ["a?b", "holds a / or ?, which Okta cannot take in a path; find the person's id with list_users"],
      ["a\\b", "holds a / or ?, which Okta cannot take in a path; find the person's id with list_users"],
    ].map(([value = "", problem]) => [titled(value), problem, value] as const),
  )("%s cannot be sent: it %s", (_, problem, value) => {
    const build = (): string => buildPath(TEMPLATE, { userId: value });
    expect(build).toThrow(UnsendableError);
    expect(build).toThrow(expect.objectContaining({ field: "userId", problem }));
  });

  it("fills several placeholders, each by its own name", () => {
    const template = "/api/v1/users/{userId}/roles/{role}/targets/groups/{group}";
    expect(buildPath(template, { group: "g", userId: "u", role: "r" })).toBe(
      "/api/v1/users/u/roles/r/targets/groups/g",
    );
  });

  it("takes a value as it is, not as a pattern of replacement or another placeholder", () => {
    expect(buildPath(TEMPLATE, { userId: "$&$1$'" })).toBe("/api/v1/users/%24%26%241%24'/groups");
    expect(buildPath("/{a}/{b}", { a: "{b}", b: "x" })).toBe("/%7Bb%7D/x");
  });

  it("names the placeholder that has no value", () => {
    expect(() => buildPath("/{a}/{b}", { a: "x" })).toThrow(expect.objectContaining({ field: "b" }));
  });

  it("leaves a template without placeholders alone", () => {
    expect(buildPath("/api/v1/users", { userId: "x" })).toBe("/api/v1/users");
  });

  it("turns any text into exactly one segment that decodes back to it, or refuses it", () => {
    fc.assert(
      fc.property(anyText, (value) => {
        let path: string;
        try {
          path = buildPath(TEMPLATE, { userId: value });
        } catch (error) {
          expect(error).toBeInstanceOf(UnsendableError);
          return;
        }
        const segments = path.split("/");
        expect(segments).toHaveLength(6);
        expect(decodeURIComponent(segments[4] ?? "")).toBe(value);
        // What a URL parser makes of it, dot segments and all, is the same path.
        const url = new URL(path, "https://example.okta.com");
        expect([url.host, url.pathname, url.search, url.hash]).toEqual(["example.okta.com", path, "", ""]);
      }),
      RUNS,
    );
  });

  it("takes every id and login Okta could have given", () => {
    const plain = fc.string({ unit: fc.constantFrom(..."abcXYZ0189._-+@'~!"), minLength: 3, maxLength: 40 });
    fc.assert(
      fc.property(plain, (value) => {
        fc.pre(!/^\.+$/.test(value));
        expect(decodeURIComponent(buildPath("/{id}", { id: value }))).toBe(`/${value}`);
      }),
      RUNS,
    );
  });
});
