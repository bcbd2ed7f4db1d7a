import { afterAll, describe, expect, it } from "vitest";
import { apiRoutes } from "../../src/sandbox/api.ts";
import { SEEDED_ANSWER, SEEDED_PASSWORD } from "../../src/sandbox/seed-people.ts";
import { SPEC_DEVIATIONS } from "./deviations.ts";
import { at, list, profile, sandboxFor, text } from "./harness.ts";
import { complaints, hasSpec, met } from "./openapi-check.ts";
import { recordings } from "./recorded-files.ts";

const org = sandboxFor({ users: 120 });
const found = recordings();

it.skipIf(hasSpec())("nothing is checked: Okta's specification is not beside the project", (context) => context.skip());

describe.skipIf(!hasSpec() || found.length === 0)("what Okta answered fits its own specification", () => {
  it.each(found.map((recording) => [recording.name, recording] as const))("%s", (_name, { exchanges }) => {
    for (const { method, url: path, status, headers, body } of exchanges) {
      // Until 2020 the content type named a charset.
      const contentType = headers.get("content-type")?.[0]?.replace(";charset=UTF-8", "") ?? null;
      expect(complaints({ method, path, status, contentType, body })).toEqual([]);
    }
  });

  it("but for what is listed as recorded", () => {
    expect(SPEC_DEVIATIONS.filter(({ reason }) => reason.startsWith("Recorded")).filter((d) => !met.has(d))).toEqual(
      [],
    );
  });
});

const ADA = { password: { value: SEEDED_PASSWORD }, recovery_question: { question: "Toy?", answer: SEEDED_ANSWER } };
const SMS = { factorType: "sms", provider: "OKTA", profile: { phoneNumber: "+1-555-0100" } };
const TOTP = { factorType: "token:software:totp", provider: "GOOGLE" };
const QUESTION = { factorType: "question", provider: "OKTA", profile: { question: "first_award", answer: "Chess" } };
const NEW_GROUP = { profile: { name: "Sweep" } };
const LINK = (name: string) => ({ name, title: name, description: name, type: "USER" });
const USER_TYPE = { name: "sweeper", displayName: "Sweeper", description: "" };

/** Requests in order: method, path, body, expected status, and under which name to keep the answer's id. */
type Step = readonly [method: string, path: string, body: unknown, status: number, keep?: string];

