import type { Okta, SendOptions } from "./okta/client.ts";
import { OktaError } from "./okta/error.ts";
import { type Target, USER_STATUSES, type UserStatus } from "./operation.ts";
import { isJsonObject, type JsonObject } from "./schema.ts";

/** Whether Okta surely takes this as a user id: `00u` and 17 alphanumerics (recorded). */
export function isUserId(value: string): boolean {
  return /^00u[A-Za-z0-9]{17}$/.test(value);
}

/** The name people know somebody by. */
export function nameOf(profile: JsonObject): string {
  const name = [profile.firstName, profile.lastName].filter((part) => typeof part === "string" && part !== "");
  const display = profile.displayName;
  return name.length > 0 ? name.join(" ") : typeof display === "string" ? display : "";
}

/** Reads the person an id, login or short name stands for. Throws what Okta says, its 404 too. */
export async function readPerson(okta: Okta, userId: string, options: SendOptions): Promise<Target> {
  const { body, requestId, status } = await okta.send(
    { method: "GET", template: "/api/v1/users/{userId}", path: { userId }, effect: "read" },
    options,
  );
  const user = isJsonObject(body) ? body : {};
  const { id, profile } = user;
  if (typeof id !== "string" || !isJsonObject(profile))
    throw new OktaError({ code: "bad_response", status, requestId, summary: "Okta's answer is not a user." });
  return {
    id,
    login: String(profile.login ?? ""),
    name: nameOf(profile),
    status: statusOf(user.status),
    profile,
  };
}

/** The person a create call is about, who has no id yet. */
export function newcomer(profile: unknown): Target {
  const given = isJsonObject(profile) ? profile : {};
  return { id: null, login: String(given.login ?? ""), name: nameOf(given), status: null, profile: given };
}

/** One of Okta's statuses; null for anything else. */
export function statusOf(value: unknown): UserStatus | null {
  return USER_STATUSES.find((status) => status === value) ?? null;
}
