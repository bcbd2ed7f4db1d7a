import { invalid, notFound, OktaError } from "./error.ts";
import { isObject, isString } from "./guard.ts";
import { type LinkDefinition, type LinkSide, link, type Org, unlink } from "./org.ts";
import { links } from "./page.ts";
import {
  type Answer,
  byId,
  type Call,
  created,
  jsonBody,
  noContent,
  ok,
  param,
  type Route,
  route,
  userRoute,
} from "./route.ts";
import type { User } from "./user.ts";

const DEFINITIONS = "/api/v1/meta/schemas/user/linkedObjects";
const VALUES = "/api/v1/users/{userIdOrLogin}/linkedObjects";
const MAX_DEFINITIONS = 200;

/** Relations between users: the definitions. */
export const linkDefinitionRoutes: readonly Route[] = [
  route(`GET ${DEFINITIONS}`, ({ org, origin }) =>
    ok([...org.links.values()].map((entry) => definitionView(entry, origin))),
  ),
  route(`POST ${DEFINITIONS}`, createDefinition),
  route(`GET ${DEFINITIONS}/{name}`, (call) =>
    ok(definitionView(definition(call.org, param(call, "name")), call.origin)),
  ),
  route(`DELETE ${DEFINITIONS}/{name}`, (call) => {
    call.org.links.delete(definition(call.org, param(call, "name")).primary.name);
    return noContent;
  }),
];

/** The values on a user. */
export const linkedObjectRoutes: readonly Route[] = [
  userRoute(`GET ${VALUES}/{relationshipName}`, listValues),
  userRoute(`DELETE ${VALUES}/{relationshipName}`, removeValue),
  userRoute(`PUT ${VALUES}/{primaryRelationshipName}/{primaryUserId}`, setValue),
];

/** The primary name leads to at most one user, the associated name to many (behaviour: recorded). */
function listValues(call: Call, user: User): Answer {
  const name = param(call, "relationshipName");
  const found = definition(call.org, name);
  const ids =
    found.primary.name === name
      ? [found.primaryOf.get(user.id)].filter(isString)
      : [...(found.associatedOf.get(user.id) ?? [])];
  const body = ids.map((id) => ({ _links: { self: { href: `${call.origin}/api/v1/users/${id}` } } }));
  return { status: 200, body, headers: { link: links(call, { byDefault: 1000, max: 1000 }, 1000, undefined) } };
}

/** 204, replacing an older value (behaviour: recorded). A user may be his own primary. */
function setValue(call: Call, user: User): Answer {
  const found = byPrimaryName(call.org, param(call, "primaryRelationshipName"));
  link(found, user.id, byId(call, param(call, "primaryUserId")).id);
  return noContent;
}

/** 204 also when nothing was set (behaviour: recorded). Only the primary name: the associated side is a list. */
function removeValue(call: Call, user: User): Answer {
  unlink(byPrimaryName(call.org, param(call, "relationshipName")), user.id);
  return noContent;
}

function definition(org: Org, name: string): LinkDefinition {
  const found = org.links.get(name) ?? [...org.links.values()].find((candidate) => candidate.associated.name === name);
  if (found === undefined) throw notFound(name, "LinkedObjectProperty");
  return found;
}

// unverified: that an associated name is not found where a primary name is wanted.
function byPrimaryName(org: Org, name: string): LinkDefinition {
  const found = org.links.get(name);
  if (found === undefined) throw notFound(name, "LinkedObjectProperty");
  return found;
}

function createDefinition(call: Call): Answer {
  const { org } = call;
  const body = jsonBody(call, new Set(["primary", "associated"]));
  const [primary, associated] = [readSide(body.primary, "primary"), readSide(body.associated, "associated")];
  const names = [...org.links.values()].flatMap((entry) => [entry.primary.name, entry.associated.name]);
  const taken = [primary.name, associated.name].find((name) => names.includes(name));
  if (taken !== undefined || primary.name === associated.name) {
    // unverified: the argument of the summary.
    throw new OktaError("E0000127", [], `The name ${taken ?? primary.name} is already in use.`);
  }
  if (org.links.size >= MAX_DEFINITIONS) throw invalid("linkedObject", "There are already 200 definitions.");
  const entry = { primary, associated, primaryOf: new Map(), associatedOf: new Map() };
  org.links.set(primary.name, entry);
  return created(definitionView(entry, call.origin));
}

function readSide(side: unknown, which: string): LinkSide {
  if (!isObject(side)) throw invalid(which, `${which}: The field cannot be left blank`);
  const { name, title, description, type } = side;
  if (!isString(name) || name === "") throw invalid("name", "name: The field cannot be left blank");
  if (!isString(title) || title === "") throw invalid("title", "title: The field cannot be left blank");
  if (type !== "USER") throw invalid("type", "type: The only type is USER");
  return { name, title, description: isString(description) ? description : "" };
}

function definitionView(entry: LinkDefinition, origin: string): object {
  return {
    primary: { ...entry.primary, type: "USER" },
    associated: { ...entry.associated, type: "USER" },
    _links: { self: { href: `${origin}${DEFINITIONS}/${entry.primary.name}` } },
  };
}