/** What the answers are checked against is in the harness: every one of them goes through the specification. */
const STEPS: readonly Step[] = [
  ["POST", "/users", { profile: profile(), credentials: ADA }, 200, "ada"],
  ["POST", "/users?activate=false", { profile: profile() }, 200, "bob"],
  ["POST", "/users", { profile: profile(), groupIds: ["00gnothing0000000000"] }, 404],
  ["GET", "/users", undefined, 200],
  ["GET", "/users?search=nonsense", undefined, 400],
  ["GET", "/users?q=a&limit=3", undefined, 200],
  ["GET", "/users/{ada}", undefined, 200],
  ["GET", "/users/{ada}?expand=blocks", undefined, 200],
  ["POST", "/users/{ada}", { profile: { nickName: "Ada" } }, 200],
  ["PUT", "/users/{ada}", { credentials: { password: { value: SEEDED_PASSWORD } } }, 200],
  ["POST", "/users/{bob}/lifecycle/activate?sendEmail=false", undefined, 200],
  ["POST", "/users/{bob}/lifecycle/activate", undefined, 403],
  ["POST", "/users/{bob}/lifecycle/reactivate", undefined, 200],
  ["POST", "/users/{bob}/lifecycle/deactivate", undefined, 200],
  ["GET", "/users/{bob}", undefined, 200],
  ["DELETE", "/users/{bob}", undefined, 204],
  ["GET", "/users/{bob}", undefined, 404],
  ["POST", "/users/{ada}/lifecycle/suspend", undefined, 200],
  ["POST", "/users/{ada}/lifecycle/suspend", undefined, 400],
  ["POST", "/users/{ada}/lifecycle/unsuspend", undefined, 200],
  ["POST", "/users/{ada}/lifecycle/unlock", undefined, 403],
  ["POST", "/users/{locked}/lifecycle/unlock", undefined, 200],
  ["POST", "/users/{ada}/lifecycle/reset_factors", undefined, 200],
  ["POST", "/users/{ada}/credentials/forgot_password?sendEmail=false", undefined, 200],
  ["POST", "/users/{ada}/credentials/forgot_password", { ...ADA, password: { value: "Other-Pass-1" } }, 200],
  [
    "POST",
    "/users/{ada}/credentials/forgot_password_recovery_question",
    { ...ADA, password: { value: "Other-Pass-2" } },
    200,
  ],
  [
    "POST",
    "/users/{ada}/credentials/change_password",
    { oldPassword: { value: "Other-Pass-2" }, newPassword: { value: SEEDED_PASSWORD } },
    200,
  ],
  [
    "POST",
    "/users/{ada}/credentials/change_password",
    { oldPassword: { value: "x" }, newPassword: { value: "y" } },
    403,
  ],
  ["POST", "/users/{ada}/credentials/change_recovery_question", ADA, 200],
  ["DELETE", "/users/{ada}/sessions", undefined, 204],
  ["GET", "/users/{ada}/groups", undefined, 200],
  ["GET", "/users/{ada}/appLinks", undefined, 200],
  ["GET", "/users/{ada}/blocks", undefined, 200],
  ["GET", "/users/{social}/idps", undefined, 200],
  ["GET", "/users/{ada}/risk", undefined, 200],
  ["PUT", "/users/{ada}/risk", { riskLevel: "HIGH" }, 201],
  ["PUT", "/users/{ada}/risk", { riskLevel: "LOW", riskReason: "Checked" }, 200],
  ["GET", "/users/{ada}/risk", undefined, 200],
  ["GET", "/users/me", undefined, 200, "me"],
  ["GET", "/users/{me}/subscriptions", undefined, 200],
  ["GET", "/users/{ada}/subscriptions", undefined, 403],
  ["POST", "/users/{me}/subscriptions/OKTA_UPDATE/unsubscribe", undefined, 200],
  ["GET", "/users/{me}/subscriptions/OKTA_UPDATE", undefined, 200],
  ["POST", "/users/{me}/subscriptions/OKTA_UPDATE/subscribe", undefined, 200],
  ["GET", "/users/{ada}/factors/catalog", undefined, 200],
  ["GET", "/users/{ada}/factors/questions", undefined, 200],
  ["POST", "/users/{ada}/factors", QUESTION, 200, "question"],
  ["POST", "/users/{ada}/factors", SMS, 200, "sms"],
  ["POST", "/users/{ada}/factors", TOTP, 200, "totp"],
  ["POST", "/users/{ada}/factors/{sms}/lifecycle/activate", { passCode: "{code}" }, 200],
  ["POST", "/users/{ada}/factors/{sms}/verify", undefined, 200],
  ["POST", "/users/{ada}/factors/{question}/verify", { answer: "Chess" }, 200],
  ["POST", "/users/{ada}/factors/{question}/verify", { answer: "Go" }, 403],
  ["GET", "/users/{ada}/factors", undefined, 200],
  ["GET", "/users/{ada}/factors/{question}", undefined, 200],
  ["DELETE", "/users/{ada}/factors/{question}", undefined, 204],
  ["GET", "/users/{busy}/grants?limit=2&expand=scope", undefined, 200, "grant"],
  ["GET", "/users/{busy}/grants/{grant}?expand=scope", undefined, 200],
  ["DELETE", "/users/{busy}/grants/{grant}", undefined, 204],
  ["GET", "/users/{busy}/clients", undefined, 200, "client"],
  ["GET", "/users/{busy}/clients/{client}/grants", undefined, 200],
  ["GET", "/users/{busy}/clients/{client}/tokens?expand=scope", undefined, 200, "token"],
  ["GET", "/users/{busy}/clients/{client}/tokens/{token}", undefined, 200],
  ["DELETE", "/users/{busy}/clients/{client}/tokens/{token}", undefined, 204],
  ["DELETE", "/users/{busy}/clients/{client}/tokens", undefined, 204],
  ["DELETE", "/users/{busy}/clients/{client}/grants", undefined, 204],
  ["DELETE", "/users/{busy}/grants", undefined, 204],
  ["POST", "/groups", NEW_GROUP, 200, "group"],
  ["POST", "/groups", { profile: { name: "Other" } }, 200, "other"],
  ["GET", "/groups?expand=stats", undefined, 200],
  ["GET", "/groups?search=nonsense", undefined, 400],
  ["PUT", "/groups/{group}", { profile: { name: "Sweep", description: "All" } }, 200],
  ["GET", "/groups/{group}", undefined, 200],
  ["PUT", "/groups/{group}/users/{ada}", undefined, 204],
  ["GET", "/groups/{group}/users", undefined, 200],
  ["DELETE", "/groups/{group}/users/{ada}", undefined, 204],
  ["POST", "/users/{ada}/roles", { type: "APP_ADMIN" }, 201, "apps"],
  ["POST", "/users/{ada}/roles", { type: "APP_ADMIN" }, 409],
  ["POST", "/users/{ada}/roles", { type: "USER_ADMIN" }, 201, "groups"],
  ["POST", "/users/{ada}/roles", { type: "WORKFLOWS_ADMIN" }, 201],
  ["GET", "/users/{ada}/roles", undefined, 200],
  ["GET", "/users/{ada}/roles/{apps}", undefined, 200],
  ["GET", "/iam/assignees/users", undefined, 200],
  ["PUT", "/users/{ada}/roles/{apps}/targets/catalog/apps/slack", undefined, 204],
  ["PUT", "/users/{ada}/roles/{apps}/targets/catalog/apps/salesforce/{salesforce}", undefined, 204],
  ["GET", "/users/{ada}/roles/{apps}/targets/catalog/apps", undefined, 200],
  ["DELETE", "/users/{ada}/roles/{apps}/targets/catalog/apps/salesforce/{salesforce}", undefined, 204],
  ["PUT", "/users/{ada}/roles/{apps}/targets/catalog/apps/zoomus", undefined, 204],
  ["DELETE", "/users/{ada}/roles/{apps}/targets/catalog/apps/slack", undefined, 204],
  ["DELETE", "/users/{ada}/roles/{apps}/targets/catalog/apps/zoomus", undefined, 400],
  ["PUT", "/users/{ada}/roles/{apps}/targets/catalog/apps", undefined, 200],
  ["PUT", "/users/{ada}/roles/{groups}/targets/groups/{group}", undefined, 204],
  ["GET", "/users/{ada}/roles/{groups}/targets/groups", undefined, 200],
  ["GET", "/users/{ada}/roles?expand=targets/groups", undefined, 200],
  ["PUT", "/users/{ada}/roles/{groups}/targets/groups/{other}", undefined, 204],
  ["DELETE", "/users/{ada}/roles/{groups}/targets/groups/{other}", undefined, 204],
  ["DELETE", "/users/{ada}/roles/{groups}/targets/groups/{group}", undefined, 400],
  ["DELETE", "/users/{ada}/roles/{groups}", undefined, 204],
  ["DELETE", "/groups/{group}", undefined, 204],
  ["POST", "/meta/schemas/user/linkedObjects", { primary: LINK("lead"), associated: LINK("crew") }, 201],
  ["GET", "/meta/schemas/user/linkedObjects", undefined, 200],
  ["GET", "/meta/schemas/user/linkedObjects/lead", undefined, 200],
  ["PUT", "/users/{ada}/linkedObjects/lead/{me}", undefined, 204],
  ["GET", "/users/{me}/linkedObjects/crew", undefined, 200],
  ["DELETE", "/users/{ada}/linkedObjects/lead", undefined, 204],
  ["DELETE", "/meta/schemas/user/linkedObjects/lead", undefined, 204],
  ["GET", "/meta/schemas/user/default", undefined, 200],
  ["POST", "/meta/schemas/user/default", { definitions: { custom: { properties: {} } } }, 200],
  ["GET", "/meta/types/user", undefined, 200],
  ["GET", "/meta/types/user/default", undefined, 200, "type"],
  ["DELETE", "/meta/types/user/{type}", undefined, 400],
  ["POST", "/meta/types/user", USER_TYPE, 200, "sweeper"],
  ["POST", "/meta/types/user/{sweeper}", { displayName: "Sweepers" }, 200],
  ["PUT", "/meta/types/user/{sweeper}", USER_TYPE, 200],
  ["DELETE", "/meta/types/user/{sweeper}", undefined, 204],
  ["GET", "/logs?limit=50", undefined, 200],
  ["POST", "/users/{ada}/lifecycle/expire_password", undefined, 200],
  ["POST", "/users/{ada}/lifecycle/expire_password?tempPassword=true", undefined, 200],
  ["POST", "/users/{ada}/lifecycle/expire_password_with_temp_password", undefined, 200],
  ["POST", "/users/{ada}/lifecycle/reset_password?sendEmail=false", undefined, 200],
];

