import { describe, expect, it } from "vitest";
import { at, list, nextAfter, profile, sandboxFor, short, text } from "./harness.ts";

const org = sandboxFor();

async function person(): Promise<string> {
  return text((await org.api("POST", "/api/v1/users", { profile: profile() })).body, "id");
}

describe("linked objects", () => {
  const values = (id: string, name: string) => `/api/v1/users/${id}/linkedObjects/${name}`;
  const linked = async (id: string, name: string) =>
    list((await org.api("GET", values(id, name))).body).map((entry) =>
      text(entry, "_links", "self", "href").split("/").at(-1),
    );

  it("one primary, many associated, replaced and removed", async () => {
    const [a, b, boss, other] = [await person(), await person(), await person(), await person()];
    for (const id of [a, b]) expect(short(await org.api("PUT", `${values(id, "mentor")}/${boss}`))).toBe("204");
    expect(await linked(a, "mentor")).toEqual([boss]);
    expect((await linked(boss, "mentee")).sort()).toEqual([a, b].sort());
    await org.api("PUT", `${values(a, "mentor")}/${other}`);
    expect(await linked(boss, "mentee")).toEqual([b]);
    expect(short(await org.api("DELETE", values(a, "mentor")))).toBe("204");
    expect(short(await org.api("DELETE", values(a, "mentor")))).toBe("204");
    expect(await linked(a, "mentor")).toEqual([]);
    expect(short(await org.api("PUT", `${values(boss, "mentor")}/${boss}`))).toBe("204");
    await org.api("DELETE", `/api/v1/users/${boss}`);
    await org.api("DELETE", `/api/v1/users/${boss}`);
    expect(await linked(b, "mentor")).toEqual([]);
  });

  it("unknown names and users are not found", async () => {
    const id = await person();
    const reply = await org.api("GET", values(id, "captain"));
    expect(at(reply.body, "errorSummary")).toBe("Not found: Resource not found: captain (LinkedObjectProperty)");
    expect(short(await org.api("PUT", `${values(id, "mentor")}/00u0000000000000nobo`))).toBe("404 E0000007");
  });

  it("definitions: create, read, refuse a taken name, delete", async () => {
    const path = "/api/v1/meta/schemas/user/linkedObjects";
    const side = (name: string) => ({ name, title: name, description: "", type: "USER" });
    const body = { primary: side("buddy"), associated: side("newcomer") };
    const made = await org.api("POST", path, body);
    expect(made.status).toBe(201);
    expect(made.body).toEqual({ ...body, _links: { self: { href: `${org.sandbox.url}${path}/buddy` } } });
    expect(short(await org.api("POST", path, body))).toBe("409 E0000127");
    expect((await org.api("GET", `${path}/newcomer`)).body).toEqual(made.body);
    expect(list((await org.api("GET", path)).body)).toHaveLength(3);
    expect(short(await org.api("DELETE", `${path}/buddy`))).toBe("204");
    expect(short(await org.api("GET", `${path}/buddy`))).toBe("404 E0000007");
  });

  it("the seeded managers lead somebody", async () => {
    const me = text((await org.api("GET", "/api/v1/users/me")).body, "id");
    expect(await linked(me, "subordinate")).toHaveLength(12);
    expect((await org.api("GET", values(me, "subordinate"))).headers.get("link")).toContain("?limit=1000>");
  });
});

describe("grants, clients, tokens", () => {
  async function collector(): Promise<string> {
    const user = list(at(await org.snapshot(), "users")).find((candidate) => Number(at(candidate, "grants")) > 20);
    return `/api/v1/users/${text(user, "id")}`;
  }

  it("pages of grants, narrowed, expanded, revoked one by one and by client", async () => {
    const path = await collector();
    const ids: string[] = [];
    let after: string | undefined;
    do {
      const reply = await org.api("GET", `${path}/grants${after === undefined ? "" : `?after=${after}`}`);
      ids.push(...list(reply.body).map((grant) => text(grant, "id")));
      after = nextAfter(reply);
    } while (after !== undefined);
    expect(new Set(ids).size).toBe(45);
    const one = await org.api("GET", `${path}/grants/${ids[0]}?expand=scope`);
    expect(at(one.body, "_embedded", "scope", "id")).toBe(at(one.body, "scopeId"));
    expect(list((await org.api("GET", `${path}/grants?scopeId=${text(one.body, "scopeId")}`)).body)).toHaveLength(3);
    expect(short(await org.api("DELETE", `${path}/grants/${ids[0]}`))).toBe("204");
    expect(short(await org.api("GET", `${path}/grants/${ids[0]}`))).toBe("404 E0000007");
    const clients = list((await org.api("GET", `${path}/clients`)).body).map((client) => text(client, "client_id"));
    expect(clients).toHaveLength(3);
    expect(short(await org.api("DELETE", `${path}/clients/${clients[0]}/grants`))).toBe("204");
    expect((await org.api("GET", `${path}/clients/${clients[0]}/grants`)).body).toEqual([]);
    expect(short(await org.api("GET", `${path}/clients/0oaunknown/grants`))).toBe("404 E0000007");
    expect(short(await org.api("DELETE", `${path}/grants`))).toBe("204");
    expect((await org.api("GET", `${path}/grants`)).body).toEqual([]);
    expect((await org.api("GET", `${path}/grants`)).headers.get("link")).toContain("/grants?limit=20>");
  });

  it("tokens live on without grants until they are revoked", async () => {
    await org.control("POST", "/sandbox/reset");
    const path = await collector();
    await org.api("DELETE", `${path}/grants`);
    const [client] = list((await org.api("GET", `${path}/clients`)).body);
    const tokens = `${path}/clients/${text(client, "client_id")}/tokens`;
    const page = await org.api("GET", `${tokens}?expand=scope`);
    expect(list(page.body)).toHaveLength(20);
    expect(list(at(page.body, 0, "_embedded", "scopes"))).toHaveLength(2);
    const id = text(page.body, 0, "id");
    expect(at((await org.api("GET", `${tokens}/${id}`)).body, "scopes", 0)).toBe("offline_access");
    expect(short(await org.api("DELETE", `${tokens}/${id}`))).toBe("204");
    const gone = await org.api("GET", `${tokens}/${id}`);
    expect(at(gone.body, "errorSummary")).toBe(`Not found: Resource not found: ${id} (OAuth2RefreshTokenTx)`);
    expect(short(await org.api("DELETE", tokens))).toBe("204");
    expect((await org.api("GET", tokens)).body).toEqual([]);
    expect(short(await org.api("DELETE", `${path}/sessions?oauthTokens=true`))).toBe("204");
    expect((await org.api("GET", `${path}/clients`)).body).toEqual([]);
  });
});

