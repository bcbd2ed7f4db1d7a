import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OktaAnswer } from "../../src/okta/client.ts";
import type { Operation, Target } from "../../src/operation.ts";
import { Refusal } from "../../src/refusal.ts";
import { isJsonObject, type Json, type JsonObject } from "../../src/schema.ts";
import { LONGEST_REPLY, shape } from "../../src/shape.ts";
import { operations } from "../../tools/index.ts";
import { sharedText } from "../catalogue/shared.ts";
import { at, listAt, textAt } from "../support/at.ts";
import { named } from "./named.ts";
import { RUNS } from "./runs.ts";
import { anyText } from "./texts.ts";

const ORG = "https://example.okta.com/api/v1";
const ID = "00uqrks9ig7XuWV7X5d7";

const user: JsonObject = {
  id: ID,
  status: "ACTIVE",
  created: "2025-09-29T03:49:50.000Z",
  lastLogin: null,
  lastUpdated: "2025-09-29T03:49:51.000Z",
  type: { id: "otynwlw0pkLLUgtNG5d7" },
  profile: {
    firstName: "Ada",
    lastName: "Example",
    secondEmail: null,
    login: "ada@example.com",
    email: "ada@example.com",
    department: "Engineering",
    title: "Countess",
  },
  credentials: {
    password: { value: "never-sent-but-if-it-were", hash: { value: "x" } },
    recovery_question: { question: "First pet?", answer: "Rover" },
    emails: [{ value: "ada@example.com", status: "VERIFIED", type: "PRIMARY" }],
    provider: { type: "OKTA", name: "OKTA" },
    surprise: "a key of tomorrow",
  },
  _links: { self: { href: `${ORG}/users/${ID}` } },
};
const profile = isJsonObject(user.profile) ? user.profile : {};
const group = {
  id: "00g1",
  type: "OKTA_GROUP",
  objectClass: ["okta:user_group"],
  profile: { name: "Staff", description: "x" },
  _links: { logo: [] },
};
const role = {
  id: "IFIFAX2BIRGUSTQ",
  label: "Application Administrator",
  type: "APP_ADMIN",
  status: "ACTIVE",
  created: "x",
  lastUpdated: "x",
  assignmentType: "USER",
  _links: { assignee: { href: "x" } },
};
const custom = { ...role, type: "CUSTOM", label: "UserCreatorRole", role: "cr0Yq6", "resource-set": "iamoJD" };
const grant = {
  id: "oag1",
  status: "ACTIVE",
  created: "x",
  createdBy: { id: "00u1", type: "User" },
  issuer: "https://example.okta.com",
  clientId: "0oa1",
  userId: "00u1",
  scopeId: "okta.users.read",
  source: "END_USER",
  lastUpdated: null,
  _links: { app: { href: "x" } },
};
const provider = {
  id: "0oa62b57p7c8PaGpU0h7",
  type: "FACEBOOK",
  name: "Facebook",
  status: "ACTIVE",
  protocol: {
    type: "OAUTH2",
    credentials: { client: { client_id: "your-client-id", client_secret: "your-client-secret" } },
  },
  policy: { provisioning: { action: "AUTO" } },
  _links: { authorize: { href: "x" } },
};
const appLink = {
  id: "00ub0oNGTSWTBKOLGLNR",
  label: "Google Mail",
  linkUrl: "https://x/home/google/1",
  logoUrl: "https://x",
  appName: "google",
  appInstanceId: "0oa3",
  appAssignmentId: "0ua3",
  credentialsSetup: false,
  hidden: false,
  sortOrder: 0,
};

function answer(body: unknown, more: Partial<OktaAnswer> = {}): OktaAnswer {
  return { status: 200, body, etag: undefined, next: undefined, requestId: "r", ...more };
}

function shown(
  tool: string,
  body: unknown,
  args: Record<string, unknown> = {},
  more: Partial<OktaAnswer> = {},
): JsonObject {
  return shape(named(tool), args, answer(body, more), {}, undefined);
}

