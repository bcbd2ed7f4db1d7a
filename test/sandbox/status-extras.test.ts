import { describe, expect, it } from "vitest";
import { SEEDED_ANSWER, SEEDED_PASSWORD } from "../../src/sandbox/seed-people.ts";
import { at, list, profile, sandboxFor, short, text } from "./harness.ts";

const org = sandboxFor({ users: 160 });
const settings = (body: object) => org.control("POST", "/sandbox/settings", body);
const WRONG = { value: "Wrong-4417" };
const NEW = { value: "Tangerine-4417" };
const RIGHT = { value: SEEDED_PASSWORD };

async function signIn(login: string, password: string): Promise<string> {
  const { body } = await org.control("POST", "/sandbox/sign-in", { login, password });
  return `${at(body, "outcome")} ${at(body, "status")}`;
}

const status = async (id: string) => at((await org.api("GET", `/api/v1/users/${id}`)).body, "status");
const inside = async (id: string) => list(at(await org.snapshot(), "users")).find((user) => at(user, "id") === id);
const active = (user: unknown) =>
  at(user, "status") === "ACTIVE" && at(user, "blocks") === 0 && at(user, "hasRecoveryQuestion") === true;
const expired = (user: unknown) => at(user, "status") === "PASSWORD_EXPIRED" && at(user, "hasPassword") === true;

describe("failed checks in a row lock the account", () => {
  const QUESTION = { question: "Which bird?", answer: "kestrel" };
  const CHECKS: [check: string, wrong: unknown, right: unknown, refusal: string][] = [
    ["change_password", { oldPassword: WRONG, newPassword: NEW }, { oldPassword: RIGHT, newPassword: NEW }, "E0000014"],
    [
      "change_recovery_question",
      { password: WRONG, recovery_question: QUESTION },
      { password: RIGHT, recovery_question: QUESTION },
      "E0000014",
    ],
    [
      "forgot_password_recovery_question",
      { password: NEW, recovery_question: { answer: "red kite" } },
      { password: NEW, recovery_question: { answer: SEEDED_ANSWER } },
      "E0000087",
    ],
  ];
  it.each(CHECKS)("%s", async (check, wrong, right, refusal) => {
    await settings({ lockoutAttempts: 3 });
    const id = await org.someone(active);
    const path = `/api/v1/users/${id}/credentials/${check}`;
    const fail = async () => expect(short(await org.api("POST", path, wrong))).toBe(`403 ${refusal}`);
    await fail();
    await fail();
    expect(at(await inside(id), "failedChecks")).toBe(2);
    expect(short(await org.api("POST", path, right))).toBe("200");
    expect(at(await inside(id), "failedChecks")).toBe(0);
    for (let i = 0; i < 3; i++) await fail();
    expect(await status(id)).toBe("LOCKED_OUT");
    expect((await org.api("GET", `/api/v1/users/${id}/blocks`)).body).toHaveLength(1);
    const filter = encodeURIComponent(`eventType eq "user.account.lock" and target.id eq "${id}"`);
    expect(list((await org.api("GET", `/api/v1/logs?filter=${filter}`)).body)).toHaveLength(1);
    await org.api("POST", `/api/v1/users/${id}/lifecycle/unlock`);
    expect(await status(id)).toBe("ACTIVE");
    expect(await inside(id)).toMatchObject({ failedChecks: 0, blocks: 0 });
  });

  it("ten by default", async () => {
    await settings({ lockoutAttempts: 10 });
    const id = await org.someone(active);
    for (let i = 0; i < 9; i++) expect(await signIn(id, "Wrong-4417")).toBe("INVALID_CREDENTIALS ACTIVE");
    expect(await signIn(id, "Wrong-4417")).toBe("INVALID_CREDENTIALS LOCKED_OUT");
    expect(await signIn(id, SEEDED_PASSWORD)).toBe("LOCKED_OUT LOCKED_OUT");
  });

  it("a locked account whose password had expired is unlocked to that", async () => {
    await settings({ lockoutAttempts: 1 });
    const id = await org.someone(expired);
    await signIn(id, "Wrong-4417");
    expect(await status(id)).toBe("LOCKED_OUT");
    await org.api("POST", `/api/v1/users/${id}/lifecycle/unlock`);
    expect(await status(id)).toBe("PASSWORD_EXPIRED");
    await settings({ lockoutAttempts: 10 });
  });
});

