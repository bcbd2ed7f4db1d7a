import type { Complaint, HeaderArgument } from "../src/operation.ts";
import { z } from "../src/schema.ts";

export const userId = z.string().describe("id or login");
export const grantId = z.string();
export const clientId = z.string();
export const tokenId = z.string();
export const roleAssignmentId = z.string();
export const appName = z.string().describe("e.g. salesforce");
export const appId = z.string();
export const groupId = z.string();
export const factorId = z.string();

export const after = z.string().describe("next of the last reply").optional();

/** A page size: Okta's bounds are 1 to 200; the default differs from list to list. */
export function limit(defaultSize: number): z.ZodDefault<z.ZodNumber> {
  return z.number().int().min(1).max(200).default(defaultSize).describe(`1 to 200, default ${defaultSize}`);
}

/** A yes-or-no argument that may be left out; `meaning` says what true does and which is the default. */
export function flag(meaning: string): z.ZodOptional<z.ZodBoolean> {
  return z.boolean().describe(meaning).optional();
}

export const strict = flag("enforce password age and history");

const text = (value: unknown): string => String(value);

export const ifMatch = {
  header: "if-match",
  schema: z.string().describe("etag from get_user").optional(),
  format: text,
} satisfies HeaderArgument;

export const prefer = {
  header: "prefer",
  schema: z.enum(["respond-async"]).optional(),
  format: text,
} satisfies HeaderArgument;

const omissible = ["omitCredentials", "omitCredentialsLinks", "omitTransitioningToStatus"] as const;

/**
 * Okta takes the parts it may leave out as a parameter of the Content-Type of a GET (OpenAPI 2026.06.3, OktaResponse).
 * A concise reply shows none of them, and Okta is only faster without all three (documented).
 */
export const oktaResponse = {
  header: "content-type",
  schema: z.array(z.enum(omissible)).optional(),
  whenAbsent: ({ detail, fields, expand }) =>
    detail === "full" || fields !== undefined || expand !== undefined ? undefined : omissible,
  format: (flags: unknown): string =>
    Array.isArray(flags) && flags.length > 0
      ? `application/json; okta-response=${flags.join(",")}`
      : "application/json",
} satisfies HeaderArgument;

export const expandScope = z.enum(["scope"]).describe("scope details").optional();

/** Okta mails the link unless told not to, and then returns it. */
export const returnsLink = ({ sendEmail }: Readonly<Record<string, unknown>>): boolean => sendEmail === false;

/** Okta returns the link unless told to mail it. */
export const returnsLinkUnlessMailed = ({ sendEmail }: Readonly<Record<string, unknown>>): boolean =>
  sendEmail !== true;

/** The conditions of a list that do not go together: of `search`, `filter` and `q` only one can be given. */
export function conditions({
  search,
  filter,
  q,
  sortBy,
  after,
}: { readonly [K in "search" | "filter" | "q" | "sortBy" | "after"]?: string | undefined }): Complaint | undefined {
  if (search !== undefined && filter !== undefined)
    return { field: "filter", problem: "cannot be combined with search; put the condition into search" };
  // unverified for groups: what Okta makes of q beside these.
  if (q !== undefined && (search ?? filter) !== undefined)
    return { field: "q", problem: "cannot be combined with search or filter; put the condition into search" };
  if (sortBy !== undefined && search === undefined)
    return { field: "sortBy", problem: "has no effect without search; add a search" };
  if (q !== undefined && after !== undefined)
    return { field: "after", problem: "does not go with q, which has one page; use search" };
  return undefined;
}
