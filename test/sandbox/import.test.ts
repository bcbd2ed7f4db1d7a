import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { at, list, profile, type Reply, sandboxFor, short, text } from "./harness.ts";

const org = sandboxFor({ users: 30 });

async function put(body: object): Promise<Reply> {
  return org.control("POST", "/sandbox/import", body);
}

describe("an empty org", () => {
  it("has its owner, Everyone and the default type, and no apps, roles of others or realms", async () => {
    await org.control("POST", "/sandbox/reset", { empty: true });
    const snapshot = await org.snapshot();
    expect(
      ["users", "groups", "types", "realms", "apps", "linkedObjects"].map((s) => list(at(snapshot, s)).length),
    ).toEqual([1, 1, 1, 1, 0, 0]);
    const { body } = await org.api("GET", "/api/v1/users");
    expect(list(body).map((user) => text(user, "id"))).toEqual([text(snapshot, "ownerId")]);
    expect(text((await org.api("GET", "/api/v1/users/me")).body, "status")).toBe("ACTIVE");
  });
});

describe("people", () => {
  it("come as GET shows them, in any status and with any times", async () => {
    const id = "00uabcdefghijklmno12";
    const shown = {
      id,
      status: "LOCKED_OUT",
      created: "2020-01-02T03:04:05.000Z",
      activated: null,
      statusChanged: "2021-01-02T03:04:05.000Z",
      lastLogin: null,
      lastUpdated: "2022-01-02T03:04:05.000Z",
      passwordChanged: "2020-01-02T03:04:06.000Z",
      realmId: "guoabcdefghijklmno12",
      profile: { firstName: "Kim", mobilePhone: null, login: "kim@larkspur.example", email: "kim@larkspur.example" },
      credentials: { password: {}, recovery_question: { question: "Toy?" }, provider: { type: "OKTA", name: "OKTA" } },
    };
    expect((await put({ users: [shown] })).body).toEqual({ users: [id] });
    const { body } = await org.api("GET", `/api/v1/users/${id}`);
    expect(body).toMatchObject({ ...shown, profile: { ...shown.profile, secondEmail: null } });
    // What an answer shows can be imported again, and takes the place of the one before.
    expect((await put({ users: [body] })).status).toBe(200);
    expect((await org.api("GET", `/api/v1/users/${id}`)).body).toEqual(body);
  });

  it("can have a password and an answer that are known, groups, and a place as owner", async () => {
    const owner = { id: "00uowner000000000001", owner: true, profile: profile() };
    const groups = [{ id: "00ggroup000000000001", profile: { name: "Imported" } }];
    const ada = {
      id: "00uada00000000000001",
      profile: profile(),
      credentials: { password: { value: "Ada-Secret-1" }, recovery_question: { question: "Q?", answer: "Blue kite" } },
      groupIds: ["00ggroup000000000001"],
    };
    await put({ users: [owner, ada], groups });
    expect(text((await org.api("GET", "/api/v1/users/me")).body, "id")).toBe(owner.id);
    const path = `/api/v1/users/${ada.id}`;
    expect(list((await org.api("GET", `${path}/groups`)).body).map((group) => at(group, "profile", "name"))).toEqual([
      "Everyone",
      "Imported",
    ]);
    const change = { oldPassword: { value: "Ada-Secret-1" }, newPassword: { value: "Ada-Secret-2" } };
    expect(short(await org.api("POST", `${path}/credentials/change_password`, change))).toBe("200");
    const recovery = { password: { value: "Ada-Secret-3" }, recovery_question: { answer: "blue kite" } };
    expect(short(await org.api("POST", `${path}/credentials/forgot_password_recovery_question`, recovery))).toBe("200");
  });
});

describe("ids", () => {
  it("are given to what is made next, each to its kind", async () => {
    await put({ ids: ["00greserved000000001", "00ureserved000000001", "00ureserved000000002"] });
    const [one, two, three] = [await make(), await make(), await make()];
    expect([one, two]).toEqual(["00ureserved000000001", "00ureserved000000002"]);
    expect(three).toMatch(/^00u/);
    const group = await org.api("POST", "/api/v1/groups", { profile: { name: "Reserved" } });
    expect(text(group.body, "id")).toBe("00greserved000000001");
  });
});

async function make(): Promise<string> {
  return text((await org.api("POST", "/api/v1/users", { profile: profile() })).body, "id");
}

