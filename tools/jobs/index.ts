export { bulkUserAction } from "./bulk-user-action.ts";
export { findUser } from "./find-user.ts";
export { getUserAccess } from "./get-user-access.ts";
export { offboardUser } from "./offboard-user.ts";
export { onboardUser } from "./onboard-user.ts";
export { undoChange } from "./undo-change.ts";
