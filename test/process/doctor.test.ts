import { createPublicKey } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { textAt } from "../support/at.ts";
import { startOrg, type TestOrg } from "../support/org.ts";
import { endStrays, run } from "./host.ts";

let org: TestOrg;
beforeAll(async () => {
  org = await startOrg("--users", "50");
});
afterAll(async () => {
  endStrays();
  await org.stop();
});

async function doctor(env: Record<string, string>): Promise<{ ending: unknown; text: string; stderr: string }> {
  const { ending, stdout, stderr } = await run(["doctor"], env);
  return { ending, text: stdout.join("\n"), stderr: stderr.join("\n") };
}

const app = (): Record<string, string> => ({
  OKTA_ORG_URL: org.url,
  OKTA_CLIENT_ID: org.app.clientId,
  OKTA_PRIVATE_KEY: org.app.privateKey,
  OKTA_KEY_ID: org.app.keyId,
});

/** The public half of the org's own app's key, for another app. */
function jwks(): object {
  return { keys: [{ ...createPublicKey(org.app.privateKey).export({ format: "jwk" }), kid: org.app.keyId }] };
}

/** An API token of a new person with these admin roles. */
async function tokenOf(...roles: string[]): Promise<string> {
  const { id, login } = await org.person();
  for (const type of roles) await org.api("POST", `/api/v1/users/${id}/roles`, { type });
  return textAt(await org.control("POST", "tokens", { login }), "token");
}

describe("doctor", () => {
  it("finds everything well, and writes nothing", async () => {
    const [{ ending, text, stderr }, requests] = await org.watch(() => doctor(org.env));
    expect([ending, stderr]).toEqual([0, expect.not.stringContaining("error")]);
    for (const line of [
      /ok +configuration +API token, 62 of 62 tools/,
      /ok +org +answers in \d+ ms/,
      /ok +clock +\d s from Okta's/,
      /ok +sign-in +.+@.+; admin roles: SUPER_ADMIN/,
      /note +sign-in +may do everything/,
      /ok +rate limit +\/api\/v1: \d+ of 600 left/,
      /ok +users +7 of 7 +get_user does; changes were not tried/,
      /ok +lifecycle +7 of 7 +not tried: the admin role decides/,
      /ok +groups +4 of 4 +list_groups does; changes were not tried/,
      /ok +system-log +1 of 1 +list_user_events does$/m,
      /All is well\.$/,
    ])
      expect(text).toMatch(line);
    expect(requests.length).toBeGreaterThan(3);
    expect(requests.filter(({ method }) => method !== "GET")).toEqual([]);
    expect(text).not.toContain(org.token);
  });

  it("looks at the embedded sandbox org when nothing is configured", async () => {
    const { ending, text } = await doctor({});
    expect(ending).toBe(0);
    expect(text).toMatch(/^okta-users-mcp against the embedded sandbox org/);
  });

  it("names the scopes of a service app", async () => {
    const { ending, text } = await doctor(app());
    expect(ending).toBe(0);
    expect(text).toMatch(
      /scopes +client 0oa\w+: okta\.groups\.manage okta\.groups\.read okta\.logs\.read okta\.roles\.manage okta\.roles\.read okta\.schemas\.read okta\.userTypes\.read okta\.users\.manage okta\.users\.read/,
    );
    expect(text).not.toContain("SUPER_ADMIN");
  });

  it("shows what OKTA_SCOPES leaves", async () => {
    const { ending, text } = await doctor({ ...app(), OKTA_SCOPES: "okta.users.read" });
    expect(ending).toBe(0);
    expect(text).toMatch(/service app, 15 of 62 tools/);
    expect(text).toMatch(/lifecycle +0 of 7 +switched off/);
  });

  it("tells of an owner who may only look, and how that is made right", async () => {
    const env = { ...org.env, OKTA_API_TOKEN: await tokenOf("READ_ONLY_ADMIN") };
    const { ending, text } = await doctor(env);
    expect(ending).toBe(1);
    expect(text).toMatch(/fail +lifecycle +7 of 7 +no changes: .* OKTA_READ_ONLY=true/);
    expect((await doctor({ ...env, OKTA_READ_ONLY: "true" })).ending).toBe(0);
  });

  it("tells of an owner without an admin role", async () => {
    const { ending, text } = await doctor({ ...org.env, OKTA_API_TOKEN: await tokenOf() });
    expect(ending).toBe(1);
    expect(text).toMatch(/fail +(sign-in|roles) /);
  });

  it("tells of an app without an admin role", async () => {
    const clientId = textAt(await org.control("POST", "clients", { jwks: jwks(), roles: [] }), "clientId");
    const { ending, text } = await doctor({ ...app(), OKTA_CLIENT_ID: clientId });
    expect(ending).toBe(1);
    expect(text).toMatch(/fail +sign-in +You do not have permission.*the app, lacks the admin role/);
  });

  it("tells how many tools of a family lack a scope", async () => {
    const scopes = ["okta.users.read"];
    const clientId = textAt(await org.control("POST", "clients", { jwks: jwks(), scopes }), "clientId");
    const { ending, text } = await doctor({ ...app(), OKTA_CLIENT_ID: clientId });
    expect(ending).toBe(1);
    expect(text).toMatch(/fail +users +7 of 7 +not 4 of them: okta\.users\.manage was not given/);
    expect(text).toMatch(/ok +resources +4 of 4/);
  });

  it("names what the owner's role does not reach", async () => {
    const { ending, text } = await doctor({ ...org.env, OKTA_API_TOKEN: await tokenOf("HELP_DESK_ADMIN") });
    expect(ending).toBe(1);
    expect(text).toMatch(/fail +roles +4 of 4 +no: \w+ says E0000006/);
    expect(text).toMatch(/Something needs mending/);
  });

  /** [what, environment, the line that fails] */
  const broken: readonly [string, () => Record<string, string>, RegExp][] = [
    [
      "a wrong token",
      () => ({ ...org.env, OKTA_API_TOKEN: "00wrong" }),
      /fail +sign-in +Invalid token provided.*set a new one/,
    ],
    [
      "an org that is not there",
      () => ({ ...org.env, OKTA_ORG_URL: "http://127.0.0.1:9" }),
      /fail +org +.*ECONNREFUSED.*Check the network/,
    ],
    ["an unknown client", () => ({ ...app(), OKTA_CLIENT_ID: "0oanobody" }), /fail +sign-in +.*OKTA_CLIENT_ID/],
    [
      "a scope nobody granted",
      () => ({ ...app(), OKTA_SCOPES: "okta.users.read okta.nosuch.read" }),
      /fail +sign-in +.*OKTA_SCOPES/,
    ],
  ];
  it.each(broken)("fails on %s", async (_, env, line) => {
    const { ending, text } = await doctor(env());
    expect(ending).toBe(1);
    expect(text).toMatch(line);
    expect(text).not.toContain("PRIVATE KEY");
  });
});
