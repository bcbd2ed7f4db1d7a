import okta from "@okta/okta-sdk-nodejs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SEEDED_ANSWER, SEEDED_PASSWORD } from "../../src/sandbox/seed-people.ts";
import { at, list, profile, sandboxFor, text } from "./harness.ts";

const org = sandboxFor({ users: 60 });
const proxies = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"].map(
  (name) => [name, process.env[name]] as const,
);

/** What later rows need from earlier ones. */
const kept = new Map<string, string>();
const k = (name: string): string => kept.get(name) ?? `nothing kept as ${name}`;

function clientOf(options: object = {}): okta.Client {
  const { url: orgUrl, token } = org.sandbox;
  // Without this the SDK answers a second GET from its memory.
  return new okta.Client({ orgUrl, token, cacheMiddleware: null, ...options });
}

let client: okta.Client;

beforeAll(async () => {
  // The SDK would ask a proxy for the loopback address as well.
  for (const [name] of proxies) delete process.env[name];
  client = clientOf();
  const snapshot = await org.snapshot();
  const find = (section: string, matches: (entry: unknown) => boolean): unknown =>
    list(at(snapshot, section)).find(matches);
  kept.set(
    "locked",
    text(
      find("users", (user) => at(user, "status") === "LOCKED_OUT"),
      "id",
    ),
  );
  kept.set(
    "busy",
    text(
      find("users", (user) => Number(at(user, "tokens")) > 20),
      "id",
    ),
  );
  kept.set(
    "social",
    text(find("users", (user) => at(user, "provider") === "SOCIAL") ?? find("users", () => true), "id"),
  );
  kept.set(
    "slack",
    text(
      find("apps", (app) => at(app, "name") === "slack"),
      "id",
    ),
  );
  kept.set("owner", text(snapshot, "ownerId"));
  const groups = list(at(snapshot, "groups")).filter((group) => at(group, "type") === "OKTA_GROUP");
  kept.set("group", text(groups[0], "id"));
  kept.set("other group", text(groups[1], "id"));
});
afterAll(() => {
  for (const [name, value] of proxies) if (value !== undefined) process.env[name] = value;
});

/** Everything a collection has, page by page. */
async function all(collection: Promise<AsyncIterable<unknown>>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const entry of await collection) found.push(entry);
  return found;
}

async function first(collection: Promise<AsyncIterable<unknown>>, name: string, key = "id"): Promise<unknown[]> {
  const found = await all(collection);
  kept.set(name, text(found[0], key));
  return found;
}

function person(): okta.UserProfile {
  const login = text(profile(), "login");
  return { firstName: "New", lastName: "Person", email: login, login };
}

const credentials = (): okta.UserCredentials => ({
  password: { value: SEEDED_PASSWORD },
  recovery_question: { question: "Toy?", answer: SEEDED_ANSWER },
});

type Row = readonly [method: string, call: () => Promise<unknown>, expected: unknown];
const anything = expect.anything();
const user = (status: string) => expect.objectContaining({ status, id: expect.stringMatching(/^00u/) });
const some = (entry: unknown) => expect.arrayContaining([entry]);

/** In order: each row stands on what the rows before it did. */
const [APPS, GROUPS] = ["IFIFAX2BIRGUSTQ", "KVJUKUS7IFCE2SKO"] as const;

