import { operation } from "../src/operation.ts";
import { z } from "../src/schema.ts";
import { userId } from "./args.ts";
import { linked, nothingListed } from "./proof.ts";
import { relinked } from "./undo.ts";

const relationshipName = z.string();
const primaryName = z.string().describe("e.g. manager");

export const listLinkedObjectsForUser = operation({
  name: "list_linked_objects_for_user",
  title: "List linked objects",
  summary: "The people linked to a user, e.g. the manager or all subordinates.",
  route: "GET /api/v1/users/{userId}/linkedObjects/{relationshipName}",
  scope: "okta.users.read",
  effect: "read",
  path: { userId, relationshipName },
  listOf: "linkedObject",
});

export const setLinkedObjectForUser = operation({
  name: "set_linked_object_for_user",
  title: "Set linked object",
  summary: "Make primaryUserId the primary (e.g. manager) of userId, replacing an earlier one.",
  route: "PUT /api/v1/users/{userId}/linkedObjects/{primaryRelationshipName}/{primaryUserId}",
  scope: "okta.users.manage",
  effect: "update",
  idempotent: true,
  seenWith: "list_linked_objects_for_user",
  proof: linked,
  undo: relinked("primaryRelationshipName"),
  lookUp: ["primaryUserId"],
  path: { userId, primaryRelationshipName: primaryName, primaryUserId: userId },
});

export const deleteLinkedObjectForUser = operation({
  name: "delete_linked_object_for_user",
  title: "Delete linked object",
  summary: "Remove a user's link to their primary (e.g. manager).",
  route: "DELETE /api/v1/users/{userId}/linkedObjects/{relationshipName}",
  scope: "okta.users.manage",
  effect: "destructive",
  idempotent: true,
  undoneBy: "set_linked_object_for_user",
  undo: relinked("relationshipName"),
  seenWith: "list_linked_objects_for_user",
  proof: nothingListed,
  alongside: "list_linked_objects_for_user",
  path: { userId, relationshipName: primaryName },
  confirm: () => "The link is gone; what apps and rules derive from it changes too.",
});
