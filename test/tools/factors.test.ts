import { describe, expect, it } from "vitest";
import { textAt } from "../support/at.ts";
import { complete } from "./covered.ts";
import { spoil } from "./spoil.ts";
import { aTime, enrolled, type Given, NO_FACTOR, NOBODY, person, world } from "./support.ts";
import { refused, succeed } from "./tables.ts";

const w = world();

const FACTORS = "/api/v1/users/{id}/factors";

/** Somebody who enrolled a phone and began with an authenticator app. */
const phoneAndApp: Given = async (org) => {
  const { id, login } = await org.person();
  const enroll = async (body: object, query = ""): Promise<string> =>
    textAt(await org.api("POST", `/api/v1/users/${id}/factors${query}`, body), "id");
  const profile = { phoneNumber: "+1-555-0100" };
  const phone = await enroll({ factorType: "sms", provider: "OKTA", profile }, "?activate=true");
  return { id, login, inPath: encodeURIComponent(login), phone, app: await enroll(TOTP) };
};
const TOTP = { factorType: "token:software:totp", provider: "GOOGLE" };

const phone = {
  id: "{phone}",
  factorType: "sms",
  provider: "OKTA",
  status: "ACTIVE",
  created: aTime,
  phoneNumber: "+1-555-0100",
};
const app = { id: "{app}", ...TOTP, status: "PENDING_ACTIVATION", created: aTime, credentialId: "{login}" };
const question = {
  id: "{factor}",
  factorType: "question",
  provider: "OKTA",
  status: "ACTIVE",
  created: aTime,
  question: "favorite_toy",
};
const losesIt = /The factor is gone until it is enrolled anew.*a password alone may then be enough/;

describe("factors", () => {
  succeed(w, [
    { tool: "list_factors", given: phoneAndApp, wire: `GET ${FACTORS}`, reply: { factors: [phone, app] } },
    {
      tool: "list_factors",
      title: "by login",
      given: phoneAndApp,
      args: { userId: "{login}" },
      wire: ["GET /api/v1/users/{inPath}", `GET ${FACTORS}`],
      reply: { factors: [phone, app] },
    },
    {
      tool: "list_factors",
      title: "of somebody who has none",
      given: person(),
      wire: `GET ${FACTORS}`,
      reply: { factors: [] },
    },
    {
      tool: "get_factor",
      given: enrolled,
      args: { factorId: "{factor}" },
      wire: `GET ${FACTORS}/{factor}`,
      reply: { factor: question },
    },
    {
      tool: "unenroll_factor",
      given: enrolled,
      args: { factorId: "{factor}" },
      wire: `DELETE ${FACTORS}/{factor}`,
      reply: { done: "unenroll_factor", userId: "{id}", factorId: "{factor}" },
      asks: { consequence: losesIt, goesWith: { factor: question } },
      after: [[FACTORS, "", []]],
    },
    {
      tool: "unenroll_factor",
      title: "a phone, for recovery too",
      given: phoneAndApp,
      args: { factorId: "{phone}", removeRecoveryEnrollment: true },
      wire: `DELETE ${FACTORS}/{phone}?removeRecoveryEnrollment=true`,
      reply: { done: "unenroll_factor", userId: "{id}", factorId: "{phone}" },
      asks: { consequence: losesIt, goesWith: { factor: phone } },
      after: [
        [`${FACTORS}/{phone}`, "", "404"],
        [FACTORS, "0.id", "{app}"],
      ],
    },
  ]);

  it("the shared secret of a factor that waits is never shown", async () => {
    const things = await phoneAndApp(w.org);
    const genuine = await w.org.api("GET", `/api/v1/users/${things.id}/factors/${things.app}`);
    const secret = textAt(genuine, "_embedded.activation.sharedSecret");
    const userId = things.id;
    const calls = [
      w.server.call("list_factors", { userId }),
      w.server.call("get_factor", { userId, factorId: things.app }),
      w.server.call("unenroll_factor", { userId, factorId: things.app }),
    ];
    for (const { text } of await Promise.all(calls)) {
      expect(text).toContain("PENDING_ACTIVATION");
      expect(text).not.toContain(secret);
      expect(text).not.toContain('activation"');
    }
  });

  const confirm = true;
  const deactivated: Given = async (org) => {
    const things = await enrolled(org);
    await org.api("POST", `/api/v1/users/${things.id}/lifecycle/deactivate`);
    return things;
  };
  refused(w, [
    { tool: "list_factors", code: "E0000007", status: 404 },
    { tool: "get_factor", args: { factorId: NO_FACTOR }, code: "E0000007", status: 404 },
    {
      tool: "get_factor",
      title: "an unknown factor",
      given: person(),
      args: { factorId: NO_FACTOR },
      code: "E0000007",
      status: 404,
    },
    { tool: "unenroll_factor", args: { factorId: NO_FACTOR, confirm }, code: "E0000007", status: 404 },
    {
      tool: "unenroll_factor",
      title: "somebody else's",
      given: async (org) => ({ ...(await enrolled(org)), ...(await org.person()) }),
      args: { factorId: "{factor}", confirm },
      code: "E0000007",
      status: 404,
    },
    {
      tool: "unenroll_factor",
      title: "of somebody deactivated",
      given: deactivated,
      args: { factorId: "{factor}", confirm },
      code: "E0000038",
      status: 403,
    },
  ]);

  spoil(w, {
    list_factors: { userId: NOBODY },
    get_factor: { userId: NOBODY, factorId: NO_FACTOR },
    unenroll_factor: { userId: NOBODY, factorId: NO_FACTOR },
  });

  complete("factors");
});
