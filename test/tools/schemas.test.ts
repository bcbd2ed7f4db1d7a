import { describe, expect, it } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import { complete } from "./covered.ts";
import { spoil } from "./spoil.ts";
import { fieldsOf, type Given, nothing, world } from "./support.ts";
import { refused, succeed } from "./tables.ts";

const w = world();

const SCHEMAS = "/api/v1/meta/schemas/user";
const TYPES = "/api/v1/meta/types/user";

/** A user type with attributes of its own; `{type}` and `{schema}` are the ids. */
const visitors: Given = async (org) => {
  const type = await org.api("POST", TYPES, { name: "visitor", displayName: "Visitor", description: "Comes and goes" });
  const schema = textAt(type, "_links.schema.href").split("/").at(-1) ?? "";
  const properties = {
    badge: { title: "Badge", type: "string", required: true, minLength: 2, maxLength: 8, mutability: "READ_WRITE" },
    size: { title: "Size", type: "string", enum: ["S", "M"], oneOf: [{ const: "S", title: "Small" }] },
    host: { title: "host", type: "string", description: "Who lets them in" },
  };
  await org.api("POST", `${SCHEMAS}/${schema}`, { definitions: { custom: { properties } } });
  return { type: textAt(type, "id"), schema };
};
let made: ReturnType<Given> | undefined;
const visitor: Given = (org) => {
  made ??= visitors(org);
  return made;
};

const seeded = { id: expect.stringMatching(/^oty/), schemaId: expect.stringMatching(/^osc/) };
const login = { name: "login", title: "Username", type: "string", required: true, minLength: 5, maxLength: 100 };
const skills = { name: "skills", title: "Skills", type: "array", items: "string" };
const badge = { name: "badge", title: "Badge", type: "string", required: true, minLength: 2, maxLength: 8 };

describe("schemas", () => {
  succeed(w, [
    {
      tool: "list_user_types",
      given: visitor,
      wire: `GET ${TYPES}`,
      reply: {
        userTypes: [
          { ...seeded, name: "user", displayName: "User", default: true },
          { ...seeded, name: "contractor", displayName: "Contractor", default: false },
          { id: "{type}", name: "visitor", displayName: "Visitor", default: false, schemaId: "{schema}" },
        ],
      },
    },
    {
      tool: "get_user_schema",
      title: "of the default type",
      given: nothing,
      args: { schemaId: "default" },
      wire: `GET ${SCHEMAS}/default`,
      reply: {
        userSchema: {
          name: "user",
          title: "User",
          custom: expect.arrayContaining([skills]),
          base: expect.arrayContaining([
            login,
            { name: "email", title: "Primary email", type: "string", required: true, format: "email" },
          ]),
        },
      },
    },
    {
      tool: "get_user_schema",
      title: "of another type",
      given: visitor,
      args: { schemaId: "{schema}" },
      wire: `GET ${SCHEMAS}/{schema}`,
      reply: {
        userSchema: {
          name: "visitor",
          title: "Visitor",
          custom: expect.arrayContaining([
            badge,
            { name: "size", title: "Size", type: "string", enum: ["S", "M"] },
            { name: "host", type: "string" },
          ]),
          base: expect.arrayContaining([login]),
        },
      },
    },
  ]);

  it("every attribute is there, in less than half of what Okta says", async () => {
    const [{ reply, text }, genuine] = [
      await w.server.call("get_user_schema", { schemaId: "default" }),
      await w.org.api("GET", `${SCHEMAS}/default`),
    ];
    for (const part of ["custom", "base"])
      expect(listAt(reply, `userSchema.${part}`).map((attribute) => at(attribute, "name"))).toEqual(
        Object.keys(fieldsOf(at(genuine, `definitions.${part}.properties`))),
      );
    expect(text.length).toBeLessThan(JSON.stringify(genuine).length / 2);
  });

  refused(w, [
    { tool: "get_user_schema", given: nothing, args: { schemaId: "oscnone" }, code: "E0000007", status: 404 },
    {
      tool: "list_user_types",
      title: "as the org wants it",
      given: async (org) => {
        await org.fault({ kind: "status", status: 403, method: "GET", path: TYPES });
        return {};
      },
      code: "E0000009",
      status: 403,
    },
  ]);

  spoil(w, { get_user_schema: { schemaId: "default" }, list_user_types: {} });

  complete("schemas");
});
