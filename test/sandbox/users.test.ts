import { describe, expect, it } from "vitest";
import { SEEDED_ANSWER, SEEDED_PASSWORD } from "../../src/sandbox/seed-people.ts";
import { at, list, profile, sandboxFor, short, text } from "./harness.ts";

const org = sandboxFor();

const PASSWORD = { password: { value: "Tangerine-4417" } };
const SHA512 = {
  password: {
    hash: { algorithm: "SHA-512", salt: "TXlTYWx0", saltOrder: "PREFIX", value: "QrozP8a+KfoHu6mPFys=", workFactor: 0 },
  },
};
const FEDERATED = { provider: { type: "FEDERATION", name: "FEDERATION" } };

const CREATE: [query: string, credentials: unknown, expected: string, provider?: string][] = [
  ["?activate=false", undefined, "STAGED"],
  ["?activate=false", { password: {} }, "STAGED"],
  ["?activate=false", PASSWORD, "STAGED"],
  ["", undefined, "PROVISIONED"],
  ["", { password: {} }, "PROVISIONED"],
  ["", PASSWORD, "ACTIVE"],
  ["?nextLogin=changePassword", PASSWORD, "PASSWORD_EXPIRED"],
  ["?nextLogin=changePassword", undefined, "400 E0000124"],
  ["?nextLogin=changePassword&activate=false", PASSWORD, "400 E0000125"],
  ["?activate=false", SHA512, "STAGED", "IMPORT"],
  ["", SHA512, "ACTIVE", "IMPORT"],
  ["", { password: { hook: { type: "default" } } }, "ACTIVE", "IMPORT"],
  ["?provider=true", FEDERATED, "ACTIVE", "FEDERATION"],
  ["?provider=true&activate=false", FEDERATED, "STAGED", "FEDERATION"],
  ["", FEDERATED, "400 E0000001"],
  ["", { password: { value: "weak" } }, "400 E0000001"],
  ["", { password: { value: "x".repeat(73) } }, "400 E0000001"],
  ["", { recovery_question: { question: "Why?", answer: "no" } }, "400 E0000001"],
  ["?activate=perhaps", undefined, "400 E0000037"],
];

describe("create", () => {
  it.each(CREATE)("%s with %j: %s", async (query, credentials, expected, provider = "OKTA") => {
    const reply = await org.api("POST", `/api/v1/users${query}`, { profile: profile(), credentials });
    if (expected.startsWith("4")) return expect(short(reply)).toBe(expected);
    expect(reply.status).toBe(200);
    expect(at(reply.body, "status")).toBe(expected);
    expect(at(reply.body, "credentials", "provider", "type")).toBe(provider);
    expect(at(reply.body, "credentials", "password")).toEqual(
      JSON.stringify(credentials)?.includes('value"') || JSON.stringify(credentials)?.includes("hook") ? {} : undefined,
    );
    expect(at(reply.body, "activated") === null).toBe(expected === "STAGED");
    expect(text(reply.body, "created")).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
    expect(Object.keys(Object(reply.body)).join()).toBe(
      "id,status,created,activated,statusChanged,lastLogin,lastUpdated,passwordChanged,realmId,type,profile,credentials,_links",
    );
  });

  it("puts a new user into the groups named and into Everyone", async () => {
    const group = text(list(at(await org.snapshot(), "groups"))[1], "id");
    const made = await org.api("POST", "/api/v1/users", { profile: profile(), groupIds: [group] });
    const groups = await org.api("GET", `/api/v1/users/${text(made.body, "id")}/groups`);
    expect(list(groups.body).map((entry) => at(entry, "type"))).toEqual(["BUILT_IN", "OKTA_GROUP"]);
    expect(groups.headers.get("link")).toMatch(/\/groups\?limit=200>; rel="self"$/);
  });

  it("takes custom attributes, another user type and a realm", async () => {
    const types = list(at(await org.snapshot(), "types"));
    const realms = list(at(await org.snapshot(), "realms"));
    const body = { profile: profile({ agency: "Ostra" }), type: { id: text(types[1], "id") }, realmId: realms[1] };
    const made = await org.api("POST", "/api/v1/users", body);
    expect(at(made.body, "profile", "agency")).toBe("Ostra");
    expect(at(made.body, "type")).toEqual({ id: text(types[1], "id") });
    expect(at(made.body, "realmId")).toBe(realms[1]);
  });
});

