// One gesture after another: sends it, takes over the answer, and says what happened with a way back.
import { signal } from "../lib.js";
import { newKey, Refusal } from "../api/client.js";
import * as api from "../api/endpoints.js";
import { adopt, cards, ep, refresh } from "./episode.js";
import { fail, say } from "./toasts.js";

/** @import { GestureResult } from "../api/types.js" */
/** @typedef {(sending: api.Sending) => Promise<GestureResult>} Send makes the request, with the versions of that moment */

/** @type {Promise<unknown>} */
let before = Promise.resolve();

/**
 * Do what a person asked for, after all earlier gestures.
 *
 * The answer is null if the server refused. A refusal that can be confirmed gets a button with the words `again`.
 * @param {Send} send
 * @param {{again?: string, onDone?: (result: GestureResult) => void}} [options]
 * @returns {Promise<GestureResult | null>}
 */
export function perform(send, { again = "Do it all the same", onDone } = {}) {
  return inTurn(() => attempt(send, { confirm: false }, again, onDone));
}

/** Number of gestures that the server has not answered yet. */
export const unanswered = signal(0);

/** @template T @param {() => Promise<T>} run @returns {Promise<T>} */
function inTurn(run) {
  unanswered.value += 1;
  const mine = before.then(run).finally(() => {
    unanswered.value -= 1;
  });
  before = mine.catch(() => undefined);
  return mine;
}

/**
 * @param {Send} send @param {Omit<api.Sending, "key">} how @param {string} again
 * @param {((result: GestureResult) => void) | undefined} onDone
 * @returns {Promise<GestureResult | null>}
 */
async function attempt(send, how, again, onDone) {
  try {
    const result = await send({ key: newKey(), ...how });
    adopt(result);
    report(result);
    onDone?.(result);
    return result;
  } catch (error) {
    const retry = (/** @type {typeof how} */ next) => void inTurn(() => attempt(send, { ...how, ...next }, again, onDone));
    refuse(error, waysOut(error, again, retry));
    return null;
  }
}

/**
 * What a person may do about a refusal: insist, or say which of two names stays.
 * @param {unknown} error @param {string} again @param {(how: Omit<api.Sending, "key">) => void} retry
 */
function waysOut(error, again, retry) {
  if (!(error instanceof Refusal)) return [];
  if (error.more.confirm === true) return [{ label: again, run: () => retry({ confirm: true }) }];
  if (error.kind !== "two-names") return [];
  const ids = /** @type {string[]} */ (error.more.people ?? []);
  return ids.map((id) => ({ label: `Keep ${personName(id)}`, run: () => retry({ confirm: false, keepName: id }) }));
}

/** @param {string} id */
function personName(id) {
  const card = [...cards.peek().values()].find((one) => one.person?.person_id === id);
  return card?.person?.name ?? id;
}

/** @param {GestureResult} result */
function report(result) {
  const text = [result.summary, ...(result.notes ?? [])].join(" ");
  say(text, result.gesture_id ? [{ label: "Undo", keys: "Ctrl+Z", run: () => void undo() }] : []);
}

/** @param {unknown} error @param {import("./toasts.js").ToastAction[]} [actions] */
export function refuse(error, actions = []) {
  if (!(error instanceof Refusal)) throw error;
  fail(error.message, actions);
  if (error.status === 412 || error.status === 410 || error.status === 404) refresh();
}

/** What hears of an undone gesture, such as the queue, which shows its question again. @type {Set<() => void>} */
export const onUndo = new Set();

/** Take back the last gesture, or the one with this id. @param {string} [gesture] */
export function undo(gesture) {
  return inTurn(() => back((key) => api.undo(ep.peek(), { key }, gesture), "Redo", redo, true));
}

/** Do again what was taken back last. */
export function redo() {
  return inTurn(() => back((key) => api.redo(ep.peek(), { key }), "Undo", undo, false));
}

/** @param {(key: string) => Promise<GestureResult>} send @param {string} label @param {() => void} run @param {boolean} undone */
async function back(send, label, run, undone) {
  try {
    const result = await send(newKey());
    adopt(result);
    say(result.summary, [{ label, keys: label === "Undo" ? "Ctrl+Z" : "Ctrl+Shift+Z", run: () => run() }]);
    if (undone) for (const hear of onUndo) hear();
  } catch (error) {
    refuse(error);
  }
}

/**
 * Take back one gesture. A refusal is returned, so that a page can show it next to the gesture.
 * @param {string} gesture @returns {Promise<Refusal | null>}
 */
export function tryUndo(gesture) {
  return inTurn(async () => {
    try {
      take(await api.undo(ep.peek(), { key: newKey() }, gesture));
      return null;
    } catch (error) {
      if (error instanceof Refusal && error.status === 409) return error;
      refuse(error);
      return null;
    }
  });
}

/** @param {GestureResult} result */
function take(result) {
  adopt(result);
  say(result.summary, [{ label: "Redo", keys: "Ctrl+Shift+Z", run: () => redo() }]);
  for (const hear of onUndo) hear();
}
