import { beforeAll, describe, expect, it } from "vitest";
import { operations } from "../../tools/index.ts";
import { at, listAt, textAt } from "../support/at.ts";
import { refusesArguments } from "./spoil.ts";
import {
  type Args,
  lines,
  NO_CLIENT,
  NO_FACTOR,
  NO_GRANT,
  NO_GROUP,
  NO_ROLE,
  NO_TOKEN,
  NOBODY,
  newcomer,
  PASSWORD,
  previewed,
  previewReads,
  world,
} from "./support.ts";

const w = world();

const confirm = true;
const value = PASSWORD;
const role = { roleAssignmentId: NO_ROLE };
const sure = { ...role, confirm };
const app = { ...sure, appName: "slack" };
const instance = { ...app, appId: NO_CLIENT };
const client = { clientId: NO_CLIENT };
const question = { question: "Why?", answer: "because" };
const TARGETS = `roles/${NO_ROLE}/targets`;
const GROUPS = "/api/v1/groups";
const ABOUT = "filter=actor.id+eq+%22{id}%22+or+target.id+eq+%22{id}%22";

/** Below the person, or a whole path with `{id}`. */
type Route = readonly [tool: string, args: Args, method: string, below: string];

/** A read for which Okta takes a login or short name: it goes out as it was given. */
const BY_LOGIN: Route[] = [
  ["get_user", {}, "GET", ""],
  ["list_user_blocks", {}, "GET", "/blocks"],
  ["list_user_groups", {}, "GET", "/groups"],
  ["list_app_links", {}, "GET", "/appLinks"],
  ["list_user_identity_providers", {}, "GET", "/idps"],
  ["list_linked_objects_for_user", { relationshipName: "manager" }, "GET", "/linkedObjects/manager"],
];