const BLANK = "The field cannot be left blank";
const EMAIL_FORM = "login: Username must be in the form of an email address";
const REFUSED: [
  what: string,
  method: string,
  path: string,
  body: unknown,
  status: number,
  summary: string,
  causes: string[],
][] = [
  [
    "unknown attribute",
    "POST",
    "",
    { profile: { ...profile(), notValid: 1 } },
    400,
    "Api validation failed: newUser",
    ["Property name 'notValid' is not defined in profile"],
  ],
  ["unknown top-level key", "POST", "", { boop: "thing" }, 400, "The request body was not well-formed.", []],
  ["bad JSON", "POST", "", "{", 400, "The request body was not well-formed.", []],
  ["a list as body", "POST", "", "[]", 400, "The request body was not well-formed.", []],
  [
    "nothing required",
    "PUT",
    "/me",
    { profile: { mobilePhone: "1" } },
    400,
    "Api validation failed: login",
    [`login: ${BLANK}`, `firstName: ${BLANK}`, `lastName: ${BLANK}`, `email: ${BLANK}`, EMAIL_FORM],
  ],
  [
    "bad addresses",
    "POST",
    "",
    { profile: { ...profile(), login: "nowhere", email: "nobody" } },
    400,
    "Api validation failed: login",
    [EMAIL_FORM, "email: Does not match required pattern"],
  ],
  [
    "unknown group",
    "POST",
    "",
    { profile: profile(), groupIds: ["12345678901011"] },
    404,
    "Not found: Resource not found: 12345678901011 (UserGroup)",
    [],
  ],
  [
    "too many groups",
    "POST",
    "",
    { profile: profile(), groupIds: Array(21).fill("00g") },
    400,
    "Target count limit exceeded",
    ["The number of group targets is too large"],
  ],
  [
    "wrong type",
    "POST",
    "",
    { profile: profile({ badgeNumber: "7" }) },
    400,
    "Api validation failed: badgeNumber",
    ["badgeNumber: The field has the wrong type"],
  ],
  [
    "unknown user",
    "PUT",
    "/fakeuserid",
    { profile: profile() },
    404,
    "Not found: Resource not found: fakeuserid (User)",
    [],
  ],
  [
    "unknown id",
    "GET",
    "/00usfgmn9xhwtA6f74x6",
    undefined,
    404,
    "Not found: Resource not found: 00usfgmn9xhwtA6f74x6 (User)",
    [],
  ],
  [
    "unknown login",
    "GET",
    "/nobody%40x.example",
    undefined,
    404,
    "Not found: Resource not found: nobody@x.example (User)",
    [],
  ],
  ["login where only an id goes", "GET", "/me/grants", undefined, 404, "Not found: Resource not found: me (User)", []],
];

describe("refusals word for word", () => {
  it.each(REFUSED)("%s", async (_what, method, path, body, status, summary, causes) => {
    const reply = await org.api(method, `/api/v1/users${path}`, body);
    expect(reply.status).toBe(status);
    expect(reply.body).toEqual({
      errorCode: expect.stringMatching(/^E\d{7}$/),
      errorSummary: summary,
      errorLink: at(reply.body, "errorCode"),
      errorId: expect.stringMatching(/^oae[\w-]{22}$/),
      errorCauses: causes.map((errorSummary) => ({ errorSummary })),
    });
  });

  it("a login that differs only in case and accents is taken", async () => {
    const one = profile({ login: "zoë.double@larkspur.example" });
    expect((await org.api("POST", "/api/v1/users", { profile: one })).status).toBe(200);
    const two = await org.api("POST", "/api/v1/users", { profile: profile({ login: "ZOE.Double@larkspur.example" }) });
    expect(at(two.body, "errorCauses", 0, "errorSummary")).toBe(
      "login: An object with this field already exists in the current organization",
    );
  });
});

describe("one user", () => {
  it("is found by id, login in any case, encoded login, short name and me", async () => {
    const me = (await org.api("GET", "/api/v1/users/me")).body;
    const login = text(me, "profile", "login");
    for (const key of [
      text(me, "id"),
      login,
      login.toUpperCase(),
      encodeURIComponent(login),
      login.split("@")[0] ?? "",
    ]) {
      expect(at((await org.api("GET", `/api/v1/users/${key}`)).body, "id")).toBe(at(me, "id"));
    }
    expect((await org.api("GET", `//api/v1/users/${login}`)).status).toBe(200);
  });

  it("a short name two people share finds nobody", async () => {
    await org.api("POST", "/api/v1/users", { profile: profile({ login: "twin@a.example" }) });
    expect((await org.api("GET", "/api/v1/users/twin")).status).toBe(200);
    await org.api("POST", "/api/v1/users", { profile: profile({ login: "twin@b.example" }) });
    expect(short(await org.api("GET", "/api/v1/users/twin"))).toBe("404 E0000007");
  });

  it("leaves out what okta-response names", async () => {
    const type = 'application/json; okta-response="omitCredentials,omitCredentialsLinks,omitTransitioningToStatus"';
    const { body } = await org.api("GET", "/api/v1/users/me", undefined, { "content-type": type });
    expect(at(body, "credentials")).toBeUndefined();
    expect(Object.keys(Object(at(body, "_links"))).join()).toBe("suspend,schema,expirePassword,self,type,deactivate");
  });

  it("embeds blocks", async () => {
    const { body } = await org.api("GET", "/api/v1/users/me?expand=blocks");
    expect(at(body, "_embedded")).toEqual({ blocks: [] });
  });

  it("delete deactivates, then erases", async () => {
    const { body } = await org.api("POST", "/api/v1/users", { profile: profile() });
    const path = `/api/v1/users/${text(body, "id")}`;
    expect(await org.api("DELETE", path)).toMatchObject({ status: 204, body: undefined });
    expect(at((await org.api("GET", path)).body, "status")).toBe("DEPROVISIONED");
    expect(short(await org.api("DELETE", path, undefined, { prefer: "respond-async" }))).toBe("204");
    expect(short(await org.api("GET", path))).toBe("404 E0000007");
    expect(short(await org.api("DELETE", path))).toBe("404 E0000007");
  });
});