describe("sign-in", () => {
  it("sets the last sign-in, adds a session, and is told to the log", async () => {
    const id = await org.someone((user) => active(user) && at(user, "sessions") === 0);
    const { body } = await org.api("GET", `/api/v1/users/${id}`);
    expect(await signIn(text(body, "profile", "login"), SEEDED_PASSWORD)).toBe("SUCCESS ACTIVE");
    const after = (await org.api("GET", `/api/v1/users/${id}`)).body;
    expect(Date.now() - Date.parse(text(after, "lastLogin"))).toBeLessThan(5000);
    expect(at(after, "lastUpdated")).toBe(at(body, "lastUpdated"));
    expect(at(await inside(id), "sessions")).toBe(1);
    const filter = encodeURIComponent(`eventType eq "user.session.start" and actor.id eq "${id}"`);
    const events = list((await org.api("GET", `/api/v1/logs?sortOrder=DESCENDING&limit=1&filter=${filter}`)).body);
    expect(events[0]).toMatchObject({ outcome: { result: "SUCCESS" }, client: { ipAddress: "127.0.0.1" } });
  });

  it("judges the age of a password only then", async () => {
    const made = await org.api("POST", "/api/v1/users", { profile: profile(), credentials: { password: NEW } });
    const id = text(made.body, "id");
    await settings({ passwordMaxAgeDays: 90 });
    expect(await signIn(id, NEW.value)).toBe("SUCCESS ACTIVE");
    await org.control("POST", "/sandbox/clock", { advanceSeconds: 91 * 86_400 });
    expect(await status(id)).toBe("ACTIVE");
    expect(await signIn(id, NEW.value)).toBe("PASSWORD_EXPIRED PASSWORD_EXPIRED");
    await org.api("POST", `/api/v1/users/${id}/credentials/change_password`, {
      oldPassword: NEW,
      newPassword: { value: "Mandarin-5528" },
    });
    expect(await signIn(id, "Mandarin-5528")).toBe("SUCCESS ACTIVE");
    await settings({ passwordMaxAgeDays: 0 });
  });

  const NOBODY = ["SUSPENDED", "PROVISIONED", "DEPROVISIONED", "RECOVERY"];
  it.each(NOBODY)("nobody in %s gets in", async (name) => {
    const id = await org.someone((user) => at(user, "status") === name);
    expect(await signIn(id, SEEDED_PASSWORD)).toBe(`INVALID_CREDENTIALS ${name}`);
  });

  const BAD: [body: object, expected: number][] = [
    [{ login: "nobody@larkspur.example", password: "x" }, 404],
    [{ login: "nobody@larkspur.example" }, 400],
  ];
  it.each(BAD)("%o is %d", async (body, expected) => {
    expect((await org.control("POST", "/sandbox/sign-in", body)).status).toBe(expected);
  });
});

describe("people of a directory", () => {
  const body = { oldPassword: RIGHT, newPassword: NEW };
  const REFUSED: [request: string, body?: unknown][] = [
    ["POST /lifecycle/expire_password"],
    ["POST /lifecycle/expire_password_with_temp_password"],
    ["POST /lifecycle/reset_password"],
    ["POST /credentials/forgot_password"],
    ["POST /credentials/change_password", body],
    ["POST ", { credentials: { password: NEW } }],
    ["PUT ", { credentials: { password: NEW } }],
  ];
  it.each(REFUSED)("%s is 403 E0000023", async (request, sent) => {
    const people = list(at(await org.snapshot(), "users")).filter(
      (user) => at(user, "provider") === "ACTIVE_DIRECTORY",
    );
    expect(people).toHaveLength(2);
    const [method = "", rest = ""] = request.split(" ");
    expect(short(await org.api(method, `/api/v1/users/${text(people[0], "id")}${rest}`, sent))).toBe("403 E0000023");
    expect(await status(text(people[0], "id"))).toBe("ACTIVE");
  });

  it("can be changed otherwise", async () => {
    const people = list(at(await org.snapshot(), "users")).filter(
      (user) => at(user, "provider") === "ACTIVE_DIRECTORY",
    );
    const path = `/api/v1/users/${text(people[1], "id")}`;
    for (const step of ["suspend", "unsuspend", "deactivate", "activate"]) {
      expect(short(await org.api("POST", `${path}/lifecycle/${step}`))).toBe("200");
    }
    expect(await status(text(people[1], "id"))).toBe("ACTIVE");
    expect(at((await org.api("GET", path)).body, "credentials", "provider", "name")).toBe("ad.larkspur.example");
  });
});

describe("a lockout ends with what ends it, and leaves nothing behind", () => {
  const ENDS: [by: string, path: string, after: string][] = [
    ["an unlock", "lifecycle/unlock", "ACTIVE"],
    ["a reset of the password", "lifecycle/reset_password?sendEmail=false", "RECOVERY"],
    ["a deactivation", "lifecycle/deactivate", "DEPROVISIONED"],
  ];
  it.each(ENDS)("%s", async (_, path, after) => {
    await settings({ lockoutAttempts: 2 });
    const { body } = await org.api("POST", "/api/v1/users", {
      profile: profile(),
      credentials: { password: RIGHT },
    });
    const id = text(body, "id");
    for (const wrong of [WRONG, WRONG]) await signIn(id, wrong.value);
    expect(await status(id)).toBe("LOCKED_OUT");
    await org.api("POST", `/api/v1/users/${id}/${path}`);
    expect(await status(id)).toBe(after);
    const user = await inside(id);
    expect([at(user, "blocks"), at(user, "failedChecks")]).toEqual([0, 0]);
    const unlock = await org.api("POST", `/api/v1/users/${id}/lifecycle/unlock`);
    expect(at(unlock.body, "errorCode")).toBe("E0000032");
  });
});

describe("input that is not what it should be is refused, not ignored", () => {
  it.each([{ value: 12345678 }, { valeu: "Tangerine-4417" }, { hash: "x" }, { hook: "default" }])(
    "a password of %j",
    async (password) => {
      const { body } = await org.api("POST", "/api/v1/users", { profile: profile(), credentials: { password } });
      expect(at(body, "errorCode")).toBe("E0000003");
    },
  );

  it.each(["z", "9", "2", "00u"])("a cursor of %s", async (after) => {
    const { status: code, body } = await org.api("GET", `/api/v1/users?after=${after}`);
    expect([code, at(body, "errorCode")]).toEqual([400, "E0000029"]);
  });

  it("an import that replaces somebody leaves him there when it is refused", async () => {
    const { body } = await org.api("POST", "/api/v1/users", { profile: profile() });
    const id = text(body, "id");
    for (const entry of [
      { id, status: "ACTIVE", profile: { firstName: "No", lastName: "Login" } },
      { id, status: "ACTIVE", profile: profile(), groupIds: ["00gnone"] },
    ])
      expect((await org.control("POST", "/sandbox/import", { users: [entry] })).status).toBe(400);
    expect(text((await org.api("GET", `/api/v1/users/${id}`)).body, "profile", "login")).toBe(
      text(body, "profile", "login"),
    );
  });
});