const size = (reply: unknown): number => JSON.stringify(reply).length;

describe("a concise reply", () => {
  const concise = {
    id: ID,
    status: "ACTIVE",
    login: "ada@example.com",
    name: "Ada Example",
    department: "Engineering",
    title: "Countess",
  };
  /** [what, tool, Okta's body, the reply] */
  const cases: readonly [string, string, Json, JsonObject][] = [
    ["a user", "get_user", user, { user: concise }],
    ["users", "list_users", [user, user], { users: [concise, concise] }],
    ["nobody", "list_users", [], { users: [] }],
    [
      "another email",
      "get_user",
      { ...user, profile: { ...profile, email: "a@x.example" } },
      {
        user: {
          id: ID,
          status: "ACTIVE",
          login: "ada@example.com",
          name: "Ada Example",
          email: "a@x.example",
          department: "Engineering",
          title: "Countess",
        },
      },
    ],
    [
      "a last login",
      "get_user",
      { ...user, lastLogin: "2025-10-01T00:00:00.000Z" },
      { user: { ...concise, lastLogin: "2025-10-01T00:00:00.000Z" } },
    ],
    [
      "a user with hardly a profile",
      "get_user",
      { id: ID, status: "STAGED", profile: {} },
      { user: { id: ID, status: "STAGED", name: "" } },
    ],
    ["a user as a write returns it", "suspend_user", {}, { done: "suspend_user" }],
    ["a user as an update returns it", "update_user", user, { user: concise }],
    [
      "a user with an expired password",
      "expire_password",
      { ...user, status: "PASSWORD_EXPIRED" },
      { user: { ...concise, status: "PASSWORD_EXPIRED" } },
    ],
    ["groups", "list_user_groups", [group], { groups: [{ id: "00g1", name: "Staff", type: "OKTA_GROUP" }] }],
    [
      "app links",
      "list_app_links",
      [appLink],
      { appLinks: [{ label: "Google Mail", appName: "google", appInstanceId: "0oa3" }] },
    ],
    [
      "clients",
      "list_user_clients",
      [{ client_id: "0oa1", client_name: "My App", client_uri: null, logo_uri: null, _links: {} }],
      { clients: [{ client_id: "0oa1", client_name: "My App" }] },
    ],
    [
      "an identity provider, its client secret never",
      "list_user_identity_providers",
      [provider],
      { identityProviders: [{ id: provider.id, type: "FACEBOOK", name: "Facebook", status: "ACTIVE" }] },
    ],
    [
      "a standard role",
      "get_user_assigned_role",
      role,
      {
        role: { id: "IFIFAX2BIRGUSTQ", type: "APP_ADMIN", label: "Application Administrator", assignmentType: "USER" },
      },
    ],
    [
      "a custom role",
      "list_assigned_roles_for_user",
      [custom],
      {
        roles: [
          {
            id: "IFIFAX2BIRGUSTQ",
            type: "CUSTOM",
            label: "UserCreatorRole",
            assignmentType: "USER",
            role: "cr0Yq6",
            "resource-set": "iamoJD",
          },
        ],
      },
    ],
    [
      "a grant without links and nulls",
      "get_user_grant",
      grant,
      {
        grant: {
          id: "oag1",
          status: "ACTIVE",
          created: "x",
          createdBy: { id: "00u1", type: "User" },
          issuer: "https://example.okta.com",
          clientId: "0oa1",
          userId: "00u1",
          scopeId: "okta.users.read",
          source: "END_USER",
        },
      },
    ],
    ["grants", "list_user_grants", [{ id: "a", _links: {} }], { grants: [{ id: "a" }] }],
    [
      "a token without links",
      "get_refresh_token_for_user_and_client",
      { id: "oar1", scopes: ["offline_access"], expiresAt: null, _links: {} },
      { token: { id: "oar1", scopes: ["offline_access"] } },
    ],
    [
      "blocks",
      "list_user_blocks",
      [{ type: "DEVICE_BASED", appliesTo: "UNKNOWN_DEVICES" }],
      { blocks: [{ type: "DEVICE_BASED", appliesTo: "UNKNOWN_DEVICES" }] },
    ],
    [
      "linked people by id",
      "list_linked_objects_for_user",
      [{ _links: { self: { href: `${ORG}/users/${ID}` } } }],
      { linkedObjects: [{ userId: ID }] },
    ],
    [
      "linked people without a link",
      "list_linked_objects_for_user",
      [{}, { _links: {} }],
      { linkedObjects: [{ userId: null }, { userId: null }] },
    ],
    [
      "an app target",
      "list_app_targets_for_role",
      [
        {
          name: "salesforce",
          displayName: "Salesforce.com",
          status: "ACTIVE",
          description: "x",
          signOnModes: ["SAML_2_0"],
          _links: {},
        },
      ],
      { targets: [{ name: "salesforce", displayName: "Salesforce.com", status: "ACTIVE" }] },
    ],
    [
      "an app instance target",
      "list_app_targets_for_role",
      [{ name: "salesforce", status: "ACTIVE", id: "0oa1", _links: {} }],
      { targets: [{ id: "0oa1", name: "salesforce", status: "ACTIVE" }] },
    ],
    ["a group", "get_group", group, { group: { id: "00g1", name: "Staff", type: "OKTA_GROUP" } }],
    [
      "a user type with the id of its schema",
      "list_user_types",
      [
        {
          id: "oty1",
          name: "user",
          displayName: "User",
          description: "x",
          default: true,
          _links: { schema: { href: `${ORG}/meta/schemas/user/osc1`, rel: "schema", method: "GET" } },
        },
      ],
      { userTypes: [{ id: "oty1", name: "user", displayName: "User", default: true, schemaId: "osc1" }] },
    ],
    [
      "a schema by what a value must be",
      "get_user_schema",
      {
        id: `${ORG}/meta/schemas/user/default`,
        name: "user",
        title: "User",
        definitions: {
          custom: {
            properties: {
              size: {
                title: "Size",
                type: "array",
                items: { type: "string", enum: ["S", "M"] },
                unique: true,
                mutability: "READ_ONLY",
                scope: "NONE",
                permissions: [{ principal: "SELF", action: "HIDE" }],
              },
              odd: null,
            },
          },
          base: {
            properties: {
              login: { title: "login", type: "string", minLength: 5, maxLength: 100, pattern: null, required: true },
              email: { title: "Email", type: "string", format: "email", mutability: "READ_WRITE", enum: null },
            },
            required: ["email"],
          },
        },
        _links: {},
      },
      {
        userSchema: {
          name: "user",
          title: "User",
          custom: [
            {
              name: "size",
              title: "Size",
              type: "array",
              items: "string",
              enum: ["S", "M"],
              unique: true,
              mutability: "READ_ONLY",
            },
          ],
          base: [
            { name: "login", type: "string", required: true, minLength: 5, maxLength: 100 },
            { name: "email", title: "Email", type: "string", required: true, format: "email" },
          ],
        },
      },
    ],
    ["a schema without definitions", "get_user_schema", { id: "x", name: "user" }, { userSchema: { name: "user" } }],
    [
      "a factor without what it embeds",
      "get_factor",
      {
        id: "ost1",
        factorType: "token:software:totp",
        provider: "GOOGLE",
        vendorName: "GOOGLE",
        status: "PENDING_ACTIVATION",
        created: "x",
        lastUpdated: "y",
        profile: { credentialId: "ada@example.com", keys: [{ kty: "EC" }], deviceToken: "never" },
        _embedded: { activation: { sharedSecret: "never" } },
        _links: {},
      },
      {
        factor: {
          id: "ost1",
          factorType: "token:software:totp",
          provider: "GOOGLE",
          status: "PENDING_ACTIVATION",
          created: "x",
          credentialId: "ada@example.com",
        },
      },
    ],
    [
      "an event by whom, to whom and from where",
      "list_user_events",
      [
        {
          uuid: "1",
          published: "2026-01-31T09:30:10.123Z",
          eventType: "group.user_membership.add",
          displayMessage: "Add user to group membership",
          severity: "INFO",
          actor: { id: "00u1", type: "User", alternateId: "ada@example.com", displayName: "Ada Example" },
          target: [
            { id: "00u1", type: "User", alternateId: "ada@example.com", displayName: "Ada Example" },
            { id: "00u2", type: "User", alternateId: "eve@example.com", displayName: "Eve Example" },
            { id: "00g1", type: "UserGroup", alternateId: "unknown", displayName: "Staff" },
            { id: "00g2", type: "UserGroup", alternateId: "unknown", displayName: null },
            {},
          ],
          client: {
            ipAddress: "203.0.113.7",
            userAgent: { rawUserAgent: "x", os: "Linux", browser: "CHROME" },
            geographicalContext: { city: "Oslo", state: null, country: "Norway" },
          },
          outcome: { result: "SUCCESS", reason: null },
          debugContext: { debugData: { url: "/x?token=never" } },
        },
      ],
      {
        events: [
          {
            time: "2026-01-31T09:30:10.123Z",
            eventType: "group.user_membership.add",
            message: "Add user to group membership",
            outcome: "SUCCESS",
            actor: "ada@example.com",
            targets: ["eve@example.com", "Staff", "00g2", null],
            ip: "203.0.113.7",
            place: "Oslo, Norway",
          },
        ],
      },
    ],
    [
      "an event of which hardly anything is known",
      "list_user_events",
      [{ eventType: "system.api_token.create", target: null, client: { geographicalContext: {} }, outcome: null }, {}],
      { events: [{ eventType: "system.api_token.create" }, {}] },
    ],
    [
      "a group target",
      "list_group_targets_for_role",
      [group],
      { targets: [{ id: "00g1", name: "Staff", type: "OKTA_GROUP" }] },
    ],
    [
      "credentials without anything that could be one",
      "change_password",
      {
        password: {},
        recovery_question: { question: "First pet?", answer: "Rover" },
        provider: { type: "OKTA", name: "OKTA" },
        surprise: 1,
      },
      {
        credentials: {
          password: {},
          recovery_question: { question: "First pet?" },
          provider: { type: "OKTA", name: "OKTA" },
        },
      },
    ],
  ];
  it.each(cases)("%s", (_, tool, body, reply) => {
    expect(shown(tool, body)).toEqual(reply);
  });

  it("has the cursor of the next page beside the list", () => {
    expect(shown("list_users", [], {}, { next: "200u3c0" })).toEqual({ users: [], next: "200u3c0" });
  });

  it("lifts nothing out that was not asked for", () => {
    const stats = { usersCount: 1 };
    expect(shown("list_groups", [{ ...group, _embedded: { stats } }])).toEqual({
      groups: [{ id: "00g1", name: "Staff", type: "OKTA_GROUP" }],
    });
    expect(
      at(shown("list_groups", [{ ...group, _embedded: { stats } }], { expand: "stats" }), "groups.0.stats"),
    ).toEqual(stats);
  });

  it("never has the etag", () => {
    expect(shown("get_user", user, {}, { etag: 'W/"1"' })).not.toHaveProperty("etag");
  });

  it("keeps what expand asked for, lifted out", () => {
    const blocks = [{ type: "DEVICE_BASED", appliesTo: "ANY_DEVICES", note: null }];
    expect(at(shown("get_user", { ...user, _embedded: { blocks } }, { expand: "blocks" }), "user")).toMatchObject({
      id: ID,
      blocks: [{ type: "DEVICE_BASED", appliesTo: "ANY_DEVICES" }],
    });
  });
});

