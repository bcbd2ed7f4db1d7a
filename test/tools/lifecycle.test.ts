import { describe, expect, it } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import type { TestOrg } from "../support/org.ts";
import { complete } from "./covered.ts";
import { spoil } from "./spoil.ts";
import {
  becomes,
  type Given,
  inside,
  moved,
  NOBODY,
  newcomer,
  orgSettings,
  person,
  snapshot,
  someone,
  world,
} from "./support.ts";
import { refused, type Success, succeed } from "./tables.ts";

const w = world();

const POST = "POST /api/v1/users/{id}/lifecycle";
const USER = "/api/v1/users/{id}";
const link = {
  activationUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/tokens\/[\w-]{20}\/verify$/),
  activationToken: expect.stringMatching(/^[\w-]{20}$/),
};
const handsOver = /activation link comes into this conversation; whoever opens it takes over/;
const noSignIn = /^They cannot sign in/;

/** Somebody staged, without a password. */
const bare: Given = async (org) => {
  const login = String((await newcomer(org)).login);
  const profile = { login, email: login, firstName: "Bea", lastName: "Bare" };
  return { login, id: textAt(await org.api("POST", "/api/v1/users?activate=false", { profile }), "id") };
};
const suspendedFrom = (status: string): Given => {
  return async (org) => {
    const made = await org.person(status);
    await org.api("POST", `/api/v1/users/${made.id}/lifecycle/suspend`);
    return { ...made };
  };
};
const seeded = (matches: (user: unknown) => boolean): Given => {
  return (org) => someone(org, matches);
};
const lockedOut = (passwordExpired: boolean): Given => {
  return seeded((user) => at(user, "status") === "LOCKED_OUT" && at(user, "passwordExpired") === passwordExpired);
};

/** Mail the org sent since a moment, as `kind` texts. */
async function mailSince(org: TestOrg, before: unknown): Promise<unknown[]> {
  const mail = listAt(await snapshot(org), "mail").slice(listAt(before, "mail").length);
  return mail.map((entry) => at(entry, "kind"));
}

const mails = (...kinds: string[]): NonNullable<Success["proof"]> => {
  return async (org, _, before) => expect(await mailSince(org, before)).toEqual(kinds);
};