describe.skipIf(!hasSpec())("what the sandbox answers fits the specification", () => {
  const asked = new Set<string>();

  it("for every operation it serves", async () => {
    const snapshot = await org.snapshot();
    const names = new Map<string, string>();
    const first = (section: string, matches: (entry: unknown) => boolean): string =>
      text(list(at(snapshot, section)).find(matches), "id");
    names.set(
      "locked",
      first("users", (user) => at(user, "status") === "LOCKED_OUT"),
    );
    names.set(
      "social",
      first("users", (user) => at(user, "provider") === "SOCIAL"),
    );
    names.set(
      "busy",
      first("users", (user) => Number(at(user, "tokens")) > 20),
    );
    names.set(
      "salesforce",
      first("apps", (app) => at(app, "name") === "salesforce"),
    );
    const filled = (value: string): string => value.replace(/\{(\w+)\}/g, (_, name) => names.get(name) ?? `{${name}}`);
    for (const [method, path, body, status, keep] of STEPS) {
      const codes = list(at(await org.snapshot(), "sms"));
      names.set("code", String(at(codes.at(-1), "code")));
      const sent = body === undefined ? undefined : filled(JSON.stringify(body));
      const reply = await org.api(method, `/api/v1${filled(path)}`, sent);
      expect(`${method} ${path} ${reply.status} ${at(reply.body, "errorSummary") ?? ""}`.trim()).toContain(
        `${method} ${path} ${status}`,
      );
      if (reply.status < 300) asked.add(routeOf(method, `/api/v1${filled(path)}`));
      const id = at(reply.body, "id") ?? at(reply.body, 0, "id") ?? at(reply.body, 0, "client_id");
      if (keep !== undefined) names.set(keep, String(id));
    }
    const bad = await org.api("POST", `/api/v1/users/${names.get("ada")}`, { profile: {} }, { "if-match": 'W/"0"' });
    expect(bad.status).toBe(412);
  });

  it("and none of them was left out", () => {
    const served = apiRoutes.map(({ method, path }) => `${method} ${path}`);
    expect(served.filter((route) => !asked.has(route))).toEqual([]);
  });

  it("but for what is listed, all of which happens", () => {
    expect(SPEC_DEVIATIONS.filter((deviation) => !met.has(deviation))).toEqual([]);
  });
});

