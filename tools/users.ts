import { operation } from "../src/operation.ts";
import { z } from "../src/schema.ts";
import { after, conditions, flag, ifMatch, limit, oktaResponse, prefer, strict, userId } from "./args.ts";
import { credentials } from "./credential.ts";
import { profile, waysIn } from "./profile.ts";
import { profileChanges, profileReplaced } from "./profile-changes.ts";
import { created, deleted, replaced, updated } from "./proof.ts";
import { attributesRestored } from "./undo.ts";

const type = z.object({ id: z.string() }).strict().optional();
const realmId = z.string().optional();

export const listUsers = operation({
  name: "list_users",
  title: "List users",
  summary: "List or find users. Leaves out DEPROVISIONED unless search or filter is given; may lag behind writes.",
  route: "GET /api/v1/users",
  scope: "okta.users.read",
  effect: "read",
  path: {},
  query: {
    search: z
      .string()
      .describe(
        'any attribute, e.g. status eq "ACTIVE" and profile.department sw "Eng"; eq sw pr gt ge lt le; co on names, login, email',
      )
      .optional(),
    filter: z.string().describe("like search, eq only, fewer properties, case-sensitive").optional(),
    q: z.string().describe("start of one name or email; one page").optional(),
    after,
    limit: limit(25),
    sortBy: z.string().describe("one property; needs search").optional(),
    sortOrder: z.enum(["asc", "desc"]).optional(),
    fields: z.string().describe("e.g. id,status,profile:(login,city)").optional(),
    expand: z.enum(["classification"]).optional(),
  },
  headers: { oktaResponse },
  check: (args) =>
    conditions(args) ??
    (args.detail === "full" && args.limit > 25
      ? { field: "limit", problem: "must be at most 25 with detail full" }
      : undefined),
  listOf: "user",
});

export const getUser = operation({
  name: "get_user",
  title: "Get user",
  summary: "One user, always current. `me` is the token's owner.",
  route: "GET /api/v1/users/{userId}",
  scope: "okta.users.read",
  effect: "read",
  path: { userId },
  query: { expand: z.enum(["blocks", "classification"]).optional() },
  headers: { oktaResponse },
  returns: "user",
});

export const createUser = operation({
  name: "create_user",
  title: "Create user",
  summary: "Create and activate a user; without a password mails them unless activate is false.",
  route: "POST /api/v1/users",
  scope: "okta.users.manage",
  effect: "additive",
  sendsEmail: true,
  proof: created,
  path: {},
  query: {
    activate: flag("default true"),
    provider: flag("true with a FEDERATION or SOCIAL provider"),
    nextLogin: z.enum(["changePassword"]).describe("password must be changed at first sign-in").optional(),
  },
  body: {
    profile: profile.describe("login, email, firstName, lastName required; custom attributes too"),
    credentials: credentials.optional(),
    groupIds: z.array(z.string()).max(20).describe("at most 20").optional(),
    type,
    realmId,
  },
  confirm: ({ groupIds }) =>
    groupIds && groupIds.length > 0
      ? "The new person gets everything these groups carry, admin roles included."
      : undefined,
  returns: "user",
});

export const updateUser = operation({
  name: "update_user",
  title: "Update user",
  summary: "Change the attributes given; null clears one. Ways into the account ask.",
  route: "POST /api/v1/users/{userId}",
  scope: "okta.users.manage",
  effect: "update",
  idempotent: true,
  uncertainFrom: ["DEPROVISIONED"],
  proof: updated,
  changes: profileChanges,
  undo: attributesRestored,
  previews: true,
  path: { userId },
  query: { strict },
  headers: { ifMatch },
  body: { profile: profile.optional(), credentials: credentials.optional(), type, realmId },
  confirm: ({ profile, credentials }, target) => {
    if (credentials) return "Whoever knows the new credentials can sign in as this person; the old ones stop working.";
    const changed = waysIn.some(
      (name) => profile?.[name] !== undefined && (!target || profile[name] !== (target.profile[name] ?? null)),
    );
    return changed
      ? "Whoever controls the new login, e-mail address or phone can recover the password and take the account over."
      : undefined;
  },
  returns: "user",
});

export const replaceUser = operation({
  name: "replace_user",
  title: "Replace user",
  summary: "Replace the profile: attributes not given are ERASED. Prefer update_user.",
  route: "PUT /api/v1/users/{userId}",
  scope: "okta.users.manage",
  effect: "destructive",
  idempotent: true,
  uncertainFrom: ["DEPROVISIONED"],
  proof: replaced,
  changes: profileReplaced,
  path: { userId },
  query: { strict },
  headers: { ifMatch },
  body: { profile: profile.optional(), credentials: credentials.optional(), type, realmId },
  confirm: ({ profile }) =>
    profile
      ? "Every profile attribute that is not given is erased; credentials given replace the old ones."
      : "What is given replaces the old credentials or user type; the profile stays.",
  returns: "user",
});

export const deleteUser = operation({
  name: "delete_user",
  title: "Deactivate or erase user",
  summary: "Deactivate, or ERASE the account for good if already DEPROVISIONED: a second call is not a repeat.",
  route: "DELETE /api/v1/users/{userId}",
  scope: "okta.users.manage",
  effect: "destructive",
  irreversible: true,
  sendsEmail: true,
  proof: deleted,
  erases: true,
  changes: (_, { status }) =>
    status === null || status === "DEPROVISIONED" ? {} : { status: { from: status, to: "DEPROVISIONED" } },
  alongside: "list_app_links",
  path: { userId },
  query: { sendEmail: flag("mail the admin; default false") },
  headers: { prefer },
  confirm: (_, target) =>
    target?.status === "DEPROVISIONED"
      ? "The account is already deactivated: this erases it for good. Nothing brings it back."
      : "The person is deactivated: no sign-in, all app assignments lost for good. A second call erases the account.",
});

export const listUserBlocks = operation({
  name: "list_user_blocks",
  title: "List user blocks",
  summary: "Whether sign-in is blocked from any or unknown devices.",
  route: "GET /api/v1/users/{userId}/blocks",
  scope: "okta.users.read",
  effect: "read",
  path: { userId },
  listOf: "block",
});
