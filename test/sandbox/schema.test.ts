import { describe, expect, it } from "vitest";
import { at, list, profile, sandboxFor, short, text } from "./harness.ts";

const org = sandboxFor({ users: 60 });
const SCHEMA = "/api/v1/meta/schemas/user/default";
const TYPES = "/api/v1/meta/types/user";

const custom = (properties: object) => ({ definitions: { custom: { id: "#custom", type: "object", properties } } });
const base = (properties: object) => ({ definitions: { base: { properties } } });
const declare = (properties: object, path = SCHEMA) => org.api("POST", path, custom(properties));
const STRING = { title: "Nickname of the desk", type: "string" };

async function found(search: string): Promise<number> {
  const { body } = await org.api("GET", `/api/v1/users?search=${encodeURIComponent(search)}`);
  return list(body).length;
}

/** The values a new user has of one attribute, or the refusal. */
async function set(name: string, value: unknown, more: object = {}): Promise<unknown> {
  const reply = await org.api("POST", "/api/v1/users", { profile: profile({ [name]: value }), ...more });
  return reply.status === 200 ? at(reply.body, "profile", name) : short(reply);
}

describe("a new attribute", () => {
  const KINDS: [name: string, declaration: object, good: unknown, bad: unknown, search: string][] = [
    ["desk", STRING, "window", 7, 'profile.desk sw "WIN"'],
    ["floor", { title: "Floor", type: "integer" }, 3, 3.5, "profile.floor ge 3"],
    ["height", { title: "Height", type: "number" }, 1.75, "tall", "profile.height lt 2"],
    ["keyholder", { title: "Has a key", type: "boolean" }, true, "yes", "profile.keyholder eq true"],
    ["bikes", { title: "Bikes", type: "array", items: { type: "string" } }, ["red"], "red", 'profile.bikes eq "red"'],
    ["size", { ...STRING, enum: ["S", "M"] }, "M", "XL", 'profile.size eq "M"'],
    ["code", { ...STRING, minLength: 2, maxLength: 3 }, "abc", "abcd", 'profile.code eq "abc"'],
  ];
  it.each(KINDS)("%s can be set and searched", async (name, declaration, good, bad, search) => {
    expect(await set(name, good)).toBe("400 E0000001");
    const { body } = await declare({ [name]: declaration });
    expect(at(body, "definitions", "custom", "properties", name)).toMatchObject({
      ...declaration,
      mutability: "READ_WRITE",
      scope: "NONE",
      permissions: [{ principal: "SELF", action: "READ_ONLY" }],
    });
    expect(await set(name, good)).toEqual(good);
    expect(await set(name, bad)).toBe("400 E0000001");
    expect(await found(search)).toBe(1);
  });

  it("goes with null, and takes the values along; the rest stays", async () => {
    await declare({ shelf: STRING });
    const made = await org.api("POST", "/api/v1/users", { profile: profile({ shelf: "top" }) });
    const { body } = await declare({ shelf: null });
    const names = Object.keys(Object(at(body, "definitions", "custom", "properties")));
    expect(names).not.toContain("shelf");
    expect(names).toContain("badgeNumber");
    const user = await org.api("GET", `/api/v1/users/${text(made.body, "id")}`);
    expect(Object.keys(Object(at(user.body, "profile")))).not.toContain("shelf");
    expect(await set("shelf", "top")).toBe("400 E0000001");
  });

  it("can be required and changed in part", async () => {
    await declare({ locker: { ...STRING, required: true } });
    expect(await set("nickName", "Nick")).toBe("400 E0000001");
    const { body } = await declare({ locker: { title: "Locker", required: false, permissions: own("READ_WRITE") } });
    expect(at(body, "definitions", "custom", "properties", "locker")).toMatchObject({
      title: "Locker",
      type: "string",
      permissions: own("READ_WRITE"),
    });
    expect(await set("nickName", "Nick")).toBe("Nick");
  });

  const own = (action: string) => [{ principal: "SELF", action }];
});

describe("refused", () => {
  const BAD: [why: string, body: object, expected: string][] = [
    ["a bad name", custom({ "desk-name": STRING }), "400 E0000001"],
    ["the name of a base attribute in another case", custom({ Nickname: STRING }), "400 E0000001"],
    ["no title", custom({ other: { type: "string" } }), "400 E0000001"],
    ["no type", custom({ other: { title: "Other" } }), "400 E0000001"],
    ["another type", custom({ badgeNumber: { type: "string" } }), "400 E0000001"],
    ["an array of nothing", custom({ other: { title: "Other", type: "array" } }), "400 E0000001"],
    ["uniqueness, which is not kept", custom({ other: { ...STRING, unique: true } }), "501 E0000060"],
    ["a pattern, which is not kept", custom({ other: { ...STRING, pattern: "x" } }), "501 E0000060"],
    ["an unknown base attribute", base({ shoeSize: {} }), "400 E0000001"],
    ["removing a base attribute", base({ nickName: null }), "400 E0000001"],
    ["an optional login", base({ login: { required: false } }), "400 E0000001"],
    ["an unknown key", { attributes: {} }, "400 E0000003"],
  ];
  it.each(BAD)("%s", async (_why, body, expected) => {
    expect(short(await org.api("POST", SCHEMA, body))).toBe(expected);
  });

  it("an unknown schema", async () => {
    expect(short(await org.api("POST", "/api/v1/meta/schemas/user/oscunknown", {}))).toBe("404 E0000007");
  });
});

