import okta from "@okta/okta-sdk-nodejs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { list, sandboxFor, text } from "./harness.ts";
import { keyFor, register } from "./oauth-signing.ts";

const org = sandboxFor({ users: 12 });
const proxies = ["https_proxy", "HTTPS_PROXY"].map((name) => [name, process.env[name]] as const);

// The SDK would ask a proxy for the loopback address as well.
beforeAll(() => {
  for (const [name] of proxies) delete process.env[name];
});
afterAll(() => {
  for (const [name, value] of proxies) if (value !== undefined) process.env[name] = value;
});

describe("the official SDK", () => {
  it.each([false, true])("signs in with a private key and lists users; DPoP: %s", async (dpop) => {
    const key = keyFor("RS256");
    const clientId = await register(org, { jwks: { keys: [key.jwk] }, dpop });
    const client = new okta.Client({
      orgUrl: org.sandbox.url,
      authorizationMode: "PrivateKey",
      clientId,
      scopes: ["okta.users.read"],
      privateKey: key.sign.export({ type: "pkcs1", format: "pem" }).toString(),
      keyId: String(key.jwk.kid),
      cacheMiddleware: null,
    });
    const logins: unknown[] = [];
    for await (const user of await client.userApi.listUsers({ limit: 5 })) logins.push(user?.profile?.login);
    const everybody = list((await org.api("GET", "/api/v1/users")).body).map((user) => text(user, "profile", "login"));
    expect(logins).toEqual(everybody);
    await expect(client.groupApi.getGroup({ groupId: "00g000000000000000AA" })).rejects.toMatchObject({ status: 403 });
  });
});