describe("a full reply", () => {
  const full = {
    id: ID,
    status: "ACTIVE",
    created: "2025-09-29T03:49:50.000Z",
    lastUpdated: "2025-09-29T03:49:51.000Z",
    type: { id: "otynwlw0pkLLUgtNG5d7" },
    profile: {
      firstName: "Ada",
      lastName: "Example",
      login: "ada@example.com",
      email: "ada@example.com",
      department: "Engineering",
      title: "Countess",
    },
    credentials: {
      password: {},
      recovery_question: { question: "First pet?" },
      provider: { type: "OKTA", name: "OKTA" },
      emails: [{ value: "ada@example.com", status: "VERIFIED", type: "PRIMARY" }],
    },
  };

  it("holds everything but links, nulls and secrets, and the etag", () => {
    expect(shown("get_user", user, { detail: "full" }, { etag: 'W/"1"' })).toEqual({ user: full, etag: 'W/"1"' });
    expect(shown("list_users", [user], { detail: "full" })).toEqual({ users: [full] });
  });

  it("holds exactly the fields asked for, as Okta sent them", () => {
    const sent = { id: ID, profile: { login: "ada@example.com", city: null } };
    expect(shown("list_users", [sent], { fields: "id,profile:(login,city)" })).toEqual({
      users: [{ id: ID, profile: { login: "ada@example.com" } }],
    });
  });

  it("has custom attributes of any form", () => {
    const sent = { id: ID, profile: { badge: 7, vip: true, tags: ["a", "b"], none: null } };
    expect(shown("get_user", sent, { detail: "full" })).toEqual({
      user: { id: ID, profile: { badge: 7, vip: true, tags: ["a", "b"] } },
    });
  });
});

