import { finishDue } from "./async-change.ts";
import { OktaError } from "./error.ts";
import { contextOf } from "./log-context.ts";
import { factsOf, failureOf } from "./log-writers.ts";
import type { Group } from "./org.ts";
import type { Answer, Call, Route } from "./route.ts";
import type { User } from "./user.ts";
import { watch } from "./watch.ts";

/** Does the work of a call. A write is told to the system log and to the search index. */
export function observed(call: Call, { method, path }: Route, work: () => Answer): Answer {
  const { org } = call;
  finishDue(org);
  if (method === "GET") return work();
  const template = `${method} ${path}`;
  const user = userNamed(call);
  const watched = watch(org, user, groupNamed(call));
  const context = contextOf(call);
  try {
    const answer = work();
    const facts = factsOf(template, { call, answer, before: watched.before });
    if (facts !== undefined) org.events.append(context, ...facts);
    noteNew(call, template, answer);
    return { ...answer, headers: { "x-okta-request-id": context.requestId, ...answer.headers } };
  } catch (error) {
    if (error instanceof OktaError && watched.before !== undefined) {
      const failure = failureOf(template, error.code, watched.before);
      if (failure !== undefined) org.events.append(context, failure);
    }
    throw error;
  } finally {
    watched.end(context);
  }
}

function userNamed({ org, params, self }: Call): User | undefined {
  const id = params.get("userId");
  if (id !== undefined) return org.users.byId(id);
  const key = params.get("id") ?? params.get("userIdOrLogin");
  if (key === undefined) return undefined;
  return key === "me" ? self : org.users.find(key);
}

function groupNamed({ org, params }: Call): Group | undefined {
  const id = params.get("groupId");
  return id === undefined ? undefined : org.groups.get(id);
}

/** What was just created is not in the index yet. */
function noteNew({ org }: Call, template: string, { body }: Answer): void {
  const id: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "id") : undefined;
  if (typeof id !== "string") return;
  if (template === "POST /api/v1/users") org.userIndex.note(id, undefined, org.knobs.indexLagMs);
  if (template === "POST /api/v1/groups") org.groupIndex.note(id, undefined, org.knobs.indexLagMs);
}