describe("base attributes", () => {
  it("a name can become optional, and a schema can be sent back as it was read", async () => {
    const anonymous = { login: "no.name@larkspur.example", email: "no.name@larkspur.example", lastName: "Name" };
    expect(short(await org.api("POST", "/api/v1/users", { profile: anonymous }))).toBe("400 E0000001");
    const permissions = [{ principal: "SELF", action: "HIDE" }];
    const changed = await org.api("POST", SCHEMA, base({ firstName: { required: false, permissions } }));
    expect(at(changed.body, "definitions", "base", "required")).toEqual(["login", "lastName", "email"]);
    expect(at(changed.body, "definitions", "base", "properties", "firstName", "permissions")).toEqual(permissions);
    expect(short(await org.api("POST", "/api/v1/users", { profile: anonymous }))).toBe("200");
    const again = await org.api("POST", SCHEMA, changed.body);
    expect(at(again.body, "definitions")).toEqual(at(changed.body, "definitions"));
  });

  it("have the recorded keys in the recorded order", async () => {
    const { body } = await org.api("GET", SCHEMA);
    const keys = (name: string) => Object.keys(Object(at(body, "definitions", "base", "properties", name))).join(" ");
    expect(keys("login")).toBe("title type required mutability scope minLength maxLength permissions");
    expect(keys("profileUrl")).toBe("title type format mutability scope permissions");
    expect(Object.keys(Object(body)).join(" ")).toBe(
      "id $schema name title description lastUpdated created definitions type properties _links",
    );
  });
});

describe("user types", () => {
  it("create, update, replace, delete; each with a schema of its own", async () => {
    const made = await org.api("POST", TYPES, { name: "robot", displayName: "Robot" });
    const path = `${TYPES}/${text(made.body, "id")}`;
    expect(made.body).toMatchObject({ name: "robot", displayName: "Robot", description: "", default: false });
    const schema = new URL(text(made.body, "_links", "schema", "href")).pathname;
    await declare({ model: STRING }, schema);
    const type = { type: { id: text(made.body, "id") } };
    expect(await set("model", "R2", type)).toBe("R2");
    expect(await set("model", "R2")).toBe("400 E0000001");
    expect(at((await org.api("POST", path, { description: "Beeps" })).body, "description")).toBe("Beeps");
    const whole = { name: "robot", displayName: "Robots", description: "Beep" };
    expect((await org.api("PUT", path, whole)).body).toMatchObject(whole);
    expect(short(await org.api("DELETE", path))).toBe("400 E0000001");
    const other = await org.api("POST", TYPES, { name: "guest", displayName: "Guest" });
    expect(short(await org.api("DELETE", `${TYPES}/${text(other.body, "id")}`))).toBe("204");
    expect(short(await org.api("GET", `${TYPES}/${text(other.body, "id")}`))).toBe("404 E0000007");
  });

  const BAD: [why: string, method: string, rest: string, body: unknown][] = [
    ["no name", "POST", "", { displayName: "X" }],
    ["no display name", "POST", "", { name: "x" }],
    ["a bad name", "POST", "", { name: "1x", displayName: "X" }],
    ["a taken name", "POST", "", { name: "contractor", displayName: "X" }],
    ["another name", "PUT", "/default", { name: "x", displayName: "X", description: "" }],
    ["a replacement without description", "PUT", "/default", { name: "user", displayName: "X" }],
    ["the end of the default type", "DELETE", "/default", undefined],
  ];
  it.each(BAD)("refuses %s", async (_why, method, rest, body) => {
    expect(short(await org.api(method, TYPES + rest, body))).toBe("400 E0000001");
  });
});

describe("linked object definitions", () => {
  it("go by either name, and a name is taken on both sides", async () => {
    const path = "/api/v1/meta/schemas/user/linkedObjects";
    const side = (name: string) => ({ name, title: name, description: "", type: "USER" });
    const make = (primary: string, associated: string) =>
      org.api("POST", path, { primary: side(primary), associated: side(associated) });
    expect(short(await make("coach", "player"))).toBe("201");
    expect(short(await make("player", "fan"))).toBe("409 E0000127");
    expect(short(await org.api("DELETE", `${path}/player`))).toBe("204");
    expect(short(await org.api("GET", `${path}/coach`))).toBe("404 E0000007");
  });
});