/** What changes something, and where Okta takes an id only: anything else is looked up first, with one read. */
const BY_ID: Route[] = [
  ["update_user", { profile: { city: "Oslo" } }, "POST", ""],
  ["replace_user", { credentials: {}, confirm }, "PUT", ""],
  ["delete_user", { confirm }, "DELETE", ""],
  ["activate_user", {}, "POST", "/lifecycle/activate"],
  ["deactivate_user", { confirm }, "POST", "/lifecycle/deactivate"],
  ["reactivate_user", { confirm }, "POST", "/lifecycle/reactivate"],
  ["suspend_user", { confirm }, "POST", "/lifecycle/suspend"],
  ["unsuspend_user", {}, "POST", "/lifecycle/unsuspend"],
  ["unlock_user", {}, "POST", "/lifecycle/unlock"],
  ["reset_factors", { confirm }, "POST", "/lifecycle/reset_factors"],
  ["expire_password", { confirm }, "POST", "/lifecycle/expire_password"],
  ["expire_password_with_temp_password", { confirm }, "POST", "/lifecycle/expire_password_with_temp_password"],
  ["reset_password", { sendEmail: false, confirm }, "POST", "/lifecycle/reset_password?sendEmail=false"],
  [
    "set_linked_object_for_user",
    { primaryRelationshipName: "manager", primaryUserId: NOBODY },
    "PUT",
    `/linkedObjects/manager/${NOBODY}`,
  ],
  ["delete_linked_object_for_user", { relationshipName: "manager", confirm }, "DELETE", "/linkedObjects/manager"],
  ["forgot_password", {}, "POST", "/credentials/forgot_password"],
  [
    "forgot_password_set_new_password",
    { password: { value }, recovery_question: { answer: "because" }, confirm },
    "POST",
    "/credentials/forgot_password_recovery_question",
  ],
  [
    "change_password",
    { oldPassword: { value }, newPassword: { value }, confirm },
    "POST",
    "/credentials/change_password",
  ],
  [
    "change_recovery_question",
    { password: { value }, recovery_question: question, confirm },
    "POST",
    "/credentials/change_recovery_question",
  ],
  ["revoke_user_sessions", { confirm }, "DELETE", "/sessions"],
  ["list_user_clients", {}, "GET", "/clients"],
  ["list_user_grants", {}, "GET", "/grants?limit=20"],
  ["get_user_grant", { grantId: NO_GRANT }, "GET", `/grants/${NO_GRANT}`],
  ["revoke_user_grants", { confirm }, "DELETE", "/grants"],
  ["revoke_user_grant", { grantId: NO_GRANT, confirm }, "DELETE", `/grants/${NO_GRANT}`],
  ["list_grants_for_user_and_client", client, "GET", `/clients/${NO_CLIENT}/grants?limit=20`],
  ["revoke_grants_for_user_and_client", { ...client, confirm }, "DELETE", `/clients/${NO_CLIENT}/grants`],
  ["list_refresh_tokens_for_user_and_client", client, "GET", `/clients/${NO_CLIENT}/tokens?limit=20`],
  [
    "get_refresh_token_for_user_and_client",
    { ...client, tokenId: NO_TOKEN },
    "GET",
    `/clients/${NO_CLIENT}/tokens/${NO_TOKEN}`,
  ],
  ["revoke_tokens_for_user_and_client", { ...client, confirm }, "DELETE", `/clients/${NO_CLIENT}/tokens`],
  [
    "revoke_token_for_user_and_client",
    { ...client, tokenId: NO_TOKEN, confirm },
    "DELETE",
    `/clients/${NO_CLIENT}/tokens/${NO_TOKEN}`,
  ],
  ["assign_role_to_user", { type: "READ_ONLY_ADMIN", confirm }, "POST", "/roles"],
  ["list_assigned_roles_for_user", {}, "GET", "/roles"],
  ["get_user_assigned_role", role, "GET", `/roles/${NO_ROLE}`],
  ["unassign_role_from_user", sure, "DELETE", `/roles/${NO_ROLE}`],
  ["list_app_targets_for_role", role, "GET", `/${TARGETS}/catalog/apps?limit=20`],
  ["assign_all_apps_target_to_role", sure, "PUT", `/${TARGETS}/catalog/apps`],
  ["assign_app_target_to_role", app, "PUT", `/${TARGETS}/catalog/apps/slack`],
  ["unassign_app_target_from_role", app, "DELETE", `/${TARGETS}/catalog/apps/slack`],
  ["assign_app_instance_target_to_role", instance, "PUT", `/${TARGETS}/catalog/apps/slack/${NO_CLIENT}`],
  ["unassign_app_instance_target_from_role", instance, "DELETE", `/${TARGETS}/catalog/apps/slack/${NO_CLIENT}`],
  ["list_group_targets_for_role", role, "GET", `/${TARGETS}/groups?limit=20`],
  ["assign_group_target_to_role", { ...sure, groupId: NO_GROUP }, "PUT", `/${TARGETS}/groups/${NO_GROUP}`],
  ["unassign_group_target_from_role", { ...sure, groupId: NO_GROUP }, "DELETE", `/${TARGETS}/groups/${NO_GROUP}`],
  ["add_user_to_group", { groupId: NO_GROUP, confirm }, "PUT", `${GROUPS}/${NO_GROUP}/users/{id}`],
  ["remove_user_from_group", { groupId: NO_GROUP, confirm }, "DELETE", `${GROUPS}/${NO_GROUP}/users/{id}`],
  ["list_factors", {}, "GET", "/factors"],
  ["get_factor", { factorId: NO_FACTOR }, "GET", `/factors/${NO_FACTOR}`],
  ["unenroll_factor", { factorId: NO_FACTOR, confirm }, "DELETE", `/factors/${NO_FACTOR}`],
  ["list_user_events", { limit: 5 }, "GET", `/api/v1/logs?limit=5&${ABOUT}&sortOrder=DESCENDING`],
];

/** The path of a route's request about this person. */
function pathOf(below: string, id: string): string {
  return below.startsWith("/api/") ? below.replaceAll("{id}", id) : `/api/v1/users/${id}${below}`;
}

/** The ways to name somebody beside the id. */
const FORMS: ((login: string) => string)[] = [
  (login) => login,
  (login) => login.toUpperCase(),
  (login) => login.slice(0, login.indexOf("@")),
];

