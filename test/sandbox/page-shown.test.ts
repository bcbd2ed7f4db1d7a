import { describe, expect, it } from "vitest";
import { shownRequest } from "../../src/sandbox/page/shown.ts";

/** A token in the form of an SSWS token. */
const TOKEN = "00secretSECRETsecret0123456789secretSECRET01";

describe("what is shown of a request", () => {
  const entry = { id: "00000000", method: "GET", path: "/", query: "", status: 200, ms: 1, time: "" };
  const JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIwMHUxIn0.c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJl0";
  const QUERIES: [query: string, shown: [string, string][]][] = [
    [
      "limit=5&search=status+eq+%22ACTIVE%22",
      [
        ["limit", "5"],
        ["search", 'status eq "ACTIVE"'],
      ],
    ],
    [
      `access_token=x&sessionToken=x&passCode=1&client_assertion=${JWT}&recoveryAnswer=x&code=5`,
      [
        ["access_token", "•••"],
        ["sessionToken", "•••"],
        ["passCode", "•••"],
        ["client_assertion", "•••"],
        ["recoveryAnswer", "•••"],
        ["code", "•••"],
      ],
    ],
    [
      `q=${TOKEN}&search=profile.x+eq+%22${TOKEN}%22`,
      [
        ["q", "•••"],
        ["search", 'profile.x eq "•••"'],
      ],
    ],
    ["q=a%E2%80%AEb%00c%E2%80%A8%ED%A0%80", [["q", "a⟨U+202E⟩b⟨U+0000⟩c⟨U+2028⟩\ufffd\ufffd\ufffd"]]],
    ["q=%F0%9F%91%A9%E2%80%8D%F0%9F%94%AC", [["q", "👩‍🔬"]]],
    [`q=${"x".repeat(500)}`, [["q", `${"x".repeat(300)}…`]]],
  ];
  it.each(QUERIES)("query %s", (query, shown) => {
    expect(shownRequest({ ...entry, query }).query).toEqual(shown);
  });

  const PATHS: [path: string, shown: string][] = [
    ["/api/v1/users/a%40b.example/clients/0oa1/tokens/oar1", "/api/v1/users/a@b.example/clients/0oa1/tokens/oar1"],
    [`/tokens/${TOKEN.slice(0, 20)}/verify`, "/tokens/•••/verify"],
    ["/reset_password/drpABCDEFGHIJKLMNOPQ", "/reset_password/•••"],
    [`/api/v1/sessions/${TOKEN}`, "/api/v1/sessions/•••"],
    ["/api/v1/users/%3Cscript%3E%E2%80%AE", "/api/v1/users/<script>⟨U+202E⟩"],
    ["/api/v1/users/%ZZ", "/api/v1/users/%ZZ"],
  ];
  it.each(PATHS)("path %s", (path, shown) => {
    expect(shownRequest({ ...entry, path }).path).toBe(shown);
  });
});
