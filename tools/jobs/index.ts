export { offboardUser } from "./offboard-user.ts";
export { onboardUser } from "./onboard-user.ts";
export { undoChange } from "./undo-change.ts";
