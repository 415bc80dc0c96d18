// The tracks of an identity one after another, in the order of its page. A track that is moved away keeps its place.
import { useEffect } from "../lib.js";
import { signal } from "../lib.js";
import { readIdentity } from "../api/endpoints.js";
import { ep } from "./episode.js";

const walk = signal({ identity: "", tracks: /** @type {readonly string[]} */ ([]) });

/**
 * Where a track is among those of its identity.
 * @param {string} track @param {string | null} identity
 * @returns {{place: number, total: number, before: string | undefined, after: string | undefined}} `place` counts from 1; 0 if unknown
 */
export function useWalk(track, identity) {
  const { tracks } = walk.value;
  const known = tracks.includes(track);
  useEffect(() => {
    if (known || !identity) return;
    const episode = ep.peek();
    readIdentity(episode, identity).then(
      ({ members }) => {
        if (episode === ep.peek()) walk.value = { identity, tracks: members.map((member) => member.track_id) };
      },
      () => undefined, // without its neighbours the track is still shown
    );
  }, [known, identity]);
  const at = tracks.indexOf(track);
  return { place: at + 1, total: known ? tracks.length : 0, before: known ? tracks[at - 1] : undefined, after: known ? tracks[at + 1] : undefined };
}
