import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OktaError, parseErrorBody, UnsendableError } from "../../../src/okta/error.ts";
import { RUNS } from "../runs.ts";

const refused = {
  errorCode: "E0000001",
  errorSummary: "Api validation failed: login",
  errorLink: "E0000001",
  errorId: "oaebt49xX5PQMOutW7phYIIaQ",
  errorCauses: [{ errorSummary: "login: The field cannot be left blank" }, { errorSummary: "email: too short" }],
};

describe("parseErrorBody", () => {
  const cases: readonly [string, unknown, unknown][] = [
    [
      "a body with causes",
      refused,
      {
        code: "E0000001",
        summary: "Api validation failed: login",
        causes: ["login: The field cannot be left blank", "email: too short"],
      },
    ],
    ["no causes", { ...refused, errorCauses: [] }, { code: "E0000001", summary: refused.errorSummary, causes: [] }],
    ["causes missing", { errorCode: "E0000007", errorSummary: "x" }, { code: "E0000007", summary: "x", causes: [] }],
    [
      "causes that are no list",
      { errorCode: "E0000007", errorCauses: "x" },
      { code: "E0000007", summary: "", causes: [] },
    ],
    [
      "causes of other forms",
      { errorCode: "E0000007", errorCauses: [null, "x", 1, {}, [], { errorSummary: 5 }] },
      { code: "E0000007", summary: "", causes: [] },
    ],
    ["a code alone", { errorCode: "E0000047" }, { code: "E0000047", summary: "", causes: [] }],
    ["nothing", undefined, undefined],
    ["null", null, undefined],
    ["a text", "E0000007", undefined],
    ["a list", [refused], undefined],
    ["an empty object", {}, undefined],
    ["a code that is no text", { errorCode: 7 }, undefined],
    ["a code that is too short", { errorCode: "E7" }, undefined],
    ["a code with more behind it", { errorCode: "E0000007 <script>" }, undefined],
    ["a code on a second line", { errorCode: "x\nE0000007" }, undefined],
    ["a code in small letters", { errorCode: "e0000007" }, undefined],
    ["an OAuth error", { error: "invalid_client", error_description: "x" }, undefined],
  ];
  it.each(cases)("%s", (_, body, parsed) => {
    expect(parseErrorBody(body)).toEqual(parsed);
  });

  it("takes any JSON without failing, and gives texts only", () => {
    const codes = fc.constantFrom<unknown>("E0000001", "E1", null, 1, {});
    const body = fc.oneof(
      fc.jsonValue(),
      fc.record({ errorCode: codes, errorSummary: fc.jsonValue(), errorCauses: fc.jsonValue() }, { requiredKeys: [] }),
    );
    fc.assert(
      fc.property(body, (value) => {
        const parsed = parseErrorBody(value);
        if (parsed === undefined) return;
        expect(parsed.code).toBe("E0000001");
        expect([parsed.summary, ...parsed.causes].every((text) => typeof text === "string")).toBe(true);
      }),
      RUNS,
    );
  });
});

describe("errors", () => {
  it("carry a code as message and no text of Okta's", () => {
    const error = new OktaError({ code: "E0000007", summary: "Not found: ada@example.com" });
    expect([error.name, error.message, String(error)]).toEqual(["OktaError", "E0000007", "OktaError: E0000007"]);
    expect(error.failure.summary).toBe("Not found: ada@example.com");
  });

  it("name the field that cannot be sent, not its value", () => {
    const error = new UnsendableError("userId", "is empty; give an id");
    expect([error.field, error.problem, error.message]).toEqual([
      "userId",
      "is empty; give an id",
      "userId is empty; give an id",
    ]);
  });
});
