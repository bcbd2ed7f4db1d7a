export { bulkUserAction } from "./bulk-user-action.ts";
export { findUser } from "./find-user.ts";
export { getUserAccess } from "./get-user-access.ts";
export { undoChange } from "./undo-change.ts";