const ROWS: readonly Row[] = [
  [
    "createUser",
    async () => {
      const made = await client.userApi.createUser({ body: { profile: person(), credentials: credentials() } });
      kept.set("ada", text(made, "id"));
      kept.set("login", text(made, "profile", "login"));
      return made;
    },
    user("ACTIVE"),
  ],
  [
    "createUser, staged",
    async () => {
      const made = await client.userApi.createUser({ body: { profile: person() }, activate: false });
      kept.set("bob", text(made, "id"));
      return made;
    },
    user("STAGED"),
  ],
  ["listUsers", () => all(client.userApi.listUsers({ search: `profile.login eq "${k("login")}"` })), [user("ACTIVE")]],
  ["getUser", () => client.userApi.getUser({ userId: k("login") }), user("ACTIVE")],
  [
    "updateUser",
    () => client.userApi.updateUser({ userId: k("ada"), user: { profile: { nickName: "Ada" } } }),
    expect.objectContaining({ profile: expect.objectContaining({ nickName: "Ada", login: anything }) }),
  ],
  [
    "replaceUser",
    () => client.userApi.replaceUser({ userId: k("ada"), user: { profile: { ...person(), login: k("login") } } }),
    expect.objectContaining({ profile: expect.not.objectContaining({ nickName: "Ada" }) }),
  ],
  ["listUserBlocks", () => all(client.userApi.listUserBlocks({ userId: k("locked") })), some(anything)],
  [
    "activateUser",
    () => client.userApi.activateUser({ userId: k("bob"), sendEmail: false }),
    expect.objectContaining({ activationToken: expect.stringMatching(/^[\w-]{20}$/), activationUrl: anything }),
  ],
  [
    "reactivateUser",
    () => client.userApi.reactivateUser({ userId: k("bob") }),
    expect.objectContaining({ activationToken: anything }),
  ],
  ["suspendUser", () => client.userApi.suspendUser({ userId: k("ada") }), undefined],
  ["unsuspendUser", () => client.userApi.unsuspendUser({ userId: k("ada") }), undefined],
  ["unlockUser", () => client.userApi.unlockUser({ userId: k("locked") }), undefined],
  ["resetFactors", () => client.userApi.resetFactors({ userId: k("ada") }), undefined],
  [
    "forgotPassword",
    () => client.userApi.forgotPassword({ userId: k("ada"), sendEmail: false }),
    expect.objectContaining({ resetPasswordUrl: expect.stringContaining("/signin/reset-password/dfp") }),
  ],
  [
    "forgotPasswordSetNewPassword",
    () =>
      client.userApi.forgotPasswordSetNewPassword({
        userId: k("ada"),
        userCredentials: { password: { value: "Other-Pass-1" }, recovery_question: { answer: SEEDED_ANSWER } },
      }),
    expect.objectContaining({ recovery_question: expect.objectContaining({ question: "Toy?" }) }),
  ],
  [
    "changePassword",
    () =>
      client.userApi.changePassword({
        userId: k("ada"),
        changePasswordRequest: { oldPassword: { value: "Other-Pass-1" }, newPassword: { value: SEEDED_PASSWORD } },
      }),
    expect.objectContaining({ provider: expect.objectContaining({ type: "OKTA" }) }),
  ],
  [
    "changeRecoveryQuestion",
    () => client.userApi.changeRecoveryQuestion({ userId: k("ada"), userCredentials: credentials() }),
    expect.objectContaining({ recovery_question: expect.objectContaining({ question: "Toy?" }) }),
  ],
  ["revokeUserSessions", () => client.userApi.revokeUserSessions({ userId: k("ada"), oauthTokens: true }), undefined],
  [
    "listUserGroups",
    () => all(client.userApi.listUserGroups({ userId: k("ada") })),
    [expect.objectContaining({ type: "BUILT_IN" })],
  ],
  [
    "listAppLinks",
    () => all(client.userApi.listAppLinks({ userId: k("ada") })),
    some(expect.objectContaining({ appName: anything })),
  ],
  ["listUserIdentityProviders", () => all(client.userApi.listUserIdentityProviders({ userId: k("social") })), anything],
  [
    "listUserClients",
    () => first(client.userApi.listUserClients({ userId: k("busy") }), "client", "client_id"),
    some(anything),
  ],
  [
    "listUserGrants",
    () => first(client.userApi.listUserGrants({ userId: k("busy"), limit: 4 }), "grant"),
    some(anything),
  ],
  [
    "getUserGrant",
    () => client.userApi.getUserGrant({ userId: k("busy"), grantId: k("grant"), expand: "scope" }),
    expect.objectContaining({ status: "ACTIVE", userId: anything }),
  ],
  ["revokeUserGrant", () => client.userApi.revokeUserGrant({ userId: k("busy"), grantId: k("grant") }), undefined],
  [
    "listGrantsForUserAndClient",
    () => all(client.userApi.listGrantsForUserAndClient({ userId: k("busy"), clientId: k("client") })),
    some(expect.objectContaining({ scopeId: anything })),
  ],
  [
    "revokeGrantsForUserAndClient",
    () => client.userApi.revokeGrantsForUserAndClient({ userId: k("busy"), clientId: k("client") }),
    undefined,
  ],
  ["revokeUserGrants", () => client.userApi.revokeUserGrants({ userId: k("busy") }), undefined],
  [
    "listRefreshTokensForUserAndClient",
    () =>
      first(
        client.userApi.listRefreshTokensForUserAndClient({ userId: k("busy"), clientId: k("client"), limit: 10 }),
        "token",
      ),
    expect.objectContaining({ length: 25 }),
  ],
  [
    "getRefreshTokenForUserAndClient",
    () =>
      client.userApi.getRefreshTokenForUserAndClient({ userId: k("busy"), clientId: k("client"), tokenId: k("token") }),
    expect.objectContaining({ status: "ACTIVE", expiresAt: anything }),
  ],
  [
    "revokeTokenForUserAndClient",
    () => client.userApi.revokeTokenForUserAndClient({ userId: k("busy"), clientId: k("client"), tokenId: k("token") }),
    undefined,
  ],
  [
    "revokeTokensForUserAndClient",
    () => client.userApi.revokeTokensForUserAndClient({ userId: k("busy"), clientId: k("client") }),
    undefined,
  ],
  [
    "createLinkedObjectDefinition",
    () =>
      client.linkedObjectApi.createLinkedObjectDefinition({
        linkedObject: {
          primary: { name: "lead", title: "Lead", description: "", type: "USER" },
          associated: { name: "crew", title: "Crew", description: "", type: "USER" },
        },
      }),
    expect.objectContaining({ primary: expect.objectContaining({ name: "lead" }) }),
  ],
  [
    "getLinkedObjectDefinition",
    () => client.linkedObjectApi.getLinkedObjectDefinition({ linkedObjectName: "crew" }),
    expect.objectContaining({ primary: expect.objectContaining({ name: "lead" }) }),
  ],
  ["listLinkedObjectDefinitions", () => all(client.linkedObjectApi.listLinkedObjectDefinitions()), some(anything)],
  [
    "setLinkedObjectForUser",
    () =>
      client.userApi.setLinkedObjectForUser({
        associatedUserId: k("ada"),
        primaryRelationshipName: "lead",
        primaryUserId: k("owner"),
      }),
    undefined,
  ],
  [
    "listLinkedObjectsForUser",
    () => all(client.userApi.listLinkedObjectsForUser({ userId: k("owner"), relationshipName: "crew" })),
    [anything],
  ],
  [
    "deleteLinkedObjectForUser",
    () => client.userApi.deleteLinkedObjectForUser({ userId: k("ada"), relationshipName: "lead" }),
    undefined,
  ],
  [
    "deleteLinkedObjectDefinition",
    () => client.linkedObjectApi.deleteLinkedObjectDefinition({ linkedObjectName: "lead" }),
    undefined,
  ],
  [
    "assignRoleToUser",
    () => client.roleAssignmentApi.assignRoleToUser({ userId: k("ada"), assignRoleRequest: { type: "APP_ADMIN" } }),
    expect.objectContaining({ id: APPS, label: "Application Administrator" }),
  ],
  [
    "assignRoleToUser, for groups",
    () => client.roleAssignmentApi.assignRoleToUser({ userId: k("ada"), assignRoleRequest: { type: "USER_ADMIN" } }),
    expect.objectContaining({ id: GROUPS }),
  ],
  [
    "listAssignedRolesForUser",
    () => all(client.roleAssignmentApi.listAssignedRolesForUser({ userId: k("ada") })),
    [expect.objectContaining({ id: APPS }), expect.objectContaining({ id: GROUPS })],
  ],
  [
    "getUserAssignedRole",
    () => client.roleAssignmentApi.getUserAssignedRole({ userId: k("ada"), roleId: APPS }),
    expect.objectContaining({ type: "APP_ADMIN", assignmentType: "USER" }),
  ],
  [
    "listUsersWithRoleAssignments",
    () => client.roleAssignmentApi.listUsersWithRoleAssignments({ limit: 100 }),
    expect.objectContaining({ value: some(expect.objectContaining({ id: anything })) }),
  ],
  [
    "assignAllAppsAsTargetToRoleForUser",
    () => client.roleTargetApi.assignAllAppsAsTargetToRoleForUser({ userId: k("ada"), roleId: APPS }),
    undefined,
  ],
  [
    "assignAppTargetToAdminRoleForUser",
    () =>
      client.roleTargetApi.assignAppTargetToAdminRoleForUser({ userId: k("ada"), roleId: APPS, appName: "facebook" }),
    undefined,
  ],
  [
    "assignAppInstanceTargetToAppAdminRoleForUser",
    () =>
      client.roleTargetApi.assignAppInstanceTargetToAppAdminRoleForUser({
        userId: k("ada"),
        roleId: APPS,
        appName: "slack",
        applicationId: k("slack"),
      }),
    undefined,
  ],
  [
    "listApplicationTargetsForApplicationAdministratorRoleForUser",
    () =>
      all(
        client.roleTargetApi.listApplicationTargetsForApplicationAdministratorRoleForUser({
          userId: k("ada"),
          roleId: APPS,
        }),
      ),
    [expect.objectContaining({ displayName: "Facebook" }), expect.objectContaining({ id: anything })],
  ],
  [
    "unassignAppInstanceTargetFromAdminRoleForUser",
    () =>
      client.roleTargetApi.unassignAppInstanceTargetFromAdminRoleForUser({
        userId: k("ada"),
        roleId: APPS,
        appName: "slack",
        applicationId: k("slack"),
      }),
    undefined,
  ],
  [
    "unassignAppTargetFromAppAdminRoleForUser, the last one",
    () =>
      client.roleTargetApi
        .unassignAppTargetFromAppAdminRoleForUser({ userId: k("ada"), roleId: APPS, appName: "facebook" })
        .catch((error: unknown) => at(error, "status")),
    400,
  ],
  [
    "assignGroupTargetToUserRole",
    () => client.roleTargetApi.assignGroupTargetToUserRole({ userId: k("ada"), roleId: GROUPS, groupId: k("group") }),
    undefined,
  ],
  [
    "assignGroupTargetToUserRole, another",
    () =>
      client.roleTargetApi.assignGroupTargetToUserRole({ userId: k("ada"), roleId: GROUPS, groupId: k("other group") }),
    undefined,
  ],
  [
    "unassignGroupTargetFromUserAdminRole",
    () =>
      client.roleTargetApi.unassignGroupTargetFromUserAdminRole({
        userId: k("ada"),
        roleId: GROUPS,
        groupId: k("group"),
      }),
    undefined,
  ],
  [
    "listGroupTargetsForRole",
    () => all(client.roleTargetApi.listGroupTargetsForRole({ userId: k("ada"), roleId: GROUPS })),
    [expect.objectContaining({ type: "OKTA_GROUP" })],
  ],
  [
    "unassignRoleFromUser",
    () => client.roleAssignmentApi.unassignRoleFromUser({ userId: k("ada"), roleId: APPS }),
    undefined,
  ],
  [
    "getUserRisk",
    () => client.userApi.getUserRisk({ userId: k("ada") }),
    expect.objectContaining({ riskLevel: "NONE" }),
  ],
  [
    "upsertUserRisk",
    () => client.userApi.upsertUserRisk({ userId: k("ada"), userRiskRequest: { riskLevel: "HIGH" } }),
    expect.objectContaining({ riskLevel: "HIGH" }),
  ],
  ["expirePassword", () => client.userApi.expirePassword({ userId: k("ada") }), user("PASSWORD_EXPIRED")],
  [
    "expirePasswordAndGetTemporaryPassword",
    () => client.userApi.expirePasswordAndGetTemporaryPassword({ userId: k("ada") }),
    // The SDK takes the answer for a user and so loses the password in it.
    {},
  ],
  [
    "generateResetPasswordToken",
    () => client.userApi.generateResetPasswordToken({ userId: k("ada"), sendEmail: false }),
    expect.objectContaining({ resetPasswordUrl: expect.stringContaining("/reset_password/drp") }),
  ],
  ["deactivateUser", () => client.userApi.deactivateUser({ userId: k("ada") }), undefined],
  ["deleteUser", () => client.userApi.deleteUser({ userId: k("ada") }), undefined],
  [
    "getUser, gone",
    () => client.userApi.getUser({ userId: k("ada") }).catch((error: unknown) => at(error, "status")),
    404,
  ],
];

