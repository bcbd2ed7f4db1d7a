export { countUsers } from "./count-users.ts";
export { exportUsers } from "./export-users.ts";
export { listInactiveUsers } from "./list-inactive-users.ts";
export { undoChange } from "./undo-change.ts";