describe("naming somebody", () => {
  it("the tables hold every operation that is about somebody", () => {
    const about = operations.filter(({ input }) => "userId" in input.shape).map(({ name }) => name);
    expect([...BY_LOGIN, ...BY_ID].map(([tool]) => tool).sort()).toEqual(about.sort());
  });

  for (const [tool, args, method, below] of BY_LOGIN)
    it(`${tool} sends a login as it is`, async () => {
      const { org, server } = w;
      for (const form of FORMS) {
        const { id, login } = await org.person();
        const userId = form(login);
        const [{ reply }, requests] = await org.watch(() => server.call(tool, { userId, ...args }));
        expect(lines(requests)).toEqual([`${method} /api/v1/users/${encodeURIComponent(userId)}${below}`]);
        if (at(reply, "done") !== undefined) expect(at(reply, "userId")).toBe(userId);
        // Only what is not about the person may be missing.
        expect(String(at(reply, "error.summary"))).not.toMatch(new RegExp(`${userId}|${id}`));
      }
    });

  for (const [tool, args, method, below] of BY_ID)
    it(`${tool} looks a login up with one read`, async () => {
      const { org, server } = w;
      const direct = await org.person();
      const [, byId] = await org.watch(() => server.call(tool, { userId: direct.id, ...args }));
      expect(lines(byId)).toEqual([`${method} ${pathOf(below, direct.id)}`]);
      for (const form of FORMS) {
        const { id, login } = await org.person();
        const userId = form(login);
        const [{ reply }, requests] = await org.watch(() => server.call(tool, { userId, ...args }));
        expect(lines(requests)).toEqual([
          `GET /api/v1/users/${encodeURIComponent(userId)}`,
          `${method} ${pathOf(below, id)}`,
        ]);
        if (at(reply, "done") !== undefined)
          expect({ userId: at(reply, "userId"), login: at(reply, "login") }).toEqual({ userId: id, login });
        // Only what is not about the person may be missing.
        expect(String(at(reply, "error.summary"))).not.toMatch(new RegExp(`${userId}|${id}`));
      }
      if (!("confirm" in args)) return;
      // The read that found the person is the one the preview is made of.
      const { id, login } = await org.person();
      const asking = { userId: login, ...args, confirm: false };
      const [{ reply }, requests] = await org.watch(() => server.call(tool, asking));
      expect(at(reply, "preview.target.id")).toBe(id);
      expect(previewed(requests)).toEqual(previewReads(tool, args, id, "ACTIVE", login));
    });

  describe("me is the token's owner", () => {
    let owner = "";
    beforeAll(async () => {
      owner = textAt(await w.org.api("GET", "/api/v1/users/me"), "id");
    });

    it("in a read that Okta resolves", async () => {
      const [{ reply }, requests] = await w.org.watch(() => w.server.call("get_user", { userId: "me" }));
      expect(at(reply, "user.id")).toBe(owner);
      expect(lines(requests)).toEqual(["GET /api/v1/users/me"]);
    });

    it("in a read that is looked up", async () => {
      const [{ reply }, requests] = await w.org.watch(() =>
        w.server.call("list_assigned_roles_for_user", { userId: "me" }),
      );
      expect(at(reply, "roles.0.type")).toBe("SUPER_ADMIN");
      expect(lines(requests)).toEqual(["GET /api/v1/users/me", `GET /api/v1/users/${owner}/roles`]);
    });

    it("in a write, which is never done to it", async () => {
      for (const agreed of [{}, { confirm }]) {
        const args = { userId: "me", ...agreed };
        const [{ failed, reply }, requests] = await w.org.watch(() => w.server.call("revoke_user_sessions", args));
        expect(failed).toBe(true);
        expect(at(reply, "error.code")).toBe("protected_user");
        expect(at(reply, "preview")).toBeUndefined();
        expect(lines(requests)).toEqual(["GET /api/v1/users/me"]);
      }
    });
  });

  it("a login that is not known is Okta's 404, and nothing else goes out", async () => {
    for (const tool of ["get_user", "revoke_user_sessions", "list_user_grants"]) {
      const args = { userId: "no.such@example.com", confirm };
      const [{ failed, reply }, requests] = await w.org.watch(() => w.server.call(tool, args));
      expect(failed).toBe(true);
      expect(at(reply, "error.code")).toBe("E0000007");
      expect(at(reply, "error.status")).toBe(404);
      expect(requests).toHaveLength(1);
    }
  });

  it("a short name two people share is nobody's", async () => {
    const short = `twin.${process.pid}`;
    for (const domain of ["a.example", "b.example"]) {
      const login = `${short}@${domain}`;
      const profile = { login, email: login, firstName: "Tw", lastName: "In" };
      await w.org.api("POST", "/api/v1/users?activate=false", { profile });
    }
    expect(at((await w.server.call("get_user", { userId: short })).reply, "error.code")).toBe("E0000007");
    expect(at((await w.server.call("list_user_grants", { userId: short })).reply, "error.code")).toBe("E0000007");
  });

  it("any character of a login arrives as it was meant", async () => {
    const short = String((await newcomer(w.org)).login).split("@")[0];
    for (const odd of ["o'brien+test", "per%41cent", "ünï.cødé", "semi;colon", "hash#tag", "amp&eq=", "日本"]) {
      const login = `${odd}.${short}@example.com`;
      const profile = { login, email: "plain@example.com", firstName: "Od", lastName: "Dity" };
      const id = textAt(await w.org.api("POST", "/api/v1/users?activate=false", { profile }), "id");
      expect(at((await w.server.call("get_user", { userId: login })).reply, "user.id")).toBe(id);
      const { reply } = await w.server.call("revoke_user_sessions", { userId: login, confirm });
      expect(reply).toEqual({ done: "revoke_user_sessions", userId: id, login });
    }
  });

  it("a login no path can carry is refused with the way to the id", async () => {
    for (const userId of ["who/what@example.com", "who?@example.com"])
      await refusesArguments(w, "get_user", { userId }, /^userId: .*list_users/);
  });
});

