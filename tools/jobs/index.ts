export { undoChange } from "./undo-change.ts";
