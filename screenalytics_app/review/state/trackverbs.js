// What people do with one track. Each verb is one gesture, so that one undo takes it back.
import * as api from "../api/endpoints.js";
import { cards, ep, versions } from "./episode.js";
import { perform } from "./gestures.js";
import { identityOf } from "./people.js";
import { fail } from "./toasts.js";
import { change, giveTracks } from "./verbs.js";

/** @import { Choice } from "./people.js" */
/** @import { TrackCard } from "../api/types.js" */

/** Move a track to a person: to their identity, or to a new one. @param {TrackCard} track @param {Choice} choice */
export function giveTrack(track, choice) {
  const from = track.identity_id;
  const known = "person_id" in choice ? identityOf.peek().get(choice.person_id) : undefined;
  if (from && cards.peek().get(from)?.tracks === 1 && !known) return change(from, { labels: choice }, "Name all the same");
  if (from) return giveTracks([track.track_id], from, choice);
  if (!known) return Promise.resolve(void fail("This track is in no identity. Move it to somebody who is on screen in this episode."));
  const body = { track_ids: [track.track_id], to_identity_id: known.identity_id };
  return perform((sending) => api.moveTracks(ep.peek(), { ...body, expect: versions([known.identity_id]) }, sending), {
    again: "Move all the same",
  });
}

/** @param {TrackCard} track */
export function notFace(track) {
  const body = { track_ids: [track.track_id], reason: /** @type {const} */ ("not_a_face") };
  const expect = track.identity_id ? versions([track.identity_id]) : {};
  return perform((sending) => api.dismissTracks(ep.peek(), { ...body, expect }, sending));
}

/** @param {string} track */
export function restore(track) {
  return perform((sending) => api.restoreTracks(ep.peek(), [track], sending));
}

/** Say that a track shows another person from a time on. @param {string} track @param {number} ts */
export function cut(track, ts) {
  return perform((sending) => api.cut(ep.peek(), track, ts, sending));
}

/** Make the picture of a track nearest to a time the thumbnail of its identity. @param {string} track @param {number} ts */
export function represent(track, ts) {
  return perform((sending) => api.represent(ep.peek(), track, ts, sending));
}