describe("update", () => {
  async function person(): Promise<string> {
    const made = await org.api("POST", "/api/v1/users", { profile: profile({ nickName: "Nick", city: "Oslo" }) });
    return `/api/v1/users/${text(made.body, "id")}`;
  }

  it("POST merges and null clears; PUT replaces; PUT of credentials keeps the profile", async () => {
    const path = await person();
    const merged = (await org.api("POST", path, { profile: { city: null, title: "Captain" } })).body;
    expect(at(merged, "profile", "nickName")).toBe("Nick");
    expect(at(merged, "profile", "city")).toBeUndefined();
    const kept = (await org.api("PUT", path, { credentials: PASSWORD })).body;
    expect(at(kept, "profile", "title")).toBe("Captain");
    const next = profile({ postalAddress: null });
    const replaced = (
      await org.api("PUT", path, { profile: next, type: at(kept, "type"), realmId: at(kept, "realmId") })
    ).body;
    expect(at(replaced, "profile")).toEqual({
      firstName: next.firstName,
      lastName: next.lastName,
      mobilePhone: null,
      secondEmail: null,
      login: next.login,
      email: next.email,
    });
  });

  it("a changed login finds the user, the old one no longer", async () => {
    const path = await person();
    await org.api("POST", path, { profile: { login: "moved@larkspur.example" } });
    expect((await org.api("GET", "/api/v1/users/Moved@larkspur.example")).status).toBe(200);
    expect((await org.api("POST", path, { profile: { login: "moved.on@larkspur.example" } })).status).toBe(200);
    expect((await org.api("GET", "/api/v1/users/moved@larkspur.example")).status).toBe(404);
  });

  it("If-Match guards the profile; the ETag comes back with the old profile and ignores the status", async () => {
    const path = await person();
    const tag = async () => (await org.api("GET", path)).headers.get("etag") ?? "";
    const first = await tag();
    expect(first).toMatch(/^W\/"[0-9a-f]{64}"$/);
    await org.api("POST", path, { profile: { city: "Bergen" } });
    expect(short(await org.api("POST", path, { profile: { city: "Rome" } }, { "if-match": first }))).toBe(
      "412 E0000231",
    );
    expect(short(await org.api("PUT", path, { profile: {} }, { "if-match": "nonsense" }))).toBe("400 E0000242");
    await org.api("POST", path, { profile: { city: "Oslo" } }, { "if-match": await tag() });
    await org.api("POST", `${path}/lifecycle/deactivate`);
    expect(await tag()).toBe(first);
  });

  it("only PUT changes the user type", async () => {
    const path = await person();
    const type = { id: text(list(at(await org.snapshot(), "types"))[1], "id") };
    expect(short(await org.api("POST", path, { type }))).toBe("400 E0000001");
    expect(at((await org.api("PUT", path, { profile: profile(), type })).body, "type")).toEqual(type);
  });

  it("a hash goes only on a STAGED user; strict refuses a used password", async () => {
    const path = await person();
    expect(short(await org.api("PUT", path, { credentials: SHA512 }))).toBe("400 E0000001");
    expect(short(await org.api("POST", path, { credentials: PASSWORD }))).toBe("200");
    expect(short(await org.api("POST", path, { credentials: PASSWORD }))).toBe("200");
    expect(short(await org.api("POST", `${path}?strict=true`, { credentials: PASSWORD }))).toBe("400 E0000001");
  });
});

