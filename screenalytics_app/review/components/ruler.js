// The ruler above the lanes: times, and a tick at each shot.
import { html } from "../lib.js";
import { clock } from "../words.js";

/** @import { ShotBar } from "../api/types.js" */
/** @import { TimeView } from "./timeview.js" */

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600];
const LABEL_PX = 72;
/** Ticks of shots closer than this would be a grey area. */
const SHOT_PX = 3;

export const RULER_HEIGHT = 40;

/** @param {{view: TimeView, shots: readonly ShotBar[], duration: number}} props */
export function Ruler({ view, shots, duration }) {
  const step = STEPS_S.find((seconds) => seconds * view.scale >= LABEL_PX) ?? 3600;
  const last = Math.min(duration, view.from + view.width / view.scale);
  const times = [];
  for (let ts = Math.ceil(view.from / step) * step; ts <= last; ts += step) times.push(ts);
  const x = (/** @type {number} */ ts) => (ts - view.from) * view.scale;
  return html`<svg class="ruler" width=${view.width} height=${RULER_HEIGHT} role="img" aria-label="${shots.length} shots in ${clock(duration)}">
    <path class="ruler-shots" d=${ticks(shots, view)} />
    <path class="ruler-line" d=${times.map((ts) => `M${x(ts).toFixed(1)} 0v8`).join("")} />
    ${times.map((ts) => html`<text key=${ts} x=${x(ts) + 4} y="15">${clock(ts)}</text>`)}
  </svg>`;
}

/** @param {readonly ShotBar[]} shots @param {TimeView} view */
function ticks(shots, view) {
  let before = -Infinity;
  const drawn = [];
  for (const shot of shots) {
    const x = (shot.first_s - view.from) * view.scale;
    if (x < 0 || x > view.width || x - before < SHOT_PX) continue;
    before = x;
    drawn.push(`M${x.toFixed(1)} ${RULER_HEIGHT - 12}v12`);
  }
  return drawn.join("");
}
