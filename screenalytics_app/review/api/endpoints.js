// What the pages ask the server for. Names are those of the API.
import { get, getAll, request } from "./client.js";

/** @import * as api from "./types.js" */
/** @typedef {{key: string, confirm: boolean, keepName?: string}} Sending what one gesture adds to its request */
/** @typedef {Promise<api.GestureResult>} Done */

/** @param {string} ep @param {string[]} parts */
export const episodePath = (ep, ...parts) => ["/episodes", ...[ep, ...parts].map(encodeURIComponent)].join("/");

/** @returns {Promise<api.EpisodeCard[]>} */
export const readEpisodes = () => getAll("/episodes");
/** @param {string} ep @returns {Promise<api.EpisodeDetail>} */
export const readEpisode = (ep) => get(episodePath(ep));
/** @param {string} ep @returns {Promise<api.IdentityCard[]>} */
export const readIdentities = (ep) => getAll(episodePath(ep, "identities"));
/** @param {string} ep @param {string} id @returns {Promise<api.IdentityDetail>} */
export const readIdentity = (ep, id) => get(episodePath(ep, "identities", id));
/** @param {string} ep @returns {Promise<api.Queue>} */
export const readQueue = (ep) => get(episodePath(ep, "queue"));
/** @param {string} show @returns {Promise<api.CastCard[]>} */
export const readCast = (show) => getAll(`/cast?show=${encodeURIComponent(show)}`);

/** @param {string} ep @param {api.Merge} body @param {Sending} sending @returns {Done} */
export const merge = (ep, body, { key, confirm, keepName }) =>
  request("POST", episodePath(ep, "identities", "merge"), { body: { ...body, confirm, keep_name: keepName }, key });
/** @param {string} ep @param {api.Split} body @param {Sending} sending @returns {Done} */
export const split = (ep, body, { key }) => request("POST", episodePath(ep, "identities", "split"), { body, key });
/** @param {string} ep @param {string} id @param {string} etag @param {api.IdentityChange} body @param {Sending} sending @returns {Done} */
export const change = (ep, id, etag, body, { key, confirm }) =>
  request("PATCH", episodePath(ep, "identities", id), { body: { ...body, confirm }, etag, key });
/** @param {string} ep @param {string} id @param {api.DismissIdentity} body @param {Sending} sending @returns {Done} */
export const dismissIdentity = (ep, id, body, { key }) =>
  request("POST", episodePath(ep, "identities", id, "dismiss"), { body, key });
/** @param {string} ep @param {string} id @param {api.NotPerson} body @param {Sending} sending @returns {Done} */
export const notPerson = (ep, id, body, { key }) =>
  request("POST", episodePath(ep, "identities", id, "not"), { body, key });
/** @param {string} ep @param {api.MoveTracks} body @param {Sending} sending @returns {Done} */
export const moveTracks = (ep, body, { key, confirm }) =>
  request("POST", episodePath(ep, "tracks", "move"), { body: { ...body, confirm }, key });
/** @param {string} ep @param {api.DismissTracks} body @param {Sending} sending @returns {Done} */
export const dismissTracks = (ep, body, { key }) => request("POST", episodePath(ep, "tracks", "dismiss"), { body, key });
/** @param {string} ep @param {string} question @param {api.Answer} body @param {Sending} sending @returns {Done} */
export const answer = (ep, question, body, { key, confirm }) =>
  request("POST", episodePath(ep, "queue", question, "answer"), { body: { ...body, confirm }, key });
/** @param {string} ep @param {string} a @param {string} b @param {Record<string, string>} expect @param {Sending} sending @returns {Done} */
export const differ = (ep, a, b, expect, { key }) =>
  request("POST", episodePath(ep, "decisions"), { body: { kind: "differ", identity_id: a, other_id: b, expect }, key });
/** @param {string} ep @param {{key: string}} sending @param {string} [gesture] @returns {Done} */
export const undo = (ep, { key }, gesture) =>
  request("POST", episodePath(ep, "undo"), { body: gesture ? { gesture_id: gesture } : {}, key });
/** @param {string} ep @param {{key: string}} sending @returns {Done} */
export const redo = (ep, { key }) => request("POST", episodePath(ep, "redo"), { body: {}, key });

