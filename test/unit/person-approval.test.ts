import { describe, expect, it } from "vitest";
import { question } from "../../src/person-approval.ts";
import type { JsonObject } from "../../src/schema.ts";

/** The lines of a form about what the caller gave. */
function linesAbout(profile: JsonObject): string[] {
  const form = question("update_user", { action: "update_user", with: { profile }, last: true });
  expect(form).toContain("> last: true");
  return form.split("\n").filter((line) => line.startsWith("> with.profile"));
}

function attributes(count: number, length: number): JsonObject {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`attribute${index}`, "x".repeat(length)]));
}

describe("what a person is shown of many attributes", () => {
  it("is each on a line of its own while they are few", () => {
    expect(linesAbout(attributes(6, 5))).toHaveLength(6);
  });

  it("is all of them, several on a line", () => {
    const lines = linesAbout({ ...attributes(6, 100), department: "Domain Admins" });
    expect(lines.join()).toContain('"department":"Domain Admins"');
    for (let index = 0; index < 6; index += 1) expect(lines.join()).toContain(`"attribute${index}"`);
    for (const { length } of lines) expect(length).toBeLessThan(300);
  });

  it("says how many there are more than a form holds", () => {
    const lines = linesAbout(attributes(31, 200));
    expect(lines).toHaveLength(9);
    expect(lines.at(-1)).toBe("> with.profile: … and 23 more");
  });
});
