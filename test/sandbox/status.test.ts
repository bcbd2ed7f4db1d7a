import { describe, expect, it } from "vitest";
import { SEEDED_ANSWER, SEEDED_PASSWORD } from "../../src/sandbox/seed-people.ts";
import { at, profile, sandboxFor, short, text } from "./harness.ts";

const org = sandboxFor({ users: 3000 });

const STATUSES = [
  "STAGED",
  "PROVISIONED",
  "ACTIVE",
  "RECOVERY",
  "LOCKED_OUT",
  "PASSWORD_EXPIRED",
  "SUSPENDED",
  "DEPROVISIONED",
];
const NEW_PASSWORD = { value: "Tangerine-4417" };
const OLD_PASSWORD = { value: SEEDED_PASSWORD };
const ANSWERED = { password: NEW_PASSWORD, recovery_question: { answer: SEEDED_ANSWER } };
const CHANGE = { oldPassword: OLD_PASSWORD, newPassword: NEW_PASSWORD };
const QUESTION = { password: OLD_PASSWORD, recovery_question: { question: "Which bird?", answer: "kestrel" } };

// One word a status: the status afterwards, `=` for unchanged, or the HTTP status and error code.
const TABLE: [operation: string, cells: string, body?: unknown][] = [
  ["POST lifecycle/activate", "PROVISIONED E0000016 E0000016 E0000016 E0000016 E0000016 E0000016 PROVISIONED"],
  ["POST lifecycle/reactivate", "E0000038 = E0000038 = E0000038 E0000038 E0000038 E0000038"],
  [
    "POST lifecycle/deactivate",
    "DEPROVISIONED DEPROVISIONED DEPROVISIONED DEPROVISIONED DEPROVISIONED DEPROVISIONED DEPROVISIONED E0000038",
  ],
  ["POST lifecycle/suspend", "E0000001 SUSPENDED SUSPENDED E0000001 E0000001 SUSPENDED E0000001 E0000001"],
  ["POST lifecycle/unsuspend", "E0000001 E0000001 E0000001 E0000001 E0000001 E0000001 ACTIVE E0000001"],
  ["POST lifecycle/unlock", "E0000032 E0000032 E0000032 E0000032 ACTIVE E0000032 E0000032 E0000032"],
  ["POST lifecycle/reset_factors", "= = = = = = = ="],
  ["POST lifecycle/expire_password", "E0000038 E0000038 PASSWORD_EXPIRED E0000038 E0000038 = E0000038 E0000038"],
  [
    "POST lifecycle/expire_password_with_temp_password",
    "E0000038 E0000038 PASSWORD_EXPIRED E0000038 E0000038 = E0000038 E0000038",
  ],
  ["POST lifecycle/reset_password", "E0000038 RECOVERY RECOVERY = RECOVERY RECOVERY E0000038 E0000038"],
  ["POST credentials/forgot_password", "E0000034 E0000034 = E0000034 E0000034 E0000034 E0000034 E0000034"],
  [
    "POST credentials/forgot_password_recovery_question",
    "E0000034 E0000034 = E0000034 E0000034 E0000034 E0000034 E0000034",
    ANSWERED,
  ],
  ["POST credentials/change_password", "= E0000035 = ACTIVE E0000035 ACTIVE E0000035 E0000035", CHANGE],
  ["POST credentials/change_recovery_question", "= E0000036 = = E0000036 = E0000036 E0000036", QUESTION],
  ["DELETE ", "DEPROVISIONED DEPROVISIONED DEPROVISIONED DEPROVISIONED DEPROVISIONED DEPROVISIONED DEPROVISIONED gone"],
  ["POST ", "= = = = = = = E0000038", { profile: { nickName: "Nick" } }],
  ["PUT ", "= = = = = = = E0000038", { credentials: { password: NEW_PASSWORD } }],
  ["DELETE sessions", "= = = = = = = ="],
];

const CODES: Record<string, number> = { E0000001: 400 };

async function userIn(status: string): Promise<string> {
  if (status === "STAGED") {
    const credentials = {
      password: OLD_PASSWORD,
      recovery_question: { question: "What was your first toy?", answer: SEEDED_ANSWER },
    };
    const made = await org.api("POST", "/api/v1/users?activate=false", { profile: profile(), credentials });
    return text(made.body, "id");
  }
  const rested = status === "PROVISIONED" || status === "DEPROVISIONED";
  return org.someone(
    (user) =>
      at(user, "status") === status &&
      (rested || at(user, "hasRecoveryQuestion") === true) &&
      at(user, "blocks") === (status === "LOCKED_OUT" ? 1 : 0) &&
      (status === "PASSWORD_EXPIRED" || at(user, "passwordExpired") === false) &&
      (status !== "SUSPENDED" || at(user, "suspendedFrom") === "ACTIVE"),
  );
}