describe("lifecycle", () => {
  succeed(w, [
    {
      tool: "activate_user",
      title: "with a password, mailing",
      given: person("STAGED"),
      wire: `${POST}/activate`,
      status: "ACTIVE",
      proof: mails("activation"),
    },
    {
      tool: "activate_user",
      title: "without a password",
      given: bare,
      args: { sendEmail: true },
      wire: `${POST}/activate?sendEmail=true`,
      status: "PROVISIONED",
      proof: mails("activation"),
    },
    {
      tool: "activate_user",
      title: "again after deactivation, by link",
      given: person("DEPROVISIONED"),
      args: { sendEmail: false },
      wire: `${POST}/activate?sendEmail=false`,
      reply: { done: "activate_user", userId: "{id}", secret: link },
      asks: { consequence: handsOver },
      status: "PROVISIONED",
      proof: mails(),
    },
    {
      tool: "deactivate_user",
      given: person(),
      wire: `${POST}/deactivate`,
      asks: {
        consequence: /cannot sign in, and all app assignments are lost for good/,
        changes: moved("ACTIVE", "DEPROVISIONED"),
        goesWith: { appLinks: 2 },
      },
      status: "DEPROVISIONED",
      proof: mails(),
    },
    {
      tool: "deactivate_user",
      title: "mailing the admin, later",
      given: person("STAGED"),
      args: { sendEmail: true, prefer: "respond-async" },
      wire: `${POST}/deactivate?sendEmail=true`,
      asks: {
        consequence: /lost for good/,
        changes: moved("STAGED", "DEPROVISIONED"),
        goesWith: { appLinks: 2 },
      },
      proof: async (org, things, before) => {
        await becomes(org, things.id, "DEPROVISIONED");
        await mails("user-deactivated")(org, things, before);
      },
    },
    {
      tool: "reactivate_user",
      title: "by link, which is the default",
      given: person("PROVISIONED"),
      wire: `${POST}/reactivate`,
      reply: { done: "reactivate_user", userId: "{id}", secret: link },
      asks: { consequence: handsOver },
      status: "PROVISIONED",
      proof: mails(),
    },
    {
      tool: "reactivate_user",
      title: "by link, said so",
      given: person("RECOVERY"),
      args: { sendEmail: false },
      wire: `${POST}/reactivate?sendEmail=false`,
      reply: { done: "reactivate_user", userId: "{id}", secret: link },
      asks: { consequence: handsOver },
      status: "RECOVERY",
    },
    {
      tool: "reactivate_user",
      title: "by mail, which asks nobody",
      given: person("PROVISIONED"),
      args: { sendEmail: true },
      wire: `${POST}/reactivate?sendEmail=true`,
      status: "PROVISIONED",
      proof: mails("activation"),
    },
    {
      tool: "suspend_user",
      given: person(),
      wire: `${POST}/suspend`,
      asks: { consequence: noSignIn, undoneBy: "unsuspend_user", changes: moved("ACTIVE", "SUSPENDED") },
      status: "SUSPENDED",
    },
    {
      tool: "suspend_user",
      title: "with an expired password, which nobody is sure of",
      given: person("PASSWORD_EXPIRED"),
      wire: `${POST}/suspend`,
      asks: {
        consequence: noSignIn,
        undoneBy: "unsuspend_user",
        changes: moved("PASSWORD_EXPIRED", "SUSPENDED"),
        warning: /may refuse .*PASSWORD_EXPIRED/,
      },
      status: "SUSPENDED",
    },
    { tool: "unsuspend_user", given: person("SUSPENDED"), wire: `${POST}/unsuspend`, status: "ACTIVE" },
    {
      tool: "unsuspend_user",
      title: "into the status from before",
      given: suspendedFrom("PASSWORD_EXPIRED"),
      wire: `${POST}/unsuspend`,
      status: "PASSWORD_EXPIRED",
    },
    { tool: "unlock_user", given: lockedOut(false), wire: `${POST}/unlock`, status: "ACTIVE" },
    {
      tool: "unlock_user",
      title: "with an expired password",
      given: lockedOut(true),
      wire: `${POST}/unlock`,
      status: "PASSWORD_EXPIRED",
    },
    {
      tool: "unlock_user",
      title: "blocked from unknown devices",
      given: seeded((user) => at(user, "status") === "ACTIVE" && at(user, "blocks") === 1),
      wire: `${POST}/unlock`,
      status: "ACTIVE",
      after: [[`${USER}/blocks`, "", []]],
    },
    {
      tool: "reset_factors",
      given: seeded((user) => Number(at(user, "factors")) > 0 && at(user, "status") === "ACTIVE"),
      wire: `${POST}/reset_factors`,
      asks: { consequence: /a password alone may be enough/ },
      status: "ACTIVE",
      proof: async (org, { id = "" }) => expect(at(await inside(org, id), "factors")).toBe(0),
    },
  ]);

  const confirm = true;
  refused(w, [
    { tool: "activate_user", code: "E0000007", status: 404 },
    { tool: "activate_user", given: person(), code: "E0000016", status: 403, hint: /reactivate_user/ },
    {
      tool: "activate_user",
      title: "by link",
      given: person("PROVISIONED"),
      args: { sendEmail: false, confirm },
      code: "E0000016",
      status: 403,
    },
    { tool: "deactivate_user", args: { confirm }, code: "E0000007", status: 404 },
    { tool: "deactivate_user", given: person("DEPROVISIONED"), args: { confirm }, code: "E0000038", status: 403 },
    { tool: "reactivate_user", args: { sendEmail: true }, code: "E0000007", status: 404 },
    { tool: "reactivate_user", given: person(), args: { confirm }, code: "E0000038", status: 403, hint: /get_user/ },
    { tool: "suspend_user", args: { confirm }, code: "E0000007", status: 404 },
    {
      tool: "suspend_user",
      given: person("STAGED"),
      args: { confirm },
      code: "E0000001",
      status: 400,
      causes: ["Cannot suspend a user that is not active"],
    },
    { tool: "unsuspend_user", code: "E0000007", status: 404 },
    {
      tool: "unsuspend_user",
      given: person(),
      code: "E0000001",
      status: 400,
      causes: ["Cannot unsuspend a user that is not suspended"],
    },
    { tool: "unlock_user", code: "E0000007", status: 404 },
    {
      tool: "unlock_user",
      given: person(),
      code: "E0000032",
      status: 403,
      causes: ["The user is not locked out."],
      hint: /LOCKED_OUT/,
    },
    { tool: "reset_factors", args: { confirm }, code: "E0000007", status: 404 },
  ]);

  spoil(w, {
    activate_user: { userId: NOBODY },
    deactivate_user: { userId: NOBODY, prefer: "respond-async" },
    reactivate_user: { userId: NOBODY },
    suspend_user: { userId: NOBODY },
    unsuspend_user: { userId: NOBODY },
    unlock_user: { userId: NOBODY },
    reset_factors: { userId: NOBODY },
  });

  it("who is still changing shows so, and Okta changes nothing else meanwhile", async () => {
    const { org, server } = w;
    const { id } = await org.person();
    await orgSettings(org, { asyncMs: 60_000 });
    try {
      const later = { userId: id, prefer: "respond-async", confirm: true };
      expect((await server.call("deactivate_user", later)).reply).toEqual({ done: "deactivate_user", userId: id });
      const { reply } = await server.call("get_user", { userId: id, detail: "full" });
      expect(at(reply, "user.transitioningToStatus")).toBe("DEPROVISIONED");
      const refusal = (await server.call("update_user", { userId: id, profile: { city: "Oslo" } })).reply;
      expect(at(refusal, "error.code")).toBe("E0000112");
      expect(at(refusal, "error.status")).toBe(409);
      expect(at(refusal, "hint")).toMatch(/try again/);
    } finally {
      await orgSettings(org, { asyncMs: 200 });
    }
  });

  complete("lifecycle");
});
