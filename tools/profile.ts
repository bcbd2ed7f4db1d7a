import { z } from "../src/schema.ts";

/** The 31 base attributes of a user profile (OpenAPI 2026.06.3, UserProfile), in the order people look for them. */
const baseAttributes = [
  ["login", "email", "secondEmail", "firstName", "middleName", "lastName", "displayName", "nickName"],
  ["honorificPrefix", "honorificSuffix", "title", "department", "division", "organization", "costCenter"],
  ["employeeNumber", "userType", "manager", "managerId", "mobilePhone", "primaryPhone", "streetAddress", "city"],
  ["state", "zipCode", "countryCode", "postalAddress", "profileUrl", "locale", "preferredLanguage", "timezone"],
].flat();

const plain = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** Base attributes and, beside them, the org's custom ones; `null` clears an attribute. */
export const profile = z
  .object(Object.fromEntries(baseAttributes.map((name) => [name, z.string().nullable().optional()])))
  .catchall(z.union([plain, z.array(plain)]));

/** The ways into an account that a profile holds: whoever controls one of these can take the account over. */
export const waysIn = ["login", "email", "secondEmail", "mobilePhone"] as const;
