import { notFound, OktaError } from "./error.ts";
import { isOneOf } from "./guard.ts";
import { type Answer, type Call, ok, param, type Route, userRoute } from "./route.ts";
import type { User } from "./user.ts";

/** In the order of a recorded list; the last two came later. */
const TYPES = [
  "IWA_AGENT",
  "RATELIMIT_NOTIFICATION",
  "AD_AGENT",
  "CONNECTOR_AGENT",
  "LDAP_AGENT",
  "OKTA_UPDATE",
  "APP_IMPORT",
  "USER_LOCKED_OUT",
  "USER_DEPROVISION",
  "REPORT_SUSPICIOUS_ACTIVITY",
  "OKTA_ANNOUNCEMENT",
  "AGENT_AUTO_UPDATE_NOTIFICATION",
  "AGENT_AUTO_UPDATE_NOTIFICATION_LDAP",
] as const;
type NotificationType = (typeof TYPES)[number];

const PATH = "/api/v1/users/{userId}/subscriptions";
/** What each administrator has turned off; everything is on at first. unverified: Okta's first state by role. */
const OFF = new WeakMap<User, ReadonlySet<NotificationType>>();

/** Which mails an administrator wants from the org. Only about oneself: anybody else is 403 (OpenAPI 2026.06.3). */
export const subscriptionRoutes: readonly Route[] = [
  userRoute(`GET ${PATH}`, (call, user) => {
    requireSelf(call, user);
    return ok(TYPES.map((type) => view(call, user, type)));
  }),
  userRoute(`GET ${PATH}/{notificationType}`, (call, user) => {
    requireSelf(call, user);
    return ok(view(call, user, typeInPath(call)));
  }),
  userRoute(`POST ${PATH}/{notificationType}/subscribe`, (call, user) => turn(call, user, true)),
  userRoute(`POST ${PATH}/{notificationType}/unsubscribe`, (call, user) => turn(call, user, false)),
];

function requireSelf(call: Call, user: User): void {
  if (call.self !== user) throw new OktaError("E0000006");
}

function typeInPath(call: Call): NotificationType {
  const type = param(call, "notificationType");
  // unverified: entity name.
  if (!isOneOf(TYPES, type)) throw notFound(type, "NotificationType");
  return type;
}

/** unverified: the body; the specification promises 200 and calls it "No Content". */
function turn(call: Call, user: User, on: boolean): Answer {
  requireSelf(call, user);
  const type = typeInPath(call);
  const off = new Set(OFF.get(user));
  if (on) off.delete(type);
  else off.add(type);
  OFF.set(user, off);
  return { status: 200 };
}

/** The link leads to the other state (behaviour: recorded). */
function view({ origin }: Call, user: User, type: NotificationType): object {
  const self = `${origin}/api/v1/users/${user.id}/subscriptions/${type}`;
  const off = OFF.get(user)?.has(type) === true;
  const other = off ? "subscribe" : "unsubscribe";
  return {
    notificationType: type,
    channels: ["email"],
    status: off ? "unsubscribed" : "subscribed",
    _links: { [other]: { href: `${self}/${other}`, hints: { allow: ["POST"] } }, self: { href: self } },
  };
}
