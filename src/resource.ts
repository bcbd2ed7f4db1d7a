import { inertText } from "./inert.ts";
import type { Outcome } from "./outcome.ts";
import { isJsonObject, type JsonObject } from "./schema.ts";

/** Something to read by URI, and the tool whose reply it is. */
export interface Resource {
  /** RFC 6570, with `{id}` where somebody is named. */
  readonly uri: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The tool, or what is no tool's: the recent changes of the journal. */
  readonly reads: { readonly tool: string; readonly arguments?: JsonObject } | "journal";
  /** A tool that shows as much: where it is off, the resource does not exist. */
  readonly shows?: string;
}

/** Every resource there is. */
export const RESOURCES: readonly Resource[] = [
  {
    uri: "okta://users/{id}",
    name: "user",
    title: "Okta user",
    description: "One user, always current; id or login, percent-encoded.",
    reads: { tool: "get_user" },
  },
  {
    uri: "okta://users/{id}/access",
    name: "user-access",
    title: "Access of an Okta user",
    description: "What a user can reach: groups, apps, admin roles, OAuth clients, linked people.",
    reads: { tool: "get_user_access" },
  },
  {
    uri: "okta://schema/user",
    name: "user-schema",
    title: "Okta user schema",
    description: "The attributes of a profile in this org, custom ones too.",
    reads: { tool: "get_user_schema", arguments: { schemaId: "default" } },
  },
  {
    uri: "okta://journal/recent",
    name: "recent-changes",
    title: "Recent changes",
    description:
      "The last 50 changes this account made in the org through this server, newest first, from its journal.",
    reads: "journal",
    shows: "get_user",
  },
];

/** A resource or a template of them as hosts are shown it, in the words of the Model Context Protocol. */
export interface ResourceDefinition {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: "application/json";
}

/** What reading came to: a JSON object, or why there is none. */
export type ResourceAnswer = { readonly reply: JsonObject } | { readonly problem: ResourceProblem };

export interface ResourceProblem {
  readonly kind: "not found" | "invalid" | "internal";
  readonly message: string;
  readonly data: JsonObject;
}

export interface ResourceSettings {
  isOn(tool: string): boolean;
  readonly journalOn: boolean;
}

/** How a resource is read. */
export interface Reading {
  call(tool: string, args: JsonObject): Promise<Outcome>;
  recentChanges(): Promise<Outcome>;
}

/** The resources that exist in a configuration. */
export interface Resources {
  readonly fixed: readonly (ResourceDefinition & { uri: string })[];
  readonly templates: readonly (ResourceDefinition & { uriTemplate: string })[];
  read(uri: string, reading: Reading): Promise<ResourceAnswer>;
}

/** Chooses among the resources by the tools that are on. */
export function openResources({ isOn, journalOn }: ResourceSettings): Resources {
  const allowed = ({ shows }: Resource): boolean => shows === undefined || isOn(shows);
  const open = RESOURCES.filter(
    (resource) => allowed(resource) && (resource.reads === "journal" ? journalOn : isOn(resource.reads.tool)),
  );
  const shown = ({ name, title, description }: Resource): ResourceDefinition => ({
    name,
    title,
    description,
    mimeType: "application/json",
  });
  return {
    fixed: open.filter(isFixed).map((resource) => ({ uri: resource.uri, ...shown(resource) })),
    templates: open
      .filter((resource) => !isFixed(resource))
      .map((resource) => ({ uriTemplate: resource.uri, ...shown(resource) })),
    read: async (uri, reading) => {
      const found = find(uri);
      if (found === undefined) return { problem: unknown(uri) };
      const { reads, shows } = found.resource;
      if (!allowed(found.resource)) return { problem: explained(uri, withoutTool(shows)) };
      // A resource whose own tool is off is asked too: the tool says why.
      const { failed, reply } =
        reads === "journal"
          ? await reading.recentChanges()
          : await reading.call(reads.tool, { ...reads.arguments, ...found.arguments });
      return failed ? { problem: explained(uri, reply) } : { reply };
    },
  };
}

function isFixed({ uri }: Resource): boolean {
  return !uri.includes("{");
}

function find(uri: string): { readonly resource: Resource; readonly arguments: JsonObject } | undefined {
  const fixed = RESOURCES.find((resource) => isFixed(resource) && resource.uri === uri);
  if (fixed) return { resource: fixed, arguments: {} };
  const { segment = "", rest = "" } = /^okta:\/\/users\/(?<segment>[^/]+)(?<rest>\/.*)?$/.exec(uri)?.groups ?? {};
  const resource = RESOURCES.find(({ uri: template }) => template === `okta://users/{id}${rest}`);
  const id = idIn(segment);
  return resource === undefined || id === undefined ? undefined : { resource, arguments: { userId: id } };
}

const LONGEST_ID = 255;

/** The characters of one segment of a URI (RFC 3986). */
const SEGMENT = /^(?:[\w.~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+$/;

/** The id in a segment, decoded once; undefined where it cannot be one. */
function idIn(segment: string): string | undefined {
  if (!SEGMENT.test(segment)) return undefined;
  const id = decoded(segment);
  if (id === undefined || id.trim() === "" || id === "." || id === ".." || /[/\\?]/.test(id)) return undefined;
  // What is not shown as it is holds hidden characters or is too long.
  return inertText(id, LONGEST_ID) === id ? id : undefined;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function unknown(uri: string): ResourceProblem {
  const shown = inertText(uri, 100);
  return { kind: "not found", message: `There is no resource ${JSON.stringify(shown)}`, data: { uri: shown } };
}

/** Why there is no resource where this tool is off, in the form of a failed reply. */
function withoutTool(tool = ""): JsonObject {
  const summary = `Nothing was read: this resource exists only where ${tool} is on.`;
  return {
    error: { code: "tool_disabled", status: null, summary, causes: [], requestId: null },
    hint: "Whoever runs this server chooses its tools; do not look for a way around it.",
  };
}

/** Codes of calls that cannot succeed as they were made. */
const INVALID = ["invalid_arguments", "ambiguous_user", "read_only", "tool_disabled"];

/** The failure of a tool; its texts are explained and inert already. */
function explained(uri: string, reply: JsonObject): ResourceProblem {
  const { code, status, summary } = isJsonObject(reply.error) ? reply.error : {};
  // What Okta said stands in quotes: it is data.
  const said = typeof status === "number" ? `Okta answered ${JSON.stringify(summary)} (${code}).` : summary;
  const kind = status === 404 ? "not found" : INVALID.includes(String(code)) ? "invalid" : "internal";
  return { kind, message: `${said} ${reply.hint}`, data: { uri: inertText(uri, 1_000), ...reply } };
}
