import { requestId } from "./id.ts";
import type { LogContext, LogEntity } from "./log-events.ts";
import type { Group, Org } from "./org.ts";
import type { Call } from "./route.ts";
import { profileText, type User } from "./user.ts";

/** The request of a call as the log tells it. */
export function contextOf(call: Call): LogContext {
  const forwarded = String(call.headers["x-forwarded-for"] ?? "")
    .split(",", 1)
    .join()
    .trim();
  return {
    actor: actorOf(call),
    ip: /^[0-9a-fA-F.:]{2,45}$/.test(forwarded) ? forwarded : "127.0.0.1",
    userAgent: String(call.headers["user-agent"] ?? ""),
    requestId: requestId(),
    uri: call.path,
  };
}

/** unverified: how the log names a service app. */
function actorOf({ caller, self, clientId }: Call): LogEntity {
  return self === undefined && clientId !== undefined
    ? { id: clientId, type: "PublicClientApp", alternateId: clientId, displayName: "Service app" }
    : userEntity(caller);
}

export function userEntity(user: User): LogEntity {
  const displayName = `${profileText(user, "firstName")} ${profileText(user, "lastName")}`.trim();
  return { id: user.id, type: "User", alternateId: profileText(user, "login"), displayName };
}

/** unverified: `alternateId` of anything but a user; a recorded group has "unknown". */
export function entity(id: string, type: string, displayName: string, alternateId = "unknown"): LogEntity {
  return { id, type, alternateId, displayName };
}

export function groupEntity(group: Group): LogEntity {
  return entity(group.id, "UserGroup", group.name);
}

export function appEntity(org: Org, appId: string): LogEntity {
  const label = org.apps.get(appId)?.label ?? "";
  return entity(appId, "AppInstance", label, label);
}