describe("a write without a resource", () => {
  const ada: Target = { id: ID, login: "ada\u202E@example.com", name: "Ada", status: "ACTIVE", profile: {} };
  const reported = (tool: string, body: unknown, ids: JsonObject, person?: Target): JsonObject =>
    shape(named(tool), {}, answer(body), ids, person);

  it("says what was done to whom", () => {
    expect(reported("suspend_user", {}, { userId: ID }, ada)).toEqual({
      done: "suspend_user",
      userId: ID,
      login: "ada\\u{202E}@example.com",
    });
    expect(reported("delete_user", undefined, { userId: ID })).toEqual({ done: "delete_user", userId: ID });
    expect(
      reported("assign_group_target_to_role", undefined, { userId: ID, roleAssignmentId: "r", groupId: "g" }),
    ).toEqual({
      done: "assign_group_target_to_role",
      userId: ID,
      roleAssignmentId: "r",
      groupId: "g",
    });
  });

  it("is done too where Okta answers nothing instead of the resource", () => {
    expect(reported("update_user", undefined, { userId: ID })).toEqual({ done: "update_user", userId: ID });
    expect(reported("change_password", {}, { userId: ID })).toEqual({ done: "change_password", userId: ID });
  });

  it.each([
    ["suspend_user", { error: "login_required" }],
    ["suspend_user", [1, 2]],
    ["suspend_user", "hello"],
    ["suspend_user", { tempPassword: "x", activationUrl: "y" }],
    ["update_user", { error: "login_required" }],
    ["change_password", []],
    ["reset_password", { resetPasswordUrl: "x".repeat(5_000) }],
  ])("%s: nobody knows whether it was done when the answer is %j", (tool, body) => {
    expect(() => reported(tool, body, { userId: ID })).toThrow(
      expect.objectContaining({ failure: expect.objectContaining({ code: "outcome_unknown" }) }),
    );
  });

  it("that was done is never told as a failure for its size", () => {
    const user = {
      id: ID,
      status: "ACTIVE",
      profile: { login: "a@b.example" },
      _embedded: { blocks: ["x".repeat(70_000)] },
    };
    expect(reported("update_user", user, { userId: ID })).toEqual({
      user: { id: ID, status: "ACTIVE", login: "a@b.example", name: "" },
    });
  });

  it.each([
    ["activate_user", { activationUrl: "https://x/welcome/t", activationToken: "t" }],
    ["reactivate_user", { activationUrl: "https://x/welcome/t", activationToken: "t" }],
    ["reset_password", { resetPasswordUrl: "https://x/reset_password/t" }],
    ["forgot_password", { resetPasswordUrl: "https://x/signin/reset-password/t" }],
    ["expire_password_with_temp_password", { tempPassword: "Tmp-1-secret" }],
  ])("%s shows its one-time secret under secret and nowhere else", (tool, secret) => {
    const reply = reported(tool, { ...secret, more: "x", _links: {} }, { userId: ID });
    expect(reply).toEqual({ done: tool, userId: ID, secret });
    for (const value of Object.values(secret))
      expect(JSON.stringify(reply).split(JSON.stringify(value))).toHaveLength(2);
  });

  it("shows no empty secret where a mail went out", () => {
    expect(reported("activate_user", {}, { userId: ID })).toEqual({ done: "activate_user", userId: ID });
    expect(reported("reset_password", undefined, { userId: ID })).toEqual({ done: "reset_password", userId: ID });
  });
});