describe("things", () => {
  it("a default type with attributes takes the place of the one before, for everybody", async () => {
    const attributes = {
      shoe: { title: "Shoe size", type: "number" },
      pets: { type: "array", items: { type: "string" } },
    };
    await put({ types: [{ id: "otytype0000000000001", default: true, attributes }] });
    const made = await org.api("POST", "/api/v1/users", { profile: profile({ shoe: 42, pets: ["Rex"] }) });
    expect(made.body).toMatchObject({ type: { id: "otytype0000000000001" }, profile: { shoe: 42, pets: ["Rex"] } });
    expect(text(made.body, "_links", "schema", "href")).toMatch(/\/osctype0000000000001$/);
    expect(text((await org.api("GET", "/api/v1/users/me")).body, "type", "id")).toBe("otytype0000000000001");
  });

  it("apps bring their entry of the catalogue, and a BUILT_IN group is Everyone", async () => {
    const apps = [{ id: "0oaapp00000000000001", name: "quill", label: "Quill" }];
    await put({ apps, groups: [{ id: "00geveryone000000001", type: "BUILT_IN", profile: { name: "All" } }] });
    const id = await make();
    const roles = `/api/v1/users/${id}/roles`;
    await org.api("POST", roles, { type: "APP_ADMIN" });
    const targets = `${roles}/IFIFAX2BIRGUSTQ/targets/catalog/apps`;
    expect(short(await org.api("PUT", `${targets}/quill/0oaapp00000000000001`))).toBe("204");
    expect((await org.api("GET", targets)).body).toMatchObject([{ name: "Quill", id: "0oaapp00000000000001" }]);
    expect((await org.api("GET", `/api/v1/users/${id}/groups`)).body).toMatchObject([{ id: "00geveryone000000001" }]);
  });
});

describe("features", () => {
  beforeAll(async () => {
    await put({ features: { realms: false, credentialEmails: false, blocks: false, groupOwners: false } });
  });

  it("that are off show nothing of themselves", async () => {
    const { body } = await org.api("GET", "/api/v1/users/me");
    expect([at(body, "realmId"), at(body, "credentials", "emails")]).toEqual([undefined, undefined]);
    const [everyone] = list((await org.api("GET", "/api/v1/users/me/groups")).body);
    expect(at(everyone, "_links", "owners")).toBeUndefined();
    expect(short(await org.api("GET", "/api/v1/users/me/blocks"))).toBe("401 E0000015");
  });

  it("are on again after a reset", async () => {
    await org.control("POST", "/sandbox/reset", { empty: true });
    const { body } = await org.api("GET", "/api/v1/users/me");
    expect(at(body, "credentials", "emails")).toHaveLength(1);
  });
});

const MISTAKES: readonly (readonly [body: object, says: RegExp])[] = [
  [{ people: [] }, /people is unknown/],
  [{ users: {} }, /users must be a list/],
  [{ users: [5] }, /users\[0\] must be an object/],
  [{ users: [{}] }, /profile must be an object/],
  [{ users: [{ profile: {} }] }, /profile.login is missing/],
  [{ users: [{ profile: { login: "a@b.example", odd: {} } }] }, /profile.odd has no usable type/],
  [{ users: [{ status: "GONE", profile: { login: "a@b.example" } }] }, /status must be one of/],
  [{ users: [{ created: "yesterday", profile: { login: "a@b.example" } }] }, /created must be a time/],
  [{ users: [{ type: { id: "oty1" }, profile: { login: "a@b.example" } }] }, /There is no user type oty1/],
  [{ users: [{ groupIds: ["00g1"], profile: { login: "a@b.example" } }] }, /There is no group 00g1/],
  [{ users: [{ profile: { login: "c@d.example" }, credentials: { provider: { type: "X" } } }] }, /credentials: /],
  [{ users: [{ profile: { login: "e@f.example" } }, { profile: { login: "e@f.example" } }] }, /already a user with/],
  [{ users: [{ blocks: [{}], profile: { login: "a@b.example" } }] }, /blocks\[\].type must be DEVICE_BASED/],
  [{ groups: [{ profile: { name: "A" }, members: ["00u1"] }] }, /There is no user 00u1/],
  [{ groups: [{ type: "ODD", profile: { name: "A" } }] }, /type must be one of/],
  [{ types: [{ attributes: { a: { type: "odd" } } }] }, /attributes.a: there is no type odd/],
  [{ apps: [{}] }, /name must be a string/],
  [{ ids: [5] }, /ids must be a list of strings/],
  [{ features: { wings: true } }, /There is no feature wings/],
  [{ features: { realms: 1 } }, /features.realms must be true or false/],
];
it.each(MISTAKES)("refuses %j", async (body, says) => {
  const reply = await put(body);
  expect(reply.status).toBe(400);
  expect(text(reply.body, "error")).toMatch(says);
});

it("the examples of FACTS.md work as they stand", async () => {
  await org.control("POST", "/sandbox/reset", { empty: true });
  const facts = readFileSync(new URL("../../src/sandbox/FACTS.md", import.meta.url), "utf8");
  const examples = [...facts.matchAll(/(\/sandbox\/\w+) -H [^']*-d '([^']+)'/g)];
  const replies = examples.map(([, path = "", body = ""]) => org.control("POST", path, body));
  expect((await Promise.all(replies)).map(({ status }) => status)).toEqual([204, 200]);
  const kim = await org.control("POST", "/sandbox/sign-in", { login: "kim@example.com", password: "Known-Pass-1" });
  expect(kim.body).toMatchObject({ outcome: "LOCKED_OUT" });
  await org.control("DELETE", "/sandbox/faults");
});
