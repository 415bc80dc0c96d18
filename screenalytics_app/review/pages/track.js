// Track: its seconds in the video with the box on them, and its frames, the best one first.
import { html, useEffect, useRef, useState } from "../lib.js";
import { navigate, to } from "../router.js";
import { useKeys } from "../keys.js";
import { readFrames, readTrack } from "../api/endpoints.js";
import { ep, footage } from "../state/episode.js";
import { useSingleSelection } from "../state/single.js";
import * as verbs from "../state/trackverbs.js";
import { useLoaded, useTitle } from "../state/use.js";
import { useWalk } from "../state/walk.js";
import { clock, count, numberOf } from "../words.js";
import { boxAt } from "../components/boxes.js";
import { FRAME_TEXT, FrameCard, describeFrame } from "../components/framecard.js";
import { Grid } from "../components/grid.js";
import { NameBar } from "../components/namebar.js";
import { Player } from "../components/player.js";
import { useTarget } from "../components/shell.js";
import { TrackHead } from "../components/trackhead.js";

/** @import { FrameItem, TrackDetail } from "../api/types.js" */
/** @import { Handle } from "../components/player.js" */
/** @import { Choice } from "../state/people.js" */

const ORDERS = /** @type {const} */ ([
  ["best", "Best first"],
  ["time", "In order of time"],
]);

/** @param {{track: string}} params */
export default function TrackPage({ track: id }) {
  useTitle(`Track ${numberOf(id)} in ${ep.value}`);
  const [order, setOrder] = useState(/** @type {"best" | "time"} */ ("best"));
  const { data: track, error } = useLoaded(() => readTrack(ep.peek(), id));
  const { data: frames } = useLoaded(() => readFrames(ep.peek(), id, order), [order]);
  const selection = useSingleSelection();
  const player = useRef(/** @type {Handle | null} */ (null));
  const walk = useWalk(id, track?.identity_id ?? null);
  const items = frames?.items ?? [];
  const frame = items.find((item) => String(item.frame_idx) === selection.active.value);
  const step = (/** @type {number} */ by) => {
    const at = items.findIndex((item) => item === frame);
    const next = items[Math.min(Math.max(at + by, 0), items.length - 1)];
    if (next) selection.moveTo(String(next.frame_idx));
  };
  const go = (/** @type {string | undefined} */ other) => other && navigate(to(ep.peek(), "track", other), { replace: true });
  const give = (/** @type {Choice} */ choice) => track && void verbs.giveTrack(track, choice);
  const restore = () => track?.dismissed && void verbs.restore(id);
  useEffect(() => {
    if (frame) player.current?.seek(frame.ts);
  }, [frame?.frame_idx]);
  useKeys([
    { keys: ["arrowleft"], shown: "← or →", label: "Frame before or after", run: () => step(-1) },
    { keys: ["arrowright"], label: "", run: () => step(1) },
    { keys: ["["], shown: "[ or ]", label: "Previous or next track of the identity", run: () => go(walk.before) },
    { keys: ["]"], label: "", run: () => go(walk.after) },
    { keys: ["r"], label: "Restore a dismissed track", run: () => void restore() },
  ]);
  const text = track ? `Track ${numberOf(id)}` : "";
  useTarget(text ? { text, run: give } : null);

  if (error && !track) return html`<div class="nothing"><p>${error.message}</p><p><a href=${to(ep.value, "board")}>Go to the board</a></p></div>`;
  if (!track) return html`<p class="nothing">Loading …</p>`;
  const now = () => frame?.ts ?? player.current?.time() ?? track.first_ts;
  return html`<div class="page track-page">
    <${TrackHead}
      track=${track}
      ...${walk}
      onBefore=${walk.before && (() => go(walk.before))}
      onAfter=${walk.after && (() => go(walk.after))}
      onRestore=${restore}
    />
    <div class="track-columns">
      <${Film} track=${track} handle=${player} />
      <section class="track-frames" aria-label="Frames">
        <header class="frames-head">
          <h2>${count(frames?.total ?? 0, "frame")}</h2>
          <div class="filters" role="group" aria-label="Order">
            ${ORDERS.map(([name, words]) => html`<button type="button" class="chip" key=${name} aria-pressed=${name === order} onClick=${() => setOrder(name)}>${words}</button>`)}
          </div>
        </header>
        ${frames && !items.length && html`<p class="muted">No picture of this track is stored.</p>`}
        ${frames && items.length > 0 && html`<${Grid}
          label="Frames of the track"
          items=${items}
          keyOf=${(/** @type {FrameItem} */ item) => String(item.frame_idx)}
          describe=${(/** @type {FrameItem} */ item) => describeFrame(item, item.frame_idx === frames.best_frame_idx)}
          selection=${selection}
          open=${(/** @type {FrameItem} */ item) => verbs.represent(id, item.ts)}
          least=${matchMedia("(max-width: 600px)").matches ? 104 : 128}
          extra=${FRAME_TEXT}
          gap=${12}
          draw=${(/** @type {FrameItem} */ item, /** @type {{selected: boolean}} */ { selected }) =>
            html`<${FrameCard} frame=${item} best=${item.frame_idx === frames.best_frame_idx} selected=${selected} />`}
        />`}
      </section>
    </div>
    <${NameBar}
      text=${frame ? `${text} at ${clock(frame.ts)}` : text}
      naming="Move the track to a person"
      onName=${give}
      verbs=${[
        { key: "v", label: "Play", icon: "play", run: () => player.current?.toggle() },
        { key: "t", label: "Thumbnail", long: "Make this frame the thumbnail of the identity", icon: "picture", disabled: !track.identity_id, run: () => void verbs.represent(id, now()) },
        { key: "k", label: "Cut here", long: "Cut here: from now on the track shows another person", icon: "cut", disabled: track.dismissed !== null, run: () => void verbs.cut(id, player.current?.time() ?? now()) },
        { key: "x", label: "Not a face", icon: "close", disabled: track.dismissed !== null, run: () => void verbs.notFace(track) },
      ]}
    />
  </div>`;
}

/** The seconds of the track. @param {{track: TrackDetail, handle: {current: Handle | null}}} props */
function Film({ track, handle }) {
  const video = footage.value;
  if (!video) return html`<p class="player-none">The video of this episode is not stored here.</p>`;
  const length = 1 / video.fps;
  return html`<${Player}
    footage=${{ ...video, player_offset_s: track.player_offset_s }}
    span=${{ from: track.first_ts, to: track.last_ts }}
    frame=${length}
    label="Track ${numberOf(track.track_id)}"
    boxAt=${(/** @type {number} */ ts) => boxAt(track.boxes, ts, length)}
    handle=${handle}
    autoplay
  />`;
}
