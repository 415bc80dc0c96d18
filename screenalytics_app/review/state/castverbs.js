// What people do with the cast. It is no part of an episode's decisions, so each verb brings its own way back.
import { Refusal } from "../api/client.js";
import * as api from "../api/endpoints.js";
import { count } from "../words.js";
import { refresh } from "./episode.js";
import { castTurn, show } from "./people.js";
import { fail, say } from "./toasts.js";

/** @import { CastDetail, PersonChange, UploadedSeeds } from "../api/types.js" */
/** @import { ToastAction } from "./toasts.js" */

/**
 * Do something, read the cast again, and say what happened. The answer is null if the server refused.
 * @template T @param {() => Promise<T>} run
 * @param {(done: T) => {text: string, actions?: ToastAction[]}} words
 * @param {(refusal: Refusal) => ToastAction[]} [ways] what a person may do about a refusal
 * @returns {Promise<{done: T} | null>}
 */
async function attempt(run, words, ways = () => []) {
  try {
    const done = await run();
    const { text, actions } = words(done);
    say(text, actions);
    castTurn.value += 1;
    await refresh();
    return { done };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    fail(error.message, ways(error));
    return null;
  }
}

/** @param {string} name */
export function addPerson(name) {
  return attempt(
    () => api.addPerson({ show: show.peek(), name }),
    (card) => ({ text: `Added ${card.name}.`, actions: [{ label: "Undo", run: () => void removePerson(card.person_id, card.name, false, []) }] }),
  );
}

/** @param {CastDetail} person @param {Partial<PersonChange>} change @param {string} [text] */
export function changePerson(person, change, text = `Changed ${change.name ?? person.name}.`) {
  const before = Object.fromEntries(Object.keys(change).map((key) => [key, person[/** @type {keyof PersonChange} */ (key)]]));
  return attempt(
    () => api.changePerson(person.show, person.person_id, change),
    (now) => ({ text, actions: [{ label: "Undo", run: () => void changePerson(now, before, `Changed ${person.name} back.`) }] }),
  );
}

/** @param {string} person @param {string} name @param {boolean} force @param {ToastAction[]} back @param {() => void} [onDone] */
export async function removePerson(person, name, force, back, onDone) {
  const result = await attempt(
    () => api.removePerson(show.peek(), person, force),
    () => ({ text: `Removed ${name} from the cast.`, actions: force ? [] : back }),
    (refusal) => {
      const again = { label: "Remove for good, with the reference faces", run: () => void removePerson(person, name, true, [], onDone) };
      return refusal.status === 409 && !force ? [again] : [];
    },
  );
  if (result) onDone?.();
}

/** @param {CastDetail} person @param {() => void} onDone */
export function removeMember(person, onDone) {
  const { show, person_id, name, aliases, role } = person;
  const again = () => attempt(() => api.addPerson({ show, person_id, name, aliases, role }), () => ({ text: `Added ${name} again.` }));
  return removePerson(person_id, name, false, [{ label: "Undo", run: () => void again() }], onDone);
}

/** Add pictures as reference faces. The sentences about refused pictures are returned. @param {string} person @param {readonly File[]} files */
export async function upload(person, files) {
  if (!files.length) return [];
  try {
    const { added, refused } = await api.uploadSeeds(show.peek(), person, files);
    say(uploadWords({ added, refused }));
    castTurn.value += 1;
    await refresh();
    return [...refused];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    fail(error.message);
    return [error.message];
  }
}

/** @param {UploadedSeeds} uploaded */
function uploadWords({ added, refused }) {
  const first = `Added ${count(added.length, "reference face")}.`;
  return refused.length ? `${first} ${count(refused.length, "picture")} refused.` : first;
}

/** @param {CastDetail} person @param {string} seed */
export function feature(person, seed) {
  const before = person.seeds.find((one) => one.featured)?.seed_id;
  const back = before && before !== seed ? [{ label: "Undo", run: () => void feature(person, before) }] : [];
  return attempt(
    () => api.featureSeed(person.show, person.person_id, seed),
    () => ({ text: `This face now represents ${person.name}.`, actions: back }),
  );
}

/** Remove a reference face with its pictures, which cannot be undone. @param {CastDetail} person @param {string} seed */
export function removeSeed(person, seed) {
  return attempt(
    () => api.removeSeed(person.show, person.person_id, seed),
    () => ({ text: `Removed a reference face of ${person.name}, with its pictures.` }),
  );
}
