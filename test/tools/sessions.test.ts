import { describe, expect } from "vitest";
import { at } from "../support/at.ts";
import { complete } from "./covered.ts";
import { spoil } from "./spoil.ts";
import { type Given, inside, NOBODY, someone, world } from "./support.ts";
import { refused, type Success, succeed } from "./tables.ts";

const w = world();

const SESSIONS = "DELETE /api/v1/users/{id}/sessions";
const everywhere = /signed out of Okta on every device/;

/** Somebody with open sessions, remembered devices and refresh tokens. */
const busy: Given = (org) =>
  someone(org, (user) => ["sessions", "devices", "tokens"].every((name) => Number(at(user, name)) > 0));

/** What the person has afterwards; `true` stands for some. */
function left(wanted: { devices: boolean; tokens: boolean }): NonNullable<Success["proof"]> {
  return async (org, { id = "" }) => {
    const user = await inside(org, id);
    expect(at(user, "sessions")).toBe(0);
    const has = { devices: Number(at(user, "devices")) > 0, tokens: Number(at(user, "tokens")) > 0 };
    expect(has).toEqual(wanted);
  };
}

describe("sessions", () => {
  succeed(w, [
    {
      tool: "revoke_user_sessions",
      given: busy,
      wire: SESSIONS,
      asks: { consequence: everywhere },
      proof: left({ devices: false, tokens: true }),
    },
    {
      tool: "revoke_user_sessions",
      title: "with OAuth tokens, devices remembered",
      given: busy,
      args: { oauthTokens: true, forgetDevices: false },
      wire: `${SESSIONS}?oauthTokens=true&forgetDevices=false`,
      asks: { consequence: everywhere },
      proof: left({ devices: true, tokens: false }),
    },
  ]);

  refused(w, [{ tool: "revoke_user_sessions", args: { confirm: true }, code: "E0000007", status: 404 }]);

  spoil(w, { revoke_user_sessions: { userId: NOBODY } });

  complete("sessions");
});
