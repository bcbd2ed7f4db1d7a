import { describe, expect } from "vitest";
import { at, listAt } from "../support/at.ts";
import type { TestOrg } from "../support/org.ts";
import { complete } from "./covered.ts";
import { spoil } from "./spoil.ts";
import {
  inside,
  moved,
  NOBODY,
  PASSWORD,
  person,
  read,
  SEEDED_PASSWORD,
  snapshot,
  someone,
  type Things,
  world,
} from "./support.ts";
import { refused, type Success, succeed } from "./tables.ts";

const w = world();

const USER = "/api/v1/users/{id}";
const LIFECYCLE = `POST ${USER}/lifecycle`;
const CREDENTIALS = `POST ${USER}/credentials`;
const NEW_PASSWORD = "Tangerine-4417";
const resetLink = { resetPasswordUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/\S+$/) };
const mustChoose = /must choose a new password at the next sign-in/;
const stops = /present password stops working; whoever knows the new one can sign in as this person/;

/** What an answer about somebody's credentials shows: that there is a password, never one. */
const kept = {
  credentials: {
    password: {},
    recovery_question: { question: "First pet?" },
    provider: { type: "OKTA", name: "OKTA" },
  },
};

/** The password opens the account: only who knows it can change the recovery question. */
function opens(password: string): NonNullable<Success["proof"]> {
  return async (org, { id }) => {
    const body = { password: { value: password }, recovery_question: { question: "Sure?", answer: "surely" } };
    await org.api("POST", `/api/v1/users/${id}/credentials/change_recovery_question`, body);
  };
}

/** Somebody of the company with open sessions, who signs in with the seeded password. */
const signedIn = (org: TestOrg): Promise<Things> =>
  someone(
    org,
    (user) => at(user, "status") === "ACTIVE" && Number(at(user, "sessions")) > 0 && at(user, "hasPassword") === true,
  );

/** The sessions of the case's person afterwards. */
function sessions(wanted: "kept" | "ended"): NonNullable<Success["proof"]> {
  return async (org, { id = "" }, before) => {
    const earlier = at(
      listAt(before, "users").find((user) => at(user, "id") === id),
      "sessions",
    );
    expect(at(await inside(org, id), "sessions")).toBe(wanted === "kept" ? earlier : 0);
  };
}

async function newestMail(org: TestOrg): Promise<unknown> {
  return at(listAt(await snapshot(org), "mail").at(-1), "kind");
}

const answered = { password: { value: NEW_PASSWORD }, recovery_question: { answer: "Rover" } };
const changed = { oldPassword: { value: PASSWORD }, newPassword: { value: NEW_PASSWORD } };
const question = { password: { value: PASSWORD }, recovery_question: { question: "Which bird?", answer: "kestrel" } };
const expiredUser = {
  user: {
    id: "{id}",
    status: "PASSWORD_EXPIRED",
    login: "{login}",
    name: expect.stringMatching(/^Test Person\d+$/),
  },
};