describe("an answer that is no such resource", () => {
  const cases: readonly [string, unknown][] = [
    ["get_user", undefined],
    ["get_user", []],
    ["get_user", "<html>"],
    ["get_user", null],
    ["get_user", {}],
    ["list_user_groups", [null, { id: "00g1" }]],
    ["list_users", undefined],
    ["list_users", { users: [] }],
    ["list_users", 7],
  ];
  it.each(cases)("is refused for the read %s: %j", (tool, body) => {
    expect(() => shown(tool, body)).toThrow(Refusal);
    expect(() => shown(tool, body)).toThrow(expect.objectContaining({ code: "bad_response" }));
  });
});

describe("a reply is never longer than the bound", () => {
  const long = (length: number): JsonObject => ({
    id: ID,
    status: "ACTIVE",
    profile: { login: "x".repeat(length), firstName: "y".repeat(length) },
  });

  it("values are cut to 1,000 characters where there is room", () => {
    expect(at(shown("get_user", long(5_000)), "user.login")).toBe(
      `${"x".repeat(1_000)}… [cut; 5000 characters in all]`,
    );
  });

  it("values are cut shorter until a list fits, and nobody is left out", () => {
    const reply = shown("list_users", Array(100).fill(long(5_000)));
    expect(size(reply)).toBeLessThanOrEqual(LONGEST_REPLY);
    expect(listAt(reply, "users")).toHaveLength(100);
    expect(at(reply, "users.99.login")).toBe(`${"x".repeat(200)}… [cut; 5000 characters in all]`);
  });

  it("200 people of ordinary length fit whole", () => {
    const reply = shown("list_users", Array(200).fill(user));
    expect(listAt(reply, "users")).toHaveLength(200);
    expect(size(reply)).toBeLessThanOrEqual(LONGEST_REPLY);
  });

  it("a page that does not fit at all is refused with a way out", () => {
    const wide = {
      id: ID,
      profile: Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`attribute${index}`, "z".repeat(70)])),
    };
    expect(() => shown("list_users", Array(25).fill(wide), { detail: "full" })).toThrow(
      expect.objectContaining({ code: "bad_response", hint: "Ask again with a smaller limit, or with fields." }),
    );
    expect(() => shown("get_user", wide, { detail: "full" })).toThrow(
      expect.objectContaining({ code: "bad_response", hint: "Ask again with detail concise." }),
    );
  });

  it("a list without pages is cut and says how much of it is shown", () => {
    const many = Array.from({ length: 2_000 }, (_, index) => ({
      ...group,
      id: `00g${index}`,
      profile: { name: `Group ${index}` },
    }));
    const reply = shown("list_user_groups", many);
    expect(size(reply)).toBeLessThanOrEqual(LONGEST_REPLY);
    expect(at(reply, "total")).toBe(2_000);
    expect(at(reply, "shown")).toBe(listAt(reply, "groups").length);
    expect(listAt(reply, "groups").length).toBeGreaterThan(500);
    expect(at(reply, "groups.0.id")).toBe("00g0");
  });

  it("hidden characters, which take ten times the space when shown, are counted as shown", () => {
    const hidden = { ...long(0), profile: { login: "\u{E0041}".repeat(1_000), firstName: "\u202E".repeat(1_000) } };
    const reply = shown("list_users", Array(60).fill(hidden));
    expect(size(reply)).toBeLessThanOrEqual(LONGEST_REPLY);
  });

  it("whatever Okta sends", () => {
    const profile = fc.dictionary(anyText, fc.oneof(anyText, fc.jsonValue({ maxDepth: 1 })), { maxKeys: 5 });
    const person = fc.record({ id: anyText, status: anyText, profile, _links: fc.jsonValue({ maxDepth: 1 }) });
    const page = fc.array(fc.oneof(person, fc.jsonValue({ maxDepth: 1 })), { maxLength: 5 });
    const tools = fc.constantFrom("list_users", "list_user_groups", "list_user_grants");
    fc.assert(
      fc.property(
        page,
        tools,
        fc.constantFrom("concise", "full"),
        fc.constantFrom(1, 60),
        (people, tool, detail, times) => {
          let reply: JsonObject;
          try {
            reply = shown(tool, JSON.parse(JSON.stringify(Array(times).fill(people).flat())), { detail });
          } catch (error) {
            expect(error).toBeInstanceOf(Refusal);
            return;
          }
          expect(size(reply)).toBeLessThanOrEqual(LONGEST_REPLY);
          expect(JSON.stringify(reply)).not.toMatch(/"_links":|[\p{Cc}\p{Cf}]/u);
        },
      ),
      RUNS,
    );
  });
});

