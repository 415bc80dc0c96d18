// The open episode: its state and its identities, with the versions that gestures send back.
import { batch, computed, signal } from "../lib.js";
import { readEpisode, readIdentities, videoPath } from "../api/endpoints.js";

/** @import { EpisodeDetail, Event as Change, GestureResult, IdentityCard } from "../api/types.js" */

/** Id of the open episode, or "" on pages of no episode. */
export const ep = signal("");
export const detail = signal(/** @type {EpisodeDetail | null} */ (null));
/** Identities by id. */
export const cards = signal(/** @type {ReadonlyMap<string, IdentityCard>} */ (new Map()));
export const loaded = signal(false);
/** Why the episode could not be read. */
export const failure = signal(/** @type {Error | null} */ (null));
/** Grows with each change of the episode, so that pages read again what they show. */
export const revision = signal(0);

/** What a player needs of the episode's video. Before the episode is read, it is what most videos are; null without one. */
export const footage = computed(() =>
  detail.value ? detail.value.video : { url: videoPath(ep.value), width: 16, height: 9, fps: 25, player_offset_s: 0 },
);

/** Unnamed identities first, by seconds on screen. */
export const sorted = computed(() => [...cards.value.values()].sort(byNeed));

/** @param {IdentityCard} a @param {IdentityCard} b */
function byNeed(a, b) {
  const named = Number(a.person !== null) - Number(b.person !== null);
  return named || b.seconds - a.seconds || (a.identity_id < b.identity_id ? -1 : 1);
}

/** Decisions that are shown, and that the server told of. */
let lastSeq = 0;
let toldSeq = 0;

/** @param {string} id */
export function openEpisode(id) {
  if (id === ep.peek()) return;
  batch(() => {
    ep.value = id;
    detail.value = null;
    cards.value = new Map();
    loaded.value = false;
    failure.value = null;
  });
  lastSeq = toldSeq = 0;
  if (id) refresh();
}

/** Read the open episode again. */
export async function refresh() {
  const id = ep.peek();
  if (!id) return;
  try {
    const [episode] = await Promise.all([readEpisode(id), readCards(id)]);
    if (id !== ep.peek()) return;
    lastSeq = episode.last_seq;
    batch(() => {
      detail.value = episode;
      failure.value = null;
    });
    if (toldSeq > lastSeq) refresh();
  } catch (error) {
    if (id === ep.peek()) failure.value = /** @type {Error} */ (error);
  }
}

/** @param {string} id */
async function readCards(id) {
  const identities = await readIdentities(id);
  if (id !== ep.peek()) return;
  batch(() => {
    cards.value = new Map(identities.map((card) => [card.identity_id, card]));
    if (loaded.peek()) revision.value = revision.peek() + 1;
    loaded.value = true;
  });
}

/** Take over what a gesture changed. @param {GestureResult} result */
export function adopt(result) {
  if (result.ep_id !== ep.peek()) return;
  const next = new Map(cards.peek());
  for (const gone of Object.keys(result.gone)) next.delete(gone);
  for (const card of result.identities) next.set(card.identity_id, card);
  batch(() => {
    lastSeq = Math.max(lastSeq, result.last_seq);
    cards.value = next;
    revision.value = revision.peek() + 1;
  });
}

/** Somebody or a job changed something. @param {Change} change */
export function heard(change) {
  if (change.ep_id && change.ep_id !== ep.peek()) return;
  toldSeq = Math.max(toldSeq, change.last_seq ?? 0);
  const known = change.kind === "decisions" && (!loaded.peek() || toldSeq <= lastSeq);
  if (!known) refresh();
}

/** Versions of identities, for the `expect` of a request. @param {readonly string[]} ids @returns {Record<string, string>} */
export function versions(ids) {
  const known = ids.flatMap((id) => cards.peek().get(id) ?? []);
  return Object.fromEntries(known.map((card) => [card.identity_id, card.etag]));
}

/** Version of an identity, for If-Match. @param {string} id */
export function version(id) {
  return cards.peek().get(id)?.etag ?? "";
}