/** Arguments that must not change the request. */
const DROPPED: [tool: string, needless: Args, wire: string][] = [
  ["get_user", { confirm: true }, "GET /api/v1/users/{id}"],
  ["get_user", { confirm: "yes" }, "GET /api/v1/users/{id}"],
  ["get_user", { wait_for_previous: true }, "GET /api/v1/users/{id}"],
  ["get_user", { expand: null, oktaResponse: null, detail: null }, "GET /api/v1/users/{id}"],
  ["list_user_grants", { scopeId: null, after: null, limit: null }, "GET /api/v1/users/{id}/grants?limit=20"],
  ["unsuspend_user", { confirm: false }, "POST /api/v1/users/{id}/lifecycle/unsuspend"],
  ["unlock_user", { confirm: { agreed: 1 }, wait_for_previous: false }, "POST /api/v1/users/{id}/lifecycle/unlock"],
  [
    "suspend_user",
    { confirm: true, wait_for_previous: true, nothing: null },
    "POST /api/v1/users/{id}/lifecycle/suspend",
  ],
];

describe("arguments", () => {
  for (const [tool, needless, wire] of DROPPED)
    it(`${tool} drops ${JSON.stringify(needless)}`, async () => {
      const { id } = await w.org.person();
      const [{ reply }, requests] = await w.org.watch(() => w.server.call(tool, { userId: id, ...needless }));
      expect(lines(requests)).toEqual([wire.replace("{id}", id)]);
      expect(at(reply, "error.code")).not.toBe("invalid_arguments");
    });

  it("wait_for_previous is no way around what is strict", async () => {
    await refusesArguments(w, "get_user", { userId: "me", wait_for_next: true }, /^wait_for_next: is not an argument/);
    await refusesArguments(w, "get_user", { wait_for_previous: true }, /^userId: is required/);
  });

  it("a call without any arguments is one with none", async () => {
    const [result, requests] = await w.org.watch(() => w.server.client.callTool({ name: "list_users" }));
    expect(lines(requests)).toEqual(["GET /api/v1/users?limit=25"]);
    expect(listAt(result, "structuredContent.users")).toHaveLength(25);
  });

  it("every mistake is told at once", async () => {
    const args = { limt: 5, fields: 7, detail: "terse", limit: 500 };
    const { reply } = await w.server.call("list_users", args);
    expect(listAt(reply, "error.causes").map((cause) => String(cause).split(":")[0])).toEqual(
      expect.arrayContaining(["limt", "fields", "detail", "limit"]),
    );
  });

  it("names somebody made up come back escaped and short", async () => {
    const wrong = `lim\u202Eit${"x".repeat(5_000)}`;
    const { reply, text } = await w.server.call("list_users", { [wrong]: 1 });
    expect(at(reply, "error.code")).toBe("invalid_arguments");
    expect(text).toContain("lim\\\\u{202E}it");
    expect(text).not.toContain("\u202E");
    expect(text.length).toBeLessThan(1_500);
  });

  it("a thousand mistakes still make a reply of bounded length", async () => {
    const wrong = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, n) => [`nonsense${n}${"\u202E".repeat(40)}`, n]),
    );
    const flat = await w.server.call("list_users", wrong);
    const profile = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`attribute${n}`, { no: "object" }]));
    const deep = await w.server.call("update_user", { userId: "me", profile });
    for (const { reply, text } of [flat, deep]) {
      expect(at(reply, "error.code")).toBe("invalid_arguments");
      expect(listAt(reply, "error.causes").length).toBeGreaterThan(0);
      expect(text.length).toBeLessThanOrEqual(60_000);
    }
  });

  it("a value that was refused is not repeated: it may be a secret", async () => {
    const secret = "S3cret-in-the-wrong-place";
    const { id } = await w.org.person();
    for (const args of [
      { userId: id, oldPassword: secret, newPassword: { value: secret } },
      { userId: id, oldPassword: { value: secret, hint: secret }, newPassword: [secret] },
      { userId: id, oldPassword: { value: secret }, newPassword: { value: secret }, strict: secret },
    ]) {
      const { reply, text } = await w.server.call("change_password", args);
      expect(at(reply, "error.code")).toBe("invalid_arguments");
      expect(text).not.toContain(secret);
    }
  });
});
