import { describe, expect, it } from "vitest";
import { at, sandboxFor, sender, short } from "./harness.ts";
import { bearer } from "./oauth-signing.ts";

const org = sandboxFor({ users: 30 });

const PERSON = "/api/v1/users/00u000000000000000AA";
const SCOPES: [method: string, path: string, scope: string][] = [
  ["GET", "/api/v1/users", "okta.users.read"],
  ["POST", "/api/v1/users", "okta.users.manage"],
  ["GET", PERSON, "okta.users.read"],
  ["PUT", PERSON, "okta.users.manage"],
  ["DELETE", PERSON, "okta.users.manage"],
  ["POST", `${PERSON}/lifecycle/suspend`, "okta.users.manage"],
  ["POST", `${PERSON}/credentials/change_password`, "okta.users.manage"],
  ["DELETE", `${PERSON}/sessions`, "okta.users.manage"],
  ["GET", `${PERSON}/groups`, "okta.users.read"],
  ["GET", `${PERSON}/grants`, "okta.users.read"],
  ["GET", `${PERSON}/factors`, "okta.users.read"],
  ["DELETE", `${PERSON}/clients/0oa1/tokens`, "okta.users.manage"],
  ["GET", `${PERSON}/linkedObjects/manager`, "okta.users.read"],
  ["GET", `${PERSON}/roles`, "okta.roles.read"],
  ["POST", `${PERSON}/roles`, "okta.roles.manage"],
  ["PUT", `${PERSON}/roles/x/targets/groups/y`, "okta.roles.manage"],
  ["GET", "/api/v1/iam/assignees/users", "okta.roles.read"],
  ["GET", "/api/v1/groups", "okta.groups.read"],
  ["PUT", `/api/v1/groups/00g000000000000000AA/users/${PERSON.slice(-20)}`, "okta.groups.manage"],
  ["GET", "/api/v1/logs", "okta.logs.read"],
  ["GET", "/api/v1/meta/schemas/user/default", "okta.schemas.read"],
  ["POST", "/api/v1/meta/schemas/user/default", "okta.schemas.manage"],
  ["GET", "/api/v1/meta/types/user", "okta.userTypes.read"],
  ["GET", "/api/v1/meta/schemas/user/linkedObjects", "okta.linkedObjects.read"],
  ["POST", "/api/v1/meta/schemas/user/linkedObjects", "okta.linkedObjects.manage"],
];

describe("scopes at the API", () => {
  const families = [...new Set(SCOPES.map(([, , scope]) => scope.replace(/\.\w+$/, "")))];
  const call = (token: string, method: string, path: string) =>
    sender(org.sandbox.url, `Bearer ${token}`)(method, path, method === "GET" || method === "DELETE" ? undefined : {});

  const tokens = new Map<string, Promise<string>>();
  /** A token with those scopes, made once. */
  const tokenFor = (scope: string): Promise<string> => {
    const known = tokens.get(scope) ?? bearer(org, scope);
    tokens.set(scope, known);
    return known;
  };

  it.each(SCOPES)("%s %s needs %s", async (method, path, scope) => {
    const [family, others] = [scope.replace(/\.\w+$/, ""), families.filter((name) => !scope.startsWith(`${name}.`))];
    const lacking = others.map((name) => `${name}.read`).join(" ");
    const refused = await call(await tokenFor(lacking), method, `${path}?limit=1`);
    const url = org.sandbox.url;
    expect(refused.status).toBe(403);
    expect(refused.body).toBeUndefined();
    expect(refused.headers.get("www-authenticate")).toBe(
      `Bearer authorization_uri="${url}/oauth2/v1/authorize", realm="${url}", scope="${scope}", error="insufficient_scope", error_description="The access token provided does not contain the required scopes.", resource="${path}"`,
    );
    if (scope.endsWith(".manage")) {
      expect((await call(await tokenFor(`${family}.read`), method, path)).status).toBe(403);
    }
    const enough = family === "okta.logs" ? scope : `${family}.manage`;
    expect(short(await call(await tokenFor(enough), method, path))).not.toMatch(/^40[13]/);
  });

  const BAD: [name: string, authorization: string][] = [
    ["unknown", "Bearer nonsense"],
    ["empty", "Bearer"],
    ["SSWS token as Bearer", "bearer SSWS"],
  ];
  it.each(BAD)("a token that is %s is invalid", async (_name, authorization) => {
    const reply = await sender(org.sandbox.url, authorization)("GET", "/api/v1/users?limit=1");
    expect(short(reply)).toBe("401 E0000011");
    expect(reply.headers.get("www-authenticate")).toMatch(
      /^Bearer .*scope="okta\.users\.read", error="invalid_token", error_description="The access token is invalid\.", resource="\/api\/v1\/users"$/,
    );
  });

  it("tokens expire by the clock of the org, after the time that is set", async () => {
    const old = await bearer(org, "okta.users.read");
    await org.control("POST", "/sandbox/oauth", { accessTokenSeconds: 10_000 });
    const long = await bearer(org, "okta.users.read");
    await org.control("POST", "/sandbox/clock", { advanceSeconds: 3601 });
    const reply = await call(old, "GET", "/api/v1/users");
    expect(reply.status).toBe(401);
    expect(reply.headers.get("www-authenticate")).toContain(
      'error="invalid_token", error_description="The token has expired."',
    );
    expect((await call(long, "GET", "/api/v1/users")).status).toBe(200);
    await org.control("POST", "/sandbox/reset");
    expect((await call(long, "GET", "/api/v1/users")).status).toBe(401);
  });
});

describe("control", () => {
  const BODIES: [path: string, body: object, field: string][] = [
    ["clients", { jwks: { keys: [] } }, "jwks"],
    ["clients", { jwks: { keys: [{ kty: "oct", k: "x" }] } }, "jwks"],
    ["clients", { scopes: ["okta.weather.read"] }, "scopes"],
    ["clients", { roles: ["KING"] }, "roles"],
    ["clients", { dpop: "yes" }, "dpop"],
    ["clients", { native: 1 }, "native"],
    ["tokens", { login: "nobody@x.example" }, "login"],
    ["device", { userCode: "AAAA", approve: true, login: "x" }, "userCode"],
    ["device", { userCode: "AAAA" }, "approve"],
    ["oauth", { pollSeconds: -1 }, "pollSeconds"],
  ];
  it.each(BODIES)("POST /sandbox/%s refuses %j", async (path, body, field) => {
    const reply = await org.control("POST", `/sandbox/${path}`, body);
    expect([reply.status, at(reply.body, "field")]).toEqual([400, field]);
  });
});