describe("credentials", () => {
  const someone = () =>
    org.someone((user) => at(user, "status") === "ACTIVE" && at(user, "hasRecoveryQuestion") === true);
  const CHANGES: [what: string, operation: string, body: unknown, expected: string][] = [
    [
      "wrong old password",
      "change_password",
      { oldPassword: { value: "x" }, newPassword: { value: "Tangerine-4417" } },
      "403 E0000014",
    ],
    [
      "weak new password",
      "change_password",
      { oldPassword: { value: SEEDED_PASSWORD }, newPassword: { value: "tangerine" } },
      "403 E0000014",
    ],
    [
      "new password used before, strict",
      "change_password?strict=true",
      { oldPassword: { value: SEEDED_PASSWORD }, newPassword: { value: SEEDED_PASSWORD } },
      "403 E0000014",
    ],
    [
      "wrong password for the question",
      "change_recovery_question",
      { password: { value: "x" }, recovery_question: { question: "Why?", answer: "because" } },
      "403 E0000014",
    ],
    [
      "wrong answer",
      "forgot_password_recovery_question",
      { password: { value: "Tangerine-4417" }, recovery_question: { answer: "red kite" } },
      "403 E0000087",
    ],
    [
      "right answer in capitals",
      "forgot_password_recovery_question",
      { password: { value: "Tangerine-4417" }, recovery_question: { answer: SEEDED_ANSWER.toUpperCase() } },
      "200",
    ],
    [
      "old form: answer sent to forgot_password",
      "forgot_password",
      { password: { value: "Tangerine-4417" }, recovery_question: { answer: SEEDED_ANSWER } },
      "200",
    ],
  ];
  it.each(CHANGES)("%s", async (_what, operation, body, expected) => {
    expect(short(await org.api("POST", `/api/v1/users/${await someone()}/credentials/${operation}`, body))).toBe(
      expected,
    );
  });

  it("a changed password is the one that counts", async () => {
    const path = `/api/v1/users/${await someone()}/credentials/change_password`;
    const body = (oldValue: string, value: string) => ({ oldPassword: { value: oldValue }, newPassword: { value } });
    const first = await org.api("POST", path, body(SEEDED_PASSWORD, "Tangerine-4417"));
    expect(first.body).toEqual({
      password: {},
      recovery_question: { question: "What was your first toy?" },
      provider: { type: "OKTA", name: "OKTA" },
    });
    expect(short(await org.api("POST", path, body(SEEDED_PASSWORD, "Tangerine-4418")))).toBe("403 E0000014");
    expect(short(await org.api("POST", path, body("Tangerine-4417", "Tangerine-4418")))).toBe("200");
  });

  const SECRETS: [operation: string, shape: Record<string, RegExp>][] = [
    [
      "lifecycle/reset_password?sendEmail=false",
      { resetPasswordUrl: /^http:\/\/127\.0\.0\.1:\d+\/reset_password\/drp[\w-]{17}$/ },
    ],
    ["lifecycle/reset_password", {}],
    ["credentials/forgot_password?sendEmail=false", { resetPasswordUrl: /\/signin\/reset-password\/dfp[\w-]{17}$/ }],
    ["credentials/forgot_password", {}],
    ["lifecycle/expire_password_with_temp_password", { tempPassword: /^\w{12}$/ }],
    ["lifecycle/expire_password?tempPassword=true", { tempPassword: /^\w{12}$/ }],
  ];
  it.each(SECRETS)("%s", async (operation, shape) => {
    const reply = await org.api("POST", `/api/v1/users/${await someone()}/${operation}`);
    expect(reply.body).toEqual(
      Object.fromEntries(Object.entries(shape).map(([key, pattern]) => [key, expect.stringMatching(pattern)])),
    );
  });

  it("activation: a mail by default, a link on request; reactivation the other way round", async () => {
    const path = `/api/v1/users/${await org.someone((user) => at(user, "status") === "STAGED")}/lifecycle`;
    expect((await org.api("POST", `${path}/activate`)).body).toEqual({});
    const again = await org.api("POST", `${path}/reactivate`);
    const token = text(again.body, "activationToken");
    expect(token).toMatch(/^[\w-]{20}$/);
    expect(text(again.body, "activationUrl")).toBe(`${org.sandbox.url}/tokens/${token}/verify`);
    expect((await org.api("POST", `${path}/reactivate?sendEmail=true`)).body).toEqual({});
    expect(
      list(at(await org.snapshot(), "mail"))
        .slice(-2)
        .map((mail) => at(mail, "kind")),
    ).toEqual(["activation", "activation"]);
  });

  it("the temporary password opens the account", async () => {
    const path = `/api/v1/users/${await someone()}`;
    const { body } = await org.api("POST", `${path}/lifecycle/expire_password_with_temp_password`);
    const change = { oldPassword: { value: text(body, "tempPassword") }, newPassword: { value: "Tangerine-4417" } };
    expect(short(await org.api("POST", `${path}/credentials/change_password`, change))).toBe("200");
    expect(at((await org.api("GET", path)).body, "status")).toBe("ACTIVE");
  });
});
