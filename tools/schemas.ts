import { operation } from "../src/operation.ts";
import { z } from "../src/schema.ts";

export const getUserSchema = operation({
  name: "get_user_schema",
  title: "Get user schema",
  summary: "The attributes a profile can have, custom and base, with type and limits.",
  route: "GET /api/v1/meta/schemas/user/{schemaId}",
  scope: "okta.schemas.read",
  effect: "read",
  path: { schemaId: z.string().describe("default, or from list_user_types") },
  returns: "userSchema",
});

export const listUserTypes = operation({
  name: "list_user_types",
  title: "List user types",
  summary: "The user types of the org, each with the id of its schema.",
  route: "GET /api/v1/meta/types/user",
  scope: "okta.userTypes.read",
  effect: "read",
  path: {},
  listOf: "userType",
});