const folder = new URL("../../../shared/okta/recorded/", import.meta.url);
const recorded =
  sharedText("recorded/index.json") === undefined ? [] : readdirSync(folder).filter((file) => /^\d+-/.test(file));

describe.skipIf(recorded.length === 0)("answers recorded from Okta (needs them beside the project)", () => {
  const exchanges = recorded.flatMap((file) => {
    const exchange: unknown = JSON.parse(sharedText(`recorded/${file}`) ?? "");
    const operation = operationOf(textAt(exchange, "request.method"), textAt(exchange, "request.url"));
    const worked = String(at(exchange, "response.status")).startsWith("2");
    return operation !== undefined && worked ? [[file, operation, at(exchange, "response.body")] as const] : [];
  });

  it("cover most operations", () => {
    expect(new Set(exchanges.map(([, operation]) => operation.name)).size).toBeGreaterThan(30);
  });

  it.each(exchanges.map(([file, operation, body]) => [file, operation.name, operation, body] as const))(
    "%s is shown by %s without links, nulls and secrets",
    (_, name, operation, body) => {
      for (const args of [{}, ...(operation.input.shape.detail ? [{ detail: "full" }] : [])]) {
        const reply = shape(operation, args, answer(body ?? undefined), { userId: ID }, undefined);
        const text = JSON.stringify(reply);
        expect(text).not.toMatch(/"_links"|"_embedded"|:null|"answer"|"hash"|client_secret/);
        expect(text.length).toBeLessThanOrEqual(LONGEST_REPLY);
        expect(Object.keys(reply)[0]).toMatch(new RegExp(`^(${operation.listOf}s|${operation.returns}|done)$`));
        const { secret, ...rest } = reply;
        for (const key of operation.secret ?? []) {
          const value = at(secret, key);
          if (value !== undefined) expect(JSON.stringify(rest)).not.toContain(String(value));
          expect(value).toBe(at(body, key));
        }
        expect(secret !== undefined).toBe((operation.secret ?? []).some((key) => at(body, key) !== undefined));
        if (secret === undefined) expect(text).not.toMatch(/activationToken|tempPassword|resetPasswordUrl/);
      }
      expect(operation.name).toBe(name);
    },
  );

  function operationOf(method: string, url: string): Operation | undefined {
    const path = new URL(url.replace(/^\/+/, "/"), ORG).pathname;
    const fits = ({ template }: Operation): boolean =>
      new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, "[^/]+")}$`).test(path);
    return operations.find((operation) => operation.method === method && fits(operation));
  }
});
