import { timingSafeEqual } from "node:crypto";
import type { ApiRequest } from "./api.ts";
import { iso } from "./clock.ts";
import { readFault } from "./faults.ts";
import type { Org } from "./org.ts";
import type { Answer } from "./route.ts";
import { resetState, type State } from "./state.ts";

const ROUTES: Readonly<Record<string, (state: State, body: string) => Answer>> = {
  "GET /sandbox/requests": ({ log }) => ({ status: 200, body: log.all() }),
  "DELETE /sandbox/requests": ({ log }) => {
    log.clear();
    return { status: 204 };
  },
  "POST /sandbox/faults": (state, body) => {
    const fault = readFault(parsed(body));
    if (typeof fault === "string") return { status: 400, body: { error: fault } };
    state.faults.add(fault);
    return { status: 204 };
  },
  "DELETE /sandbox/faults": ({ faults }) => {
    faults.clear();
    return { status: 204 };
  },
  "POST /sandbox/reset": (state) => {
    resetState(state);
    return { status: 204 };
  },
  "GET /sandbox/snapshot": ({ org }) => ({ status: 200, body: snapshot(org) }),
};

/** Answers `/sandbox/...`: for tests and demos only, behind `authorization: Bearer <controlKey>`. */
export function control(state: State, { method, path, headers, body }: ApiRequest): Answer {
  if (!isKey(headers.authorization, state.settings.controlKey))
    return { status: 401, body: { error: "Control key required." } };
  const handle = ROUTES[`${method} ${path}`];
  return handle === undefined ? { status: 404, body: { error: "No such control route." } } : handle(state, body);
}

/** What the org looks like inside, beyond what the API shows. No secrets. */
function snapshot(org: Org): object {
  return {
    ownerId: org.ownerId,
    users: org.users.all().map((user) => ({
      id: user.id,
      login: user.profile.login,
      status: user.status,
      suspendedFrom: user.status === "SUSPENDED" ? user.suspendedFrom : undefined,
      passwordExpired: user.passwordExpired,
      typeId: user.typeId,
      hasPassword: user.credentials.password !== undefined,
      hasRecoveryQuestion: user.credentials.recovery !== undefined,
      provider: user.credentials.provider.type,
      sessions: user.sessions,
      devices: user.devices,
      factors: user.factors,
      blocks: user.blocks.length,
      groups: user.groups,
      roles: (org.roles.get(user.id) ?? []).map((role) => role.type),
      grants: org.grants.get(user.id)?.length ?? 0,
      tokens: org.tokens.get(user.id)?.length ?? 0,
      apps: (org.appAssignments.get(user.id) ?? []).map((assignment) => assignment.appId),
      idps: org.idpLinks.get(user.id) ?? [],
    })),
    groups: [...org.groups.values()].map(({ id, type, name, members }) => ({
      id,
      type,
      name,
      members: type === "BUILT_IN" ? org.users.size : members.size,
    })),
    apps: [...org.apps.values()].map(({ id, name, label, client }) => ({
      id,
      name,
      label,
      oauth: client !== undefined,
    })),
    types: [...org.types.values()].map(({ id, name, isDefault }) => ({ id, name, isDefault })),
    realms: org.realms,
    customRoles: Object.fromEntries(org.customRoles),
    resourceSets: Object.fromEntries(org.resourceSets),
    linkedObjects: [...org.links.values()].map(({ primary, associated, primaryOf }) => ({
      primary: primary.name,
      associated: associated.name,
      values: primaryOf.size,
    })),
    mail: org.mail.map(({ to, kind, sentAt }) => ({ to, kind, sentAt: iso(sentAt) })),
  };
}

function isKey(authorization: string | undefined, key: string): boolean {
  const given = Buffer.from(authorization ?? "");
  const wanted = Buffer.from(`Bearer ${key}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
