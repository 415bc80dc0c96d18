// One lane of the timeline: who it is, how many seconds, and a bar for each appearance.
import { html } from "../lib.js";
import { to } from "../router.js";
import { cards, ep } from "../state/episode.js";
import { clock, duration, numberOf } from "../words.js";
import { Face } from "./face.js";

/** @import { Bar, TimelineLane } from "../api/types.js" */
/** @import { TimeView } from "./timeview.js" */

export const STATES = /** @type {const} */ (["confirmed", "automatic", "uncertain"]);
const HEIGHT = 48;
/** Height of a bar by its state, px: the state can be seen without its colour. */
const THICK = { confirmed: 26, automatic: 14, uncertain: 26 };
const THIN_PX = 2;
const NEAR_PX = 8;

/** @param {TimelineLane} lane */
export const titleOf = (lane) => lane.name ?? lane.person_id ?? lane.label ?? numberOf(lane.lane_id);

/** What a screen reader says about a bar. @param {TimelineLane} lane @param {number} at */
export function describeBar(lane, at) {
  const bar = lane.bars[at];
  return `Play ${titleOf(lane)}, ${clock(bar.first_s)}, ${duration(bar.end_s - bar.first_s)}, ${bar.state}, ${at + 1} of ${lane.bars.length}`;
}

/** The bar at a second, or the nearest one close to it. @param {readonly Bar[]} bars @param {number} ts @param {number} scale px per second */
export function barAt(bars, ts, scale) {
  const away = (/** @type {Bar} */ bar) => Math.max(bar.first_s - ts, ts - bar.end_s, 0);
  const at = bars.reduce((best, bar, index) => (away(bar) < away(bars[best]) ? index : best), 0);
  return away(bars[at]) * scale <= NEAR_PX ? at : -1;
}

/**
 * @param {{
 *   lane: TimelineLane, view: TimeView, active: number, entry: boolean, place: number, total: number,
 *   playing: number, onPlay: (bar: number) => void, onFocus: () => void,
 * }} props `active` is the bar that has the focus if the lane has it; `entry` whether the tab key leads there;
 *   `playing` is the bar that the player shows, or -1
 */
export function Lane({ lane, view, active, entry, place, total, playing, onPlay, onFocus }) {
  const bar = lane.bars[active];
  const x = (/** @type {number} */ ts) => (ts - view.from) * view.scale;
  const left = Math.max(-4, x(bar.first_s));
  const right = Math.min(view.width + 4, x(bar.end_s));
  const onClick = (/** @type {MouseEvent} */ event) => {
    const box = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
    const found = barAt(lane.bars, view.from + (event.clientX - box.left) / view.scale, view.scale);
    if (found >= 0) onPlay(found);
  };
  const seconds = STATES.map((state) => `${duration(lane[`${state}_seconds`])} ${state}`).join(", ");
  return html`<div class="lane-row ${playing >= 0 ? "is-playing" : ""}" role="listitem" aria-posinset=${place} aria-setsize=${total}>
    <a class="lane-name" href=${to(ep.value, "identity", lane.identity_ids[0])} tabindex=${entry ? 0 : -1} title=${seconds}>
      <${Face} src=${cards.value.get(lane.identity_ids[0])?.thumb_url ?? null} alt="" size="small" />
      <span class="lane-words">
        <span class="lane-title">${titleOf(lane)} <strong>${duration(lane.seconds)}</strong></span>
        <span class="lane-split">
          ${STATES.map((state) => lane[`${state}_seconds`] > 0 && html`<span key=${state}><${Swatch} state=${state} /><span class="unseen">${state} </span>${duration(lane[`${state}_seconds`])}</span>`)}
        </span>
      </span>
    </a>
    <div class="lane-track" onClick=${onClick}>
      <svg width=${view.width} height=${HEIGHT} aria-hidden="true">
        ${playing >= 0 && html`<rect class="bar-playing" x=${x(lane.bars[playing].first_s) - 4} y="4" width=${(lane.bars[playing].end_s - lane.bars[playing].first_s) * view.scale + 8} height=${HEIGHT - 8} rx="6" />`}
        ${STATES.map((state) => html`<path key=${state} class="bar-${state}" d=${outline(lane.bars, state, view)} />`)}
      </svg>
      ${right > left - 8 && left < view.width && html`<button
        key=${active}
        type="button"
        class="lane-bar"
        data-lane=${lane.lane_id}
        tabindex=${entry ? 0 : -1}
        aria-label=${describeBar(lane, active)}
        style=${{ left: `${left}px`, width: `${Math.max(THIN_PX * 2, right - left)}px` }}
        onFocus=${onFocus}
        onClick=${(/** @type {Event} */ event) => {
          event.stopPropagation();
          onPlay(active);
        }}
      ></button>`}
    </div>
  </div>`;
}

/** All bars of a state that are on screen, as one path. @param {readonly Bar[]} bars @param {typeof STATES[number]} state @param {TimeView} view */
function outline(bars, state, view) {
  const [thick, last] = [THICK[state], view.from + view.width / view.scale];
  return bars
    .filter((bar) => bar.state === state && bar.end_s >= view.from && bar.first_s <= last)
    .map((bar) => {
      const x = (bar.first_s - view.from) * view.scale;
      const width = Math.max(THIN_PX, (bar.end_s - bar.first_s) * view.scale);
      return `M${x.toFixed(1)} ${(HEIGHT - thick) / 2}h${width.toFixed(1)}v${thick}h${(-width).toFixed(1)}z`;
    })
    .join("");
}

/** How bars of a state look. @param {{state: typeof STATES[number]}} props */
export function Swatch({ state }) {
  return html`<svg class="swatch" viewBox="0 0 22 14" aria-hidden="true">
    <path class="bar-${state}" d=${state === "automatic" ? "M1 4h20v6h-20z" : "M1 1h20v12h-20z"} />
  </svg>`;
}