describe("the official SDK does everything with people", () => {
  it.each(ROWS)("%s", async (_method, call, expected) => {
    const answer = await call();
    // The SDK gives its own classes back; only what they hold is of interest.
    expect(answer === undefined ? answer : JSON.parse(JSON.stringify(answer))).toEqual(expected);
  });
});

describe("the official SDK", () => {
  it("pages through everybody, each once", async () => {
    const ids = (await all(client.userApi.listUsers({ limit: 7 }))).map((entry) => text(entry, "id"));
    expect(ids.length).toBeGreaterThan(50);
    expect(new Set(ids).size).toBe(ids.length);
    const searched = await all(client.userApi.listUsers({ search: 'status eq "ACTIVE"', limit: 7 }));
    expect(searched.length).toBeGreaterThan(40);
  });

  it("understands errors", async () => {
    await expect(client.userApi.getUser({ userId: "nobody" })).rejects.toMatchObject({
      status: 404,
      errorCode: "E0000007",
      errorSummary: "Not found: Resource not found: nobody (User)",
      errorCauses: [],
    });
    const nameless = { body: { profile: { login: "x" } } };
    await expect(client.userApi.createUser(nameless)).rejects.toMatchObject({ status: 400, errorCode: "E0000001" });
    await expect(clientOf({ token: "wrong" }).userApi.getUser({ userId: "me" })).rejects.toMatchObject({ status: 401 });
  });

  it("waits for the next window after 429, unless told not to", async () => {
    const started = Date.now();
    await org.control("POST", "/sandbox/faults", { kind: "status", status: 429, resetInSeconds: 1 });
    await expect(client.userApi.getUser({ userId: "me" })).resolves.toMatchObject({ status: "ACTIVE" });
    expect(Date.now() - started).toBeGreaterThan(900);
    await org.control("POST", "/sandbox/faults", { kind: "status", status: 429 });
    const hasty = clientOf({ requestExecutor: new okta.DefaultRequestExecutor({ maxRetries: 0, requestTimeout: 0 }) });
    await expect(hasty.userApi.getUser({ userId: "me" })).rejects.toMatchObject({ status: 429, errorCode: "E0000047" });
  });
});