const CASES = TABLE.flatMap(([operation, cells, body]) =>
  cells.split(" ").map((cell, i) => {
    const before = STATUSES[i] ?? "";
    return { operation, before, cell, body };
  }),
);

describe("status machine", () => {
  it.each(CASES)("$operation from $before: $cell", async ({ operation, before, cell, body }) => {
    const [method = "", rest = ""] = operation.split(" ");
    const id =
      operation === "POST lifecycle/activate" && before === "STAGED" ? await bareStaged() : await userIn(before);
    const path = `/api/v1/users/${id}`;
    const reply = await org.api(method, rest === "" ? path : `${path}/${rest}`, body);
    const after = await org.api("GET", path);
    const refused = cell.startsWith("E0");
    if (refused) expect(short(reply)).toBe(`${CODES[cell] ?? 403} ${cell}`);
    else expect(reply.status).toBeLessThan(300);
    if (cell === "gone") expect(short(after)).toBe("404 E0000007");
    else expect(at(after.body, "status")).toBe(refused || cell === "=" ? before : cell);
  });

  async function bareStaged(): Promise<string> {
    return text((await org.api("POST", "/api/v1/users?activate=false", { profile: profile() })).body, "id");
  }

  it("activates a staged user with a password to ACTIVE at once, and a lost password leaves PROVISIONED", async () => {
    const id = await userIn("STAGED");
    const status = async () => at((await org.api("GET", `/api/v1/users/${id}`)).body, "status");
    await org.api("POST", `/api/v1/users/${id}/lifecycle/activate`);
    expect(await status()).toBe("ACTIVE");
    await org.api("POST", `/api/v1/users/${id}/lifecycle/deactivate`);
    await org.api("POST", `/api/v1/users/${id}/lifecycle/activate`);
    expect(await status()).toBe("PROVISIONED");
  });

  it.each(["PROVISIONED", "ACTIVE", "PASSWORD_EXPIRED"])("unsuspend goes back to %s", async (status) => {
    const path = `/api/v1/users/${await userIn(status)}`;
    await org.api("POST", `${path}/lifecycle/suspend`);
    await org.api("POST", `${path}/lifecycle/unsuspend`);
    expect(at((await org.api("GET", path)).body, "status")).toBe(status);
  });

  it("unlock shows an expired password again", async () => {
    const id = await org.someone((user) => at(user, "status") === "LOCKED_OUT" && at(user, "passwordExpired") === true);
    expect(short(await org.api("POST", `/api/v1/users/${id}/lifecycle/unlock`))).toBe("200");
    expect(at((await org.api("GET", `/api/v1/users/${id}?expand=blocks`)).body, "status")).toBe("PASSWORD_EXPIRED");
  });

  it("unlock takes the block from an ACTIVE user", async () => {
    const id = await org.someone((user) => at(user, "status") === "ACTIVE" && at(user, "blocks") === 1);
    const blocks = async () => (await org.api("GET", `/api/v1/users/${id}/blocks`)).body;
    expect(await blocks()).toEqual([{ type: "DEVICE_BASED", appliesTo: "UNKNOWN_DEVICES" }]);
    expect(short(await org.api("POST", `/api/v1/users/${id}/lifecycle/unlock`))).toBe("200");
    expect(await blocks()).toEqual([]);
  });

  it("every status is there", async () => {
    for (const status of STATUSES) expect(await org.someone((user) => at(user, "status") === status)).toMatch(/^00u/);
  });
});

const ALL =
  "suspend,schema,resetPassword,forgotPassword,expirePassword,changeRecoveryQuestion,self,resetFactors,type,changePassword,deactivate";
const LINKS: [status: string, links: string][] = [
  ["STAGED", "schema,activate,self,resetFactors,type"],
  ["PROVISIONED", "suspend,schema,resetPassword,reactivate,self,resetFactors,type,deactivate"],
  ["ACTIVE", ALL],
  ["PASSWORD_EXPIRED", ALL],
  ["SUSPENDED", "schema,unsuspend,self,resetFactors,type,deactivate"],
  ["DEPROVISIONED", "schema,activate,self,resetFactors,type,delete"],
];

describe("links", () => {
  it.each(LINKS)("of a %s user in the recorded order", async (status, links) => {
    const id = await userIn(status);
    const body = (await org.api("GET", `/api/v1/users/${id}`)).body;
    expect(Object.keys(Object(at(body, "_links"))).join()).toBe(links);
  });
});
