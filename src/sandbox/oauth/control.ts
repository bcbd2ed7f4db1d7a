import type { ControlRoute } from "../control.ts";
import { BadInput, objectIn, optionalText, wholeNumber } from "../control-input.ts";
import { isObject, isStringList, type Json } from "../guard.ts";
import { secret } from "../id.ts";
import type { Org } from "../org.ts";
import { isRole } from "../roles.ts";
import type { User } from "../user.ts";
import { waitingDevice } from "./device.ts";
import { type PublicJwk, publicJwk } from "./jwt.ts";
import { API_SCOPES, isApiScope } from "./scopes.ts";
import type { OAuthClient, OAuthSettings } from "./store.ts";

const done = { status: 204 } as const;
const SETTINGS = ["accessTokenSeconds", "refreshTokenSeconds", "deviceCodeSeconds", "pollSeconds"] as const;
const MOST = 10 * 365 * 86_400;

/** Control routes for clients, tokens and sign-ins. */
export const oauthControls: Readonly<Record<string, ControlRoute>> = {
  "POST /sandbox/clients": {
    what: "Registers an OAuth client, or replaces it; answers clientId",
    body: {
      clientId: "A new one is made",
      jwks: "Public keys, which make it a service app",
      native: "Whether people sign in through it; yes without jwks",
      scopes: "List of those granted to it; all",
      dpop: "Whether its token requests must carry a DPoP proof; no",
      roles: "List of admin role types of the app itself; SUPER_ADMIN",
    },
    handle: ({ oauth }, body) => {
      const client = readClient(body);
      oauth.clients.set(client.clientId, client);
      return { status: 200, body: { clientId: client.clientId } };
    },
  },
  "POST /sandbox/tokens": {
    what: "Makes an SSWS token for a person; answers token",
    body: { login: "Required; login or id" },
    handle: ({ org, oauth }, body) => {
      const user = person(org, objectIn(body, ["login"]));
      const token = `00${secret(40)}`;
      oauth.apiTokens.set(token, user.id);
      return { status: 200, body: { token } };
    },
  },
  "POST /sandbox/device": {
    what: "Decides on a device that waits, as the person at its screen would",
    body: {
      userCode: "Required; the code on the device's screen",
      approve: "Required; true or false",
      login: "Required to approve; who signs in, by login or id",
    },
    handle: ({ org, oauth }, text) => {
      const body = objectIn(text, ["userCode", "approve", "login"]);
      const { approve } = body;
      if (typeof approve !== "boolean") throw new BadInput("approve must be true or false.", "approve");
      const request = waitingDevice(oauth, optionalText(body, "userCode") ?? "");
      if (request === undefined) throw new BadInput("No device waits with this userCode.", "userCode");
      request.decision = approve ? { userId: person(org, body).id } : "denied";
      return done;
    },
  },
  "POST /sandbox/oauth": {
    what: "Sets how long tokens and codes are good for, and how often a device may ask; answers all of it",
    body: {
      accessTokenSeconds: "3600 at the start",
      refreshTokenSeconds: "90 days at the start",
      deviceCodeSeconds: "600 at the start",
      pollSeconds: "5 at the start; 0 lets a device ask at any time",
    },
    handle: ({ oauth: { settings } }, text) => {
      const body = objectIn(text, SETTINGS);
      const wanted: Partial<OAuthSettings> = {};
      for (const name of SETTINGS) {
        wanted[name] = wholeNumber(body, name, { least: 0, most: MOST, byDefault: settings[name] });
      }
      Object.assign(settings, wanted);
      return { status: 200, body: settings };
    },
  },
};

function person(org: Org, body: Json): User {
  const user = org.users.find(optionalText(body, "login") ?? "");
  if (user === undefined) throw new BadInput("login must be the login or id of somebody in the org.", "login");
  return user;
}

function readClient(text: string): OAuthClient {
  const body = objectIn(text, ["clientId", "jwks", "native", "scopes", "dpop", "roles"]);
  const { jwks, native = jwks === undefined, dpop = false, scopes = API_SCOPES, roles = ["SUPER_ADMIN"] } = body;
  if (typeof native !== "boolean") throw new BadInput("native must be true or false.", "native");
  if (typeof dpop !== "boolean") throw new BadInput("dpop must be true or false.", "dpop");
  if (!isStringList(scopes) || !scopes.every(isApiScope)) {
    throw new BadInput(`scopes must be a list of ${API_SCOPES.join(", ")}.`, "scopes");
  }
  if (!isStringList(roles) || !roles.every((role) => role === "CUSTOM" || isRole(role))) {
    throw new BadInput("roles must be a list of admin role types.", "roles");
  }
  return {
    clientId: optionalText(body, "clientId") ?? `0oa${secret(40).replace(/[-_]/g, "").slice(0, 17)}`,
    keys: jwks === undefined ? [] : readKeys(jwks),
    native,
    scopes: new Set(scopes),
    dpop,
    roles: roles.map((type) => ({ type, groupTargets: [] })),
  };
}

function readKeys(jwks: unknown): PublicJwk[] {
  const list: readonly unknown[] = isObject(jwks) && Array.isArray(jwks.keys) ? jwks.keys : [];
  const keys = list.flatMap((entry) => publicJwk(entry) ?? []);
  if (list.length === 0 || keys.length < list.length) {
    throw new BadInput("jwks must be {keys: [...]} of public RSA or EC keys.", "jwks");
  }
  return keys;
}
