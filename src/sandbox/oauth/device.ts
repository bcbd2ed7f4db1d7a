import { randomInt, randomUUID } from "node:crypto";
import { now } from "../clock.ts";
import { secret } from "../id.ts";
import { type Answer, ok } from "../route.ts";
import { knownClient } from "./client-auth.ts";
import { OAuthError } from "./error.ts";
import { type OAuthCall, scopesAsked } from "./form.ts";
import { type Granted, grantedScopes } from "./granted.ts";
import { type DeviceRequest, keep, type OAuthClient, type OAuthStore } from "./store.ts";

/** Letters that nobody mistakes for each other. */
const LETTERS = "BCDFGHJKLMNPQRSTVWXZ";

/**
 * `POST /oauth2/v1/device/authorize`: starts the sign-in of a person on another device. Field names and defaults are
 * documented; the code has eight letters as in Okta's examples.
 */
export async function deviceAuthorize(call: OAuthCall): Promise<Answer> {
  const { client } = await knownClient(call);
  // unverified: which error a service app gets here.
  if (!client.native) throw new OAuthError("unauthorized_client", "client_credentials");
  const asked = scopesAsked(call);
  if (asked.length === 0) throw new OAuthError("no_default_scopes");
  const { devices, settings } = call.store;
  const request: DeviceRequest = {
    deviceCode: secret(36),
    userCode: Array.from({ length: 8 }, () => LETTERS.charAt(randomInt(LETTERS.length))).join(""),
    clientId: client.clientId,
    scopes: grantedScopes(asked, client),
    expiresAt: now() + settings.deviceCodeSeconds * 1000,
    lastPoll: undefined,
    decision: "pending",
  };
  keep(devices, request.deviceCode, request);
  return ok({
    device_code: request.deviceCode,
    user_code: request.userCode,
    verification_uri: `${call.origin}/activate`,
    verification_uri_complete: `${call.origin}/activate?user_code=${request.userCode}`,
    expires_in: settings.deviceCodeSeconds,
    interval: settings.pollSeconds,
  });
}

/**
 * One poll with a device code. A poll that comes too early is told so and starts the interval anew.
 *
 * @throws OAuthError authorization_pending, slow_down, expired_token, access_denied, invalid_grant
 */
export function pollDevice({ store, params }: OAuthCall, client: OAuthClient): Granted {
  const code = params.get("device_code");
  if (code === undefined) throw new OAuthError("missing_token_request_parameter", "device_code");
  const request = store.devices.get(code);
  if (request === undefined) throw new OAuthError("invalid_device_code");
  if (request.clientId !== client.clientId) throw new OAuthError("mismatched_client");
  const time = now();
  if (time >= request.expiresAt) throw new OAuthError("expired_token");
  const early = request.lastPoll !== undefined && time - request.lastPoll < store.settings.pollSeconds * 1000;
  request.lastPoll = time;
  if (early) throw new OAuthError("slow_down");
  const { decision, scopes } = request;
  if (decision === "pending") throw new OAuthError("authorization_pending");
  store.devices.delete(code);
  if (decision === "denied") throw new OAuthError("access_denied");
  const renewable = scopes.includes("offline_access") ? scopes : undefined;
  return { userId: decision.userId, scopes, family: randomUUID(), renewable };
}

/** The request a person may still decide on, by the code on the device's screen; case and a dash do not matter. */
export function waitingDevice({ devices }: OAuthStore, userCode: string): DeviceRequest | undefined {
  const wanted = userCode.replaceAll("-", "").toUpperCase();
  for (const request of devices.values()) {
    if (request.userCode === wanted && request.decision === "pending" && now() < request.expiresAt) return request;
  }
  return undefined;
}