describe("credentials", () => {
  succeed(w, [
    {
      tool: "expire_password",
      given: person(),
      wire: `${LIFECYCLE}/expire_password`,
      reply: expiredUser,
      asks: { consequence: mustChoose, changes: moved("ACTIVE", "PASSWORD_EXPIRED") },
      status: "PASSWORD_EXPIRED",
      proof: opens(PASSWORD),
    },
    {
      tool: "expire_password_with_temp_password",
      given: person(),
      wire: `${LIFECYCLE}/expire_password_with_temp_password`,
      reply: {
        done: "expire_password_with_temp_password",
        userId: "{id}",
        secret: { tempPassword: expect.stringMatching(/^\w{12}$/) },
      },
      makes: ["temporary", "secret.tempPassword"],
      asks: { consequence: /temporary one comes into this conversation/, changes: moved("ACTIVE", "PASSWORD_EXPIRED") },
      status: "PASSWORD_EXPIRED",
      proof: async (org, things, before) => opens(String(things.temporary))(org, things, before),
    },
    {
      tool: "expire_password_with_temp_password",
      title: "ending sessions",
      given: signedIn,
      args: { revokeSessions: true },
      wire: `${LIFECYCLE}/expire_password_with_temp_password?revokeSessions=true`,
      reply: {
        done: "expire_password_with_temp_password",
        userId: "{id}",
        secret: { tempPassword: expect.stringMatching(/^\w{12}$/) },
      },
      asks: { consequence: /temporary one comes into this conversation/, changes: moved("ACTIVE", "PASSWORD_EXPIRED") },
      status: "PASSWORD_EXPIRED",
      proof: sessions("ended"),
    },
    {
      tool: "reset_password",
      title: "by link",
      given: person(),
      args: { sendEmail: false },
      wire: `${LIFECYCLE}/reset_password?sendEmail=false`,
      reply: { done: "reset_password", userId: "{id}", secret: resetLink },
      asks: {
        consequence: /the link comes into this conversation; whoever opens it takes over/,
        changes: moved("ACTIVE", "RECOVERY"),
      },
      status: "RECOVERY",
    },
    {
      tool: "reset_password",
      title: "by mail",
      given: signedIn,
      args: { sendEmail: true },
      wire: `${LIFECYCLE}/reset_password?sendEmail=true`,
      asks: { consequence: /follow the mailed link/, changes: moved("ACTIVE", "RECOVERY") },
      status: "RECOVERY",
      proof: async (org, things, before) => {
        expect(await newestMail(org)).toBe("reset-password");
        await sessions("kept")(org, things, before);
      },
    },
    {
      tool: "reset_password",
      title: "by mail, ending sessions",
      given: signedIn,
      args: { sendEmail: true, revokeSessions: true },
      wire: `${LIFECYCLE}/reset_password?sendEmail=true&revokeSessions=true`,
      asks: { consequence: /cannot sign in until/, changes: moved("ACTIVE", "RECOVERY") },
      status: "RECOVERY",
      proof: sessions("ended"),
    },
    {
      tool: "forgot_password",
      title: "by mail",
      given: person(),
      wire: `${CREDENTIALS}/forgot_password`,
      status: "ACTIVE",
      proof: async (org, things, before) => {
        expect(await newestMail(org)).toBe("forgot-password");
        await opens(PASSWORD)(org, things, before);
      },
    },
    {
      tool: "forgot_password",
      title: "by mail, said so",
      given: person(),
      args: { sendEmail: true },
      wire: `${CREDENTIALS}/forgot_password?sendEmail=true`,
      status: "ACTIVE",
    },
    {
      tool: "forgot_password",
      title: "by link",
      given: person(),
      args: { sendEmail: false },
      wire: `${CREDENTIALS}/forgot_password?sendEmail=false`,
      reply: { done: "forgot_password", userId: "{id}", secret: resetLink },
      asks: { consequence: /reset link comes into this conversation; whoever opens it takes over/ },
      status: "ACTIVE",
    },
    {
      tool: "forgot_password_set_new_password",
      given: person(),
      args: answered,
      wire: `${CREDENTIALS}/forgot_password_recovery_question`,
      reply: kept,
      asks: { consequence: stops },
      status: "ACTIVE",
      proof: async (org, things, before) => {
        expect(await newestMail(org)).toBe("password-changed");
        await opens(NEW_PASSWORD)(org, things, before);
      },
    },
    {
      tool: "forgot_password_set_new_password",
      title: "mailing nobody",
      given: person(),
      args: { ...answered, sendEmail: false },
      wire: `${CREDENTIALS}/forgot_password_recovery_question?sendEmail=false`,
      reply: kept,
      asks: { consequence: stops },
      proof: opens(NEW_PASSWORD),
    },
    {
      tool: "change_password",
      given: person(),
      args: changed,
      wire: `${CREDENTIALS}/change_password`,
      reply: kept,
      asks: { consequence: stops },
      status: "ACTIVE",
      proof: opens(NEW_PASSWORD),
    },
    {
      tool: "change_password",
      title: "which ends a recovery",
      given: person("RECOVERY"),
      args: { ...changed, strict: true },
      wire: `${CREDENTIALS}/change_password?strict=true`,
      reply: kept,
      asks: { consequence: stops },
      status: "ACTIVE",
    },
    {
      tool: "change_password",
      title: "ending sessions",
      given: signedIn,
      args: { ...changed, oldPassword: { value: SEEDED_PASSWORD }, revokeSessions: true },
      wire: `${CREDENTIALS}/change_password`,
      reply: { credentials: expect.objectContaining({ password: {} }) },
      asks: { consequence: stops },
      proof: sessions("ended"),
    },
    {
      tool: "change_recovery_question",
      given: person(),
      args: question,
      wire: `${CREDENTIALS}/change_recovery_question`,
      reply: { credentials: { ...kept.credentials, recovery_question: { question: "Which bird?" } } },
      asks: { consequence: /whoever knows the new answer can recover the account/i },
      status: "ACTIVE",
      proof: async (org, { id }) => {
        expect(await read(org, `/api/v1/users/${id}`, "credentials.recovery_question.question")).toBe("Which bird?");
        const body = { password: { value: NEW_PASSWORD }, recovery_question: { answer: "kestrel" } };
        await org.api("POST", `/api/v1/users/${id}/credentials/forgot_password_recovery_question`, body);
      },
    },
  ]);

  const confirm = true;
  const policy = [expect.stringMatching(/^Password requirements were not met/)];
  refused(w, [
    { tool: "expire_password", args: { confirm }, code: "E0000007", status: 404 },
    { tool: "expire_password", given: person("STAGED"), args: { confirm }, code: "E0000038", status: 403 },
    { tool: "expire_password_with_temp_password", args: { confirm }, code: "E0000007", status: 404 },
    {
      tool: "expire_password_with_temp_password",
      given: person("SUSPENDED"),
      args: { confirm },
      code: "E0000038",
      status: 403,
    },
    { tool: "reset_password", args: { sendEmail: false, confirm }, code: "E0000007", status: 404 },
    {
      tool: "reset_password",
      given: person("DEPROVISIONED"),
      args: { sendEmail: false, confirm },
      code: "E0000038",
      status: 403,
    },
    { tool: "forgot_password", code: "E0000007", status: 404 },
    { tool: "forgot_password", given: person("STAGED"), code: "E0000034", status: 403, hint: /reset_password/ },
    {
      tool: "forgot_password_set_new_password",
      args: { ...answered, confirm },
      code: "E0000007",
      status: 404,
    },
    {
      tool: "forgot_password_set_new_password",
      title: "a wrong answer",
      given: person(),
      args: { ...answered, recovery_question: { answer: "Snowy" }, confirm },
      code: "E0000087",
      status: 403,
      hint: /reset_password/,
    },
    {
      tool: "forgot_password_set_new_password",
      title: "a weak password",
      given: person(),
      args: { ...answered, password: { value: "weak" }, confirm },
      code: "E0000014",
      status: 403,
      causes: policy,
    },
    {
      tool: "forgot_password_set_new_password",
      title: "a status without recovery",
      given: person("PASSWORD_EXPIRED"),
      args: { ...answered, confirm },
      code: "E0000034",
      status: 403,
    },
    { tool: "change_password", args: { ...changed, confirm }, code: "E0000007", status: 404 },
    {
      tool: "change_password",
      title: "a wrong old password",
      given: person(),
      args: { ...changed, oldPassword: { value: "Not-the-one-1" }, confirm },
      code: "E0000014",
      status: 403,
      causes: ["Old Password is not correct"],
      hint: /present password was wrong or the new one breaks/,
    },
    {
      tool: "change_password",
      title: "a weak new password",
      given: person(),
      args: { ...changed, newPassword: { value: "weak" }, confirm },
      code: "E0000014",
      status: 403,
      causes: policy,
    },
    {
      tool: "change_password",
      title: "a password used before",
      given: person(),
      args: { oldPassword: { value: PASSWORD }, newPassword: { value: PASSWORD }, strict: true, confirm },
      code: "E0000014",
      status: 403,
      causes: ["Password has been used too recently"],
    },
    {
      tool: "change_password",
      title: "nobody with a password",
      given: person("PROVISIONED"),
      args: { ...changed, confirm },
      code: "E0000035",
      status: 403,
    },
    { tool: "change_recovery_question", args: { ...question, confirm }, code: "E0000007", status: 404 },
    {
      tool: "change_recovery_question",
      title: "a wrong password",
      given: person(),
      args: { ...question, password: { value: "Not-the-one-1" }, confirm },
      code: "E0000014",
      status: 403,
      causes: ["Password is not correct"],
    },
    {
      tool: "change_recovery_question",
      title: "a status that does not allow it",
      given: person("SUSPENDED"),
      args: { ...question, confirm },
      code: "E0000036",
      status: 403,
    },
  ]);

  spoil(w, {
    expire_password: { userId: NOBODY },
    expire_password_with_temp_password: { userId: NOBODY },
    reset_password: { userId: NOBODY, sendEmail: true },
    forgot_password: { userId: NOBODY },
    forgot_password_set_new_password: { userId: NOBODY, ...answered },
    change_password: { userId: NOBODY, ...changed },
    change_recovery_question: { userId: NOBODY, ...question },
  });

  complete("credentials");
});
