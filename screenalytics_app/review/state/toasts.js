// Short messages. They say what was done and how to take it back, or why something was refused.
import { signal } from "../lib.js";

/** @typedef {{label: string, run: () => void, keys?: string}} ToastAction */
/** @typedef {{id: number, text: string, kind: "done" | "refused", actions: ToastAction[]}} Toast */

const MOST = 2;

export const toasts = signal(/** @type {readonly Toast[]} */ ([]));
let lastId = 0;

/** @param {string} text @param {ToastAction[]} [actions] @param {Toast["kind"]} [kind] */
export function say(text, actions = [], kind = "done") {
  lastId += 1;
  const kept = toasts.peek().filter((toast) => toast.kind === "done");
  toasts.value = [...kept, { id: lastId, text, kind, actions }].slice(-MOST);
  return lastId;
}

/** Say why something was refused. @param {string} text @param {ToastAction[]} [actions] */
export function fail(text, actions = []) {
  return say(text, actions, "refused");
}

/** @param {number} id */
export function close(id) {
  toasts.value = toasts.peek().filter((toast) => toast.id !== id);
}

export function closeAll() {
  toasts.value = [];
}
