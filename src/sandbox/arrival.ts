import type { ApiRequest } from "./api.ts";
import { exactNow } from "./clock.ts";
import type { Fault } from "./faults.ts";
import { isObject, isString } from "./guard.ts";
import { requestId } from "./id.ts";
import type { Org } from "./org.ts";
import type { LoggedRequest } from "./request-log.ts";
import type { Answer } from "./route.ts";
import { profileText } from "./user.ts";

/** What the log needs to know of a request before the work on it. */
export interface Arrival {
  readonly time: string;
  /** On the computer's clock for durations. */
  readonly started: number;
  /** Login of the user in the path; the work may change or erase him. */
  readonly login: string | undefined;
}

/** To be called before the body is read. */
export function arrive(org: Org, path: string): Arrival {
  return {
    time: new Date(exactNow()).toISOString(),
    started: performance.now(),
    login: loginInPath(org, path),
  };
}

/** The line for the log, when the answer is ready; without one the connection is cut. */
export function logLine(
  { method, path, query }: ApiRequest,
  { time, started, login }: Arrival,
  answer: Answer | undefined,
  fault?: Fault,
): LoggedRequest {
  const id = answer?.headers?.["x-okta-request-id"];
  const about = login ?? loginInAnswer(answer);
  return {
    id: (isString(id) ? id : requestId()).slice(0, 8),
    method,
    path,
    query,
    status: answer?.status ?? 0,
    ms: Math.round((performance.now() - started) * 10) / 10,
    time,
    ...(about !== undefined && { login: about }),
    ...(fault !== undefined && { fault: fault.kind }),
  };
}

function loginInPath({ users }: Org, path: string): string | undefined {
  const segments = path.split("/");
  const at = segments.indexOf("users");
  const key = at < 0 ? undefined : segments[at + 1];
  if (key === undefined || key === "" || key === "me") return undefined;
  try {
    const user = users.find(decodeURIComponent(key));
    return user === undefined ? undefined : profileText(user, "login");
  } catch {
    return undefined;
  }
}

/** Whoever was created, or is shown to himself as `me`. */
function loginInAnswer(answer: Answer | undefined): string | undefined {
  const body = answer?.body;
  const profile = isObject(body) ? body.profile : undefined;
  return isObject(profile) && isString(profile.login) ? profile.login : undefined;
}
