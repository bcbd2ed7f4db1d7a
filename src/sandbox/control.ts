import { timingSafeEqual } from "node:crypto";
import type { ApiRequest } from "./api.ts";
import { advanceClock, clockAhead, exactNow, iso, resetClock } from "./clock.ts";
import { BadInput, objectIn, optionalFlag, wholeNumber } from "./control-input.ts";
import { openCodes } from "./factors-store.ts";
import { FAULT_KINDS, readFault } from "./faults.ts";
import { IMPORT_BODY, importInto } from "./import.ts";
import { KNOB_MEANINGS, setKnobs } from "./knobs.ts";
import { oauthControls } from "./oauth/control.ts";
import type { Org } from "./org.ts";
import type { Answer } from "./route.ts";
import { SIGN_IN_BODY, signIn } from "./sign-in.ts";
import { resetState, type State } from "./state.ts";

export interface ControlRoute {
  /** One line for people, told by `GET /sandbox/`. */
  readonly what: string;
  /** The keys of the JSON body and what they mean; without it no body is read. */
  readonly body?: Readonly<Record<string, string>>;
  readonly handle: (state: State, body: string) => Answer;
}

const done: Answer = { status: 204 };
const YEAR = 365 * 86_400;

const ROUTES: Readonly<Record<string, ControlRoute>> = {
  "GET /sandbox/": {
    what: "What can be controlled",
    handle: () => ({ status: 200, body: { routes: directory() } }),
  },
  "GET /sandbox/requests": {
    what: "The last 10,000 API requests, oldest first",
    handle: ({ log }) => ({ status: 200, body: log.all() }),
  },
  "DELETE /sandbox/requests": {
    what: "Forgets them",
    handle: ({ log }) => {
      log.clear();
      return done;
    },
  },
  "POST /sandbox/faults": {
    what: "Makes the next matching requests go wrong",
    body: {
      kind: `Required; one of ${FAULT_KINDS.join(", ")}`,
      count: "How many requests; 1",
      method: "Only requests with this method",
      path: "Only requests whose path has this in it",
      status: "HTTP status of status and html; 500 and 200",
      delayMs: "How long to wait first; 1000 for delay, otherwise 0",
      resetInSeconds: "With status 429, how far ahead the reset lies; 1",
      headers: "More headers of an answer that comes instead of the work",
    },
    handle: ({ faults }, body) => {
      faults.add(readFault(body));
      return done;
    },
  },
  "DELETE /sandbox/faults": {
    what: "Forgets the faults that are left",
    handle: ({ faults }) => {
      faults.clear();
      return done;
    },
  },
  "POST /sandbox/clock": {
    what: "Moves the clock of the org ahead: times, expiry and rate-limit windows follow",
    body: { advanceSeconds: "Required; by how many seconds, on top of what it was moved before" },
    handle: (_state, body) => {
      moveClock(body);
      return { status: 200, body: { now: iso(exactNow()), aheadSeconds: clockAhead() } };
    },
  },
  "POST /sandbox/reset": {
    what: "Puts the org back to its start: people, rate limits, faults and clock; the request log stays",
    body: { empty: "true: with nobody but the owner, for an import" },
    handle: (state, body) => {
      const empty = body !== "" && optionalFlag(objectIn(body, ["empty"]), "empty");
      resetClock();
      resetState(state, empty);
      return done;
    },
  },
  "POST /sandbox/import": {
    what: "Puts people and things into the org exactly as the body describes them",
    body: IMPORT_BODY,
    handle: ({ org }, body) => ({ status: 200, body: importInto(org, objectIn(body, Object.keys(IMPORT_BODY))) }),
  },
  "GET /sandbox/settings": {
    what: "How the org behaves where real orgs differ",
    handle: ({ org }) => ({ status: 200, body: org.knobs }),
  },
  "POST /sandbox/settings": {
    what: "Changes that",
    body: KNOB_MEANINGS,
    handle: ({ org }, body) => {
      const error = setKnobs(org.knobs, parsed(body));
      return error === undefined ? { status: 200, body: org.knobs } : { status: 400, body: { error } };
    },
  },
  "POST /sandbox/sign-in": {
    what: "Signs a person in, as if with a browser",
    body: SIGN_IN_BODY,
    handle: ({ org }, body) => signIn(org, parsed(body)),
  },
  ...oauthControls,
  "GET /sandbox/snapshot": {
    what: "What the org looks like inside, mails included",
    handle: ({ org }) => ({ status: 200, body: snapshot(org) }),
  },
};

/** Answers `/sandbox/...`: for tests and demos only, behind `authorization: Bearer <controlKey>`. */
export function control(state: State, { method, path, headers, body }: ApiRequest): Answer {
  if (!isKey(headers.authorization, state.settings.controlKey))
    return { status: 401, body: { error: "Control key required." } };
  const route = ROUTES[`${method} ${path}`];
  if (route === undefined) return { status: 404, body: { error: "No such control route; GET /sandbox/ lists them." } };
  try {
    return route.handle(state, body);
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return { status: 400, body: { error: error.message, field: error.field } };
  }
}

function directory(): object[] {
  return Object.entries(ROUTES).map(([name, { what, body }]) => {
    const [method, path] = name.split(" ");
    return { method, path, what, body };
  });
}

function moveClock(text: string): void {
  const body = objectIn(text, ["advanceSeconds"]);
  const seconds = wholeNumber(body, "advanceSeconds", { least: 1, most: 10 * YEAR });
  if (clockAhead() + seconds > 100 * YEAR) {
    throw new BadInput("advanceSeconds would move the clock more than 100 years ahead.", "advanceSeconds");
  }
  advanceClock(seconds);
}

/** What the org looks like inside, beyond what the API shows. No secrets but the codes of text messages. */
function snapshot(org: Org): object {
  return {
    ownerId: org.ownerId,
    users: org.users.all().map((user) => ({
      id: user.id,
      login: user.profile.login,
      status: user.status,
      transitioningToStatus: user.transitioningTo,
      lastLogin: iso(user.lastLogin),
      failedChecks: org.failedChecks.get(user.id) ?? 0,
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
    /** Codes sent by text message that still wait for an answer. */
    sms: openCodes(org),
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
