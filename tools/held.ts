import { isJsonObject, type JsonObject } from "../src/schema.ts";

/*
 * What Okta's answers say of links and roles that somebody holds.
 */

/** The id of the person at the other end of a linked object: it stands only in its link to itself (recorded). */
export function linkedId(link: unknown): string | undefined {
  const self = isJsonObject(link) && isJsonObject(link._links) ? link._links.self : undefined;
  return isJsonObject(self) && typeof self.href === "string" ? self.href.split("/").at(-1) : undefined;
}

/** Roles that come through a group are not the person's own. */
export function isDirect({ assignmentType }: JsonObject): boolean {
  return assignmentType === "USER";
}

/** Whether a role that is held is the one that these arguments assign. */
export function isSameRole(held: JsonObject, { type, role, ...args }: Readonly<Record<string, unknown>>): boolean {
  if (held.type !== type) return false;
  return type !== "CUSTOM" || (held.role === role && held["resource-set"] === args["resource-set"]);
}