/** @param {string} ep @returns {Promise<api.Job>} */
export const startClusterJob = (ep) => request("POST", "/jobs/cluster_async", { body: { ep_id: ep } });
/** @param {string} job @returns {Promise<api.JobProgress>} */
export const readProgress = (job) => get(`/jobs/${encodeURIComponent(job)}/progress`);
/** @param {string} job */
export const cancelJob = (job) => request("DELETE", `/jobs/${encodeURIComponent(job)}`);

/** @param {string} ep @param {string} track @returns {Promise<api.TrackDetail>} */
export const readTrack = (ep, track) => get(episodePath(ep, "tracks", track));
/** All frames of a track. @param {string} ep @param {string} track @param {"time" | "best"} order @returns {Promise<api.TrackFrames>} */
export async function readFrames(ep, track, order) {
  const path = `${episodePath(ep, "tracks", track, "frames")}?order=${order}&page_size=500`;
  const first = await get(path);
  const items = [...first.items];
  for (let page = 2; items.length < first.total; page++) {
    const next = await get(`${path}&page=${page}`);
    if (!next.items.length) break;
    items.push(...next.items);
  }
  return { ...first, items };
}
/** @param {string} ep @param {readonly string[]} tracks @param {{key: string}} sending @returns {Done} */
export const restoreTracks = (ep, tracks, { key }) =>
  request("POST", episodePath(ep, "tracks", "restore"), { body: { track_ids: tracks }, key });
/** @param {string} ep @param {string} track @param {number} ts @param {{key: string}} sending @returns {Done} */
export const cut = (ep, track, ts, { key }) => request("POST", episodePath(ep, "tracks", track, "cut"), { body: { ts }, key });
/** @param {string} ep @param {string} track @param {number} ts @param {{key: string}} sending @returns {Done} */
export const represent = (ep, track, ts, { key }) =>
  request("POST", episodePath(ep, "represent"), { body: { track_id: track, ts }, key });
/** @param {string} ep */
export const videoPath = (ep) => episodePath(ep, "video");
/** @param {string} ep @returns {Promise<api.Timeline>} */
export const readTimeline = (ep) => get(episodePath(ep, "timeline"));
/** @param {string} ep @param {string} format */
export const screenTimeFile = (ep, format) => `${episodePath(ep, "screentime")}?format=${format}`;
/** @param {string} ep @returns {Promise<api.TrackMap>} */
export const readMap = (ep) => get(episodePath(ep, "map"));
/** @param {string} ep @param {{cursor: string, actor: string, limit: number}} wanted @returns {Promise<{items: api.HistoryEntry[], next: string | null}>} */
export const readHistory = (ep, { cursor, actor, limit }) => {
  const query = new URLSearchParams({ limit: String(limit), ...(cursor && { cursor }), ...(actor && { actor }) });
  return get(`${episodePath(ep, "decisions")}?${query}`);
};

/** @param {string} show @param {string} person @param {string[]} parts */
const castPath = (show, person, ...parts) => ["/cast", `${encodeURIComponent(show)}:${encodeURIComponent(person)}`, ...parts.map(encodeURIComponent)].join("/");
/** @param {string} show @param {string} person @returns {Promise<api.CastDetail>} */
export const readPerson = (show, person) => get(castPath(show, person));
/** @param {Partial<api.NewPerson>} body @returns {Promise<api.CastCard>} */
export const addPerson = (body) => request("POST", "/cast", { body });
/** @param {string} show @param {string} person @param {Partial<api.PersonChange>} body @returns {Promise<api.CastDetail>} */
export const changePerson = (show, person, body) => request("PATCH", castPath(show, person), { body, etag: "*" });
/** @param {string} show @param {string} person @param {boolean} force @returns {Promise<null>} */
export const removePerson = (show, person, force) =>
  request("DELETE", `${castPath(show, person)}?force=${force}`, { etag: "*" });
/** @param {string} show @param {string} person @param {readonly File[]} files @returns {Promise<api.UploadedSeeds>} */
export const uploadSeeds = (show, person, files) => {
  const body = new FormData();
  for (const file of files) body.append("files", file);
  return request("POST", castPath(show, person, "seeds", "upload"), { body });
};
/** @param {string} show @param {string} person @param {string} seed @returns {Promise<null>} */
export const featureSeed = (show, person, seed) => request("PUT", castPath(show, person, "seeds", seed, "featured"));
/** @param {string} show @param {string} person @param {string} seed @returns {Promise<null>} */
export const removeSeed = (show, person, seed) => request("DELETE", castPath(show, person, "seeds", seed), { etag: "*" });