describe("apps, identity providers, sessions", () => {
  it("a new user has what everybody has, and loses it when deactivated", async () => {
    const path = `/api/v1/users/${await person()}`;
    const links = await org.api("GET", `${path}/appLinks`);
    expect(list(links.body).map((link) => at(link, "appName"))).toEqual(["google", "workday"]);
    expect(at(links.body, 0)).toMatchObject({
      appInstanceId: expect.stringMatching(/^0oa/),
      appAssignmentId: expect.stringMatching(/^0ua/),
      sortOrder: 0,
    });
    expect(links.headers.get("link")).toBeNull();
    await org.api("POST", `${path}/lifecycle/deactivate`);
    expect((await org.api("GET", `${path}/appLinks`)).body).toEqual([]);
  });

  it("identity providers: none for local users, one for external ones", async () => {
    expect((await org.api("GET", `/api/v1/users/${await person()}/idps`)).body).toEqual([]);
    const id = await org.someone((user) => at(user, "provider") === "SOCIAL");
    const { body } = await org.api("GET", `/api/v1/users/${id}/idps`);
    expect(at(body, 0)).toMatchObject({ type: "GOOGLE", _links: { user: { href: expect.stringContaining(id) } } });
  });

  it("ending sessions forgets devices unless told not to", async () => {
    const entry = async (id: string) => list(at(await org.snapshot(), "users")).find((user) => at(user, "id") === id);
    const busy = (user: unknown) => at(user, "sessions") !== 0 && at(user, "devices") !== 0;
    const [one, two] = [await org.someone(busy), await org.someone(busy)];
    await org.api("DELETE", `/api/v1/users/${one}/sessions`);
    await org.api("DELETE", `/api/v1/users/${two}/sessions?forgetDevices=false`);
    expect(await entry(one)).toMatchObject({ sessions: 0, devices: 0 });
    expect(at(await entry(two), "sessions")).toBe(0);
    expect(at(await entry(two), "devices")).not.toBe(0);
  });
});

describe("schemas and types", () => {
  it("declares every attribute a user has", async () => {
    const me = (await org.api("GET", "/api/v1/users/me")).body;
    const path = new URL(text(me, "_links", "schema", "href")).pathname;
    const schema = (await org.api("GET", path)).body;
    expect(schema).toEqual((await org.api("GET", "/api/v1/meta/schemas/user/default")).body);
    const declared = ["base", "custom"].flatMap((part) =>
      Object.keys(Object(at(schema, "definitions", part, "properties"))),
    );
    expect(Object.keys(Object(at(me, "profile"))).filter((name) => !declared.includes(name))).toEqual([]);
    expect(at(schema, "definitions", "base", "required")).toEqual(["login", "firstName", "lastName", "email"]);
    expect(at(schema, "definitions", "custom", "properties", "skills")).toMatchObject({
      type: "array",
      items: { type: "string" },
    });
    expect(short(await org.api("GET", "/api/v1/meta/schemas/user/oscunknown"))).toBe("404 E0000007");
  });

  it("lists two user types", async () => {
    const types = list((await org.api("GET", "/api/v1/meta/types/user")).body);
    expect(types.map((type) => at(type, "default"))).toEqual([true, false]);
    expect((await org.api("GET", `/api/v1/meta/types/user/${text(types[1], "id")}`)).body).toEqual(types[1]);
    expect((await org.api("GET", "/api/v1/meta/types/user/default")).body).toEqual(types[0]);
  });
});
