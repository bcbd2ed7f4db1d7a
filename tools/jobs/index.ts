export { bulkUserAction } from "./bulk-user-action.ts";
export { undoChange } from "./undo-change.ts";
