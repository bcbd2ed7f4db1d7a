import { describe, expect, it } from "vitest";
import { SEEDED_ANSWER } from "../../src/sandbox/seed-people.ts";
import { matchingStep, passcode, sharedSecretFrom, stepAt } from "../../src/sandbox/totp.ts";
import { at, list, profile, sandboxFor, short, text } from "./harness.ts";

const org = sandboxFor({ users: 60 });

async function factors(): Promise<string> {
  const made = await org.api("POST", "/api/v1/users", { profile: profile() });
  return `/api/v1/users/${text(made.body, "id")}/factors`;
}

const SMS = { factorType: "sms", provider: "OKTA", profile: { phoneNumber: "+1-555-0100" } };
const TOTP = { factorType: "token:software:totp", provider: "GOOGLE" };
const QUESTION = { factorType: "question", provider: "OKTA", profile: { question: "first_award", answer: "Chess" } };

async function smsCode(factorId: string): Promise<string> {
  const open = list(at(await org.snapshot(), "sms"));
  return text(
    open.find((entry) => at(entry, "factorId") === factorId),
    "code",
  );
}

// RFC 6238, appendix B: SHA-1, the last six of eight digits.
const VECTORS: [seconds: number, code: string][] = [
  [59, "287082"],
  [1111111109, "081804"],
  [1111111111, "050471"],
  [1234567890, "005924"],
  [2000000000, "279037"],
];
it.each(VECTORS)("TOTP of the RFC at %d", (seconds, code) => {
  const secret = sharedSecretFrom(Buffer.from("12345678901234567890"));
  expect(secret).toBe("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  expect(passcode(secret, stepAt(seconds * 1000))).toBe(code);
  expect(matchingStep(secret, code, (seconds + 30) * 1000)).toBe(stepAt(seconds * 1000));
  expect(matchingStep(secret, code, (seconds + 90) * 1000)).toBeUndefined();
});

describe("enrollment", () => {
  it("nothing at first (recorded), everything in the catalog, twenty questions", async () => {
    const path = await factors();
    expect((await org.api("GET", path)).body).toEqual([]);
    const catalog = list((await org.api("GET", `${path}/catalog`)).body);
    expect(catalog.map((entry) => [at(entry, "factorType"), at(entry, "provider"), at(entry, "status")])).toEqual([
      ["question", "OKTA", "NOT_SETUP"],
      ["token:software:totp", "OKTA", "NOT_SETUP"],
      ["token:software:totp", "GOOGLE", "NOT_SETUP"],
      ["sms", "OKTA", "NOT_SETUP"],
    ]);
    const questions = list((await org.api("GET", `${path}/questions`)).body);
    expect(questions).toHaveLength(20);
    expect(questions[0]).toEqual({
      question: "disliked_food",
      questionText: "What is the food you least liked as a child?",
    });
  });

  it("a question is active at once, and is verified by its answer whatever the case", async () => {
    const path = await factors();
    const { body } = await org.api("POST", path, QUESTION);
    const self = `${path}/${text(body, "id")}`;
    expect(body).toMatchObject({ status: "ACTIVE", profile: { question: "first_award" } });
    expect(JSON.stringify(body)).not.toContain("Chess");
    expect((await org.api("POST", `${self}/verify`, { answer: "CHESS " })).body).toEqual({ factorResult: "SUCCESS" });
    const wrong = await org.api("POST", `${self}/verify`, { answer: "Go" });
    expect(short(wrong)).toBe("403 E0000068");
    expect(text(wrong.body, "errorCauses", 0, "errorSummary")).toContain("Your answer doesn't match");
  });

  it("an authenticator app is activated and verified by passcodes, each only once", async () => {
    const path = await factors();
    const made = (await org.api("POST", path, TOTP)).body;
    const self = `${path}/${text(made, "id")}`;
    const secret = text(made, "_embedded", "activation", "sharedSecret");
    expect(at(made, "status")).toBe("PENDING_ACTIVATION");
    const code = (ahead: number) => ({ passCode: passcode(secret, stepAt(Date.now()) + ahead) });
    expect(short(await org.api("POST", `${self}/verify`, code(0)))).toBe("403 E0000107");
    expect(short(await org.api("POST", `${self}/lifecycle/activate`, { passCode: "000000x" }))).toBe("403 E0000068");
    const used = code(0);
    const active = await org.api("POST", `${self}/lifecycle/activate`, used);
    expect(at(active.body, "status")).toBe("ACTIVE");
    expect(JSON.stringify(active.body)).not.toContain(secret);
    expect(short(await org.api("POST", `${self}/verify`, used))).toBe("403 E0000068");
    expect(short(await org.api("POST", `${self}/verify`, code(1)))).toBe("200");
  });

  it("a text message carries the code", async () => {
    const path = await factors();
    const made = (await org.api("POST", path, SMS)).body;
    const id = text(made, "id");
    const self = `${path}/${id}`;
    expect(at(made, "_links", "activate", "href")).toBe(`${org.sandbox.url}${self}/lifecycle/activate`);
    const activated = await org.api("POST", `${self}/lifecycle/activate`, { passCode: await smsCode(id) });
    expect(at(activated.body, "status")).toBe("ACTIVE");
    const challenge = await org.api("POST", `${self}/verify?tokenLifetimeSeconds=60`, {});
    expect(challenge.body).toMatchObject({ factorResult: "CHALLENGE", profile: SMS.profile });
    const passCode = await smsCode(id);
    expect(short(await org.api("POST", `${self}/verify`, { passCode: `${passCode}0` }))).toBe("403 E0000068");
    expect((await org.api("POST", `${self}/verify`, { passCode })).body).toEqual({ factorResult: "SUCCESS" });
    expect(short(await org.api("POST", `${self}/verify`, { passCode }))).toBe("403 E0000068");
    await org.api("POST", `${self}/verify?tokenLifetimeSeconds=60`, {});
    await org.control("POST", "/sandbox/clock", { advanceSeconds: 61 });
    expect(short(await org.api("POST", `${self}/verify`, { passCode: await smsCode(id) }))).toBe("403 E0000068");
    await org.control("POST", "/sandbox/reset");
  });

  const BAD: [why: string, body: unknown, expected: string, cause?: string][] = [
    ["a kind that is not served", { factorType: "email", provider: "OKTA" }, "501 E0000060"],
    ["no phone number", { ...SMS, profile: {} }, "400 E0000001", "Invalid Phone Number."],
    ["an unknown question", { ...QUESTION, profile: { question: "x", answer: "long" } }, "400 E0000001"],
    ["a short answer", { ...QUESTION, profile: { question: "first_award", answer: "abc" } }, "400 E0000001"],
    ["an unknown key", { ...SMS, status: "ACTIVE" }, "400 E0000003"],
  ];
  it.each(BAD)("refuses %s", async (_why, body, expected, cause) => {
    const reply = await org.api("POST", await factors(), body);
    expect(short(reply)).toBe(expected);
    if (cause !== undefined) expect(at(reply.body, "errorCauses", 0, "errorSummary")).toBe(cause);
  });

  it("refuses a second of the same kind; a pending one is replaced", async () => {
    const path = await factors();
    await org.api("POST", path, SMS);
    expect(short(await org.api("POST", `${path}?activate=true`, SMS))).toBe("200");
    expect(list((await org.api("GET", path)).body)).toHaveLength(1);
    const again = await org.api("POST", path, SMS);
    expect(at(again.body, "errorCauses", 0, "errorSummary")).toBe("A factor of this type is already set up.");
  });
});

describe("factors of the seeded people", () => {
  const hasTwo = (user: unknown) => at(user, "factors") === 2 && at(user, "status") === "ACTIVE";

  it("are as many as the snapshot counts, answer to the seeded answer, and go one by one", async () => {
    const path = `/api/v1/users/${await org.someone(hasTwo)}/factors`;
    const held = list((await org.api("GET", path)).body);
    expect(held.map((factor) => at(factor, "status"))).toEqual(["ACTIVE", "ACTIVE"]);
    const question = `${path}/${text(held[1], "id")}`;
    expect((await org.api("GET", question)).body).toEqual(held[1]);
    expect(short(await org.api("POST", `${question}/verify`, { answer: SEEDED_ANSWER }))).toBe("200");
    expect(short(await org.api("DELETE", question))).toBe("204");
    expect(short(await org.api("DELETE", question))).toBe("404 E0000007");
    expect(list((await org.api("GET", path)).body)).toHaveLength(1);
  });

  it("all go with reset_factors", async () => {
    const user = `/api/v1/users/${await org.someone(hasTwo)}`;
    await org.api("POST", `${user}/lifecycle/reset_factors`);
    expect((await org.api("GET", `${user}/factors`)).body).toEqual([]);
  });

  it("stay with a deactivated user", async () => {
    const user = `/api/v1/users/${await org.someone(hasTwo)}`;
    const id = text((await org.api("GET", `${user}/factors`)).body, 0, "id");
    await org.api("POST", `${user}/lifecycle/deactivate`);
    expect(short(await org.api("DELETE", `${user}/factors/${id}`))).toBe("403 E0000038");
  });
});