/** The route of the sandbox that a request went to: the one that names most of the path. */
function routeOf(method: string, path: string): string {
  const segments = path.replace(/\?.*$/, "").split("/").slice(1);
  const named = (own: readonly string[]): number => own.filter((part) => !part.startsWith("{")).length;
  const [route] = apiRoutes
    .filter((candidate) => candidate.method === method && candidate.segments.length === segments.length)
    .filter(({ segments: own }) => own.every((part, i) => part.startsWith("{") || part === segments[i]))
    .sort((a, b) => named(b.segments) - named(a.segments));
  return `${method} ${route?.path}`;
}

describe.skipIf(!hasSpec())("the check finds", () => {
  const before = new Set(met);
  afterAll(() => {
    for (const deviation of met) if (!before.has(deviation)) met.delete(deviation);
  });

  const user = { id: "00u0000000000000000", status: "ACTIVE", profile: { login: "ada@larkspur.example" } };
  const cases: [what: string, method: string, path: string, status: number, body: unknown, says: string][] = [
    ["an unknown property", "GET", "/api/v1/users/00u1", 200, { ...user, nickname: 1 }, "(whole) has nickname"],
    ["a wrong type", "GET", "/api/v1/users/00u1", 200, { ...user, created: 5 }, "/created must be string"],
    ["a value off the list", "GET", "/api/v1/users/00u1", 200, { ...user, status: "GONE" }, "/status must be equal to"],
    ["a list instead of one", "GET", "/api/v1/users/00u1", 200, [user], "(whole) must be object"],
    ["an undocumented status", "GET", "/api/v1/users/00u1", 202, user, "the status is not documented"],
    ["a missing body", "GET", "/api/v1/users", 200, undefined, "a body is missing"],
    ["a body too many", "DELETE", "/api/v1/users/00u1", 204, user, "there should be no body"],
    ["an error in another form", "GET", "/api/v1/users/00u1", 404, { error: "gone" }, "(whole) has error"],
    [
      "a property of another factor",
      "GET",
      "/api/v1/users/00u1/factors/opf1",
      200,
      { factorType: "question", profile: { phoneNumber: "+15550100" } },
      "/profile has phoneNumber",
    ],
  ];
  it.each(cases)("%s", (_what, method, path, status, body, says) => {
    const contentType = "application/json";
    expect(complaints({ method, path, status, contentType, body }).join("\n")).toContain(says);
  });
});
