// What people do with identities and tracks. Each verb is one gesture, so that one undo takes it back.
import * as api from "../api/endpoints.js";
import { cards, ep, version, versions } from "./episode.js";
import { perform } from "./gestures.js";
import { identityOf } from "./people.js";

/** @import { Choice } from "./people.js" */
/** @import { GestureResult, IdentityChange } from "../api/types.js" */

/** @param {string} target @param {readonly string[]} sources */
export function merge(target, sources) {
  const others = sources.filter((id) => id !== target);
  if (!others.length) return Promise.resolve(null);
  return perform(
    (sending) =>
      api.merge(ep.peek(), { target_id: target, source_ids: others, expect: versions([target, ...others]) }, sending),
    { again: "Merge all the same" },
  );
}

/**
 * Merge a selection: into a named identity if there is one, else into the one with the most seconds.
 * @param {readonly string[]} ids
 */
export function mergeAll(ids) {
  const chosen = ids.flatMap((id) => cards.peek().get(id) ?? []);
  chosen.sort((a, b) => Number(b.person !== null) - Number(a.person !== null) || b.seconds - a.seconds);
  return chosen.length > 1 ? merge(chosen[0].identity_id, ids) : Promise.resolve(null);
}

/** @param {string} id @param {IdentityChange} body @param {string} [again] */
export function change(id, body, again) {
  return perform((sending) => api.change(ep.peek(), id, version(id), body, sending), { again });
}

/**
 * Give identities a name. Several become one: the one that has the name already, or else the longest on screen.
 * @param {readonly string[]} ids @param {Choice} choice
 * @returns {Promise<GestureResult | null>}
 */
export async function nameAll(ids, choice) {
  if (ids.length === 1) return change(ids[0], { labels: choice }, "Name all the same");
  const named = "person_id" in choice ? identityOf.peek().get(choice.person_id) : undefined;
  if (named) return merge(named.identity_id, ids);
  const merged = await mergeAll(ids);
  const target = merged?.identities.find((card) => ids.includes(card.identity_id));
  return target ? change(target.identity_id, { labels: choice }, "Name all the same") : null;
}

/** @param {readonly string[]} ids */
export async function notFaces(ids) {
  for (const id of ids)
    await perform((sending) =>
      api.dismissIdentity(ep.peek(), id, { reason: "not_a_face", expect: versions([id]) }, sending),
    );
}

/** Lock identities, or unlock them if all are locked. @param {readonly string[]} ids */
export async function toggleLock(ids) {
  const locked = !ids.every((id) => cards.peek().get(id)?.locked);
  for (const id of ids) if (cards.peek().get(id)?.locked !== locked) await change(id, { locked });
}

/** @param {readonly string[]} ids */
export async function markReviewed(ids) {
  for (const id of ids) if (!cards.peek().get(id)?.reviewed) await change(id, { reviewed: true });
}

/** @param {string} id @param {string} person */
export function notPerson(id, person) {
  return perform((sending) => api.notPerson(ep.peek(), id, { person_id: person, expect: versions([id]) }, sending));
}

/** @param {readonly string[]} tracks @param {string} from @param {string} to */
export function moveTracks(tracks, from, to) {
  const body = { track_ids: [...tracks], from_identity_id: from, to_identity_id: to };
  return perform((sending) => api.moveTracks(ep.peek(), { ...body, expect: versions([from, to]) }, sending), {
    again: "Move all the same",
  });
}

/** @param {readonly string[]} tracks @param {string} from */
export function split(tracks, from) {
  const body = { identity_id: from, track_ids_to_split: [...tracks] };
  return perform((sending) => api.split(ep.peek(), { ...body, expect: versions([from]) }, sending));
}

/**
 * Move tracks to a person: to their identity, or to a new one of that name.
 * @param {readonly string[]} tracks @param {string} from @param {Choice} choice
 */
export async function giveTracks(tracks, from, choice) {
  const known = "person_id" in choice ? identityOf.peek().get(choice.person_id) : undefined;
  if (known) return moveTracks(tracks, from, known.identity_id);
  const result = await split(tracks, from);
  const made = result?.identities.find((card) => card.identity_id !== from);
  return made ? change(made.identity_id, { labels: choice }) : null;
}

/** @param {readonly string[]} tracks @param {string} from */
export function notFaceTracks(tracks, from) {
  const body = { track_ids: [...tracks], reason: /** @type {const} */ ("not_a_face") };
  return perform((sending) => api.dismissTracks(ep.peek(), { ...body, expect: versions([from]) }, sending));
}
