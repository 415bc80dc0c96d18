// Timeline: who is on screen when, and how sure that is. A click on a bar plays exactly its seconds.
import { html, useRef, useState } from "../lib.js";
import { to } from "../router.js";
import { useKeys } from "../keys.js";
import { readTimeline, screenTimeFile } from "../api/endpoints.js";
import { ep, footage } from "../state/episode.js";
import { useLoaded, useTitle } from "../state/use.js";
import { clock, count, duration, percent } from "../words.js";
import { Button } from "../components/button.js";
import { Icon } from "../components/icons.js";
import { Lanes, totals } from "../components/lanes.js";
import { Player } from "../components/player.js";
import { Swatch, titleOf } from "../components/timelinelane.js";
import { ZOOM_STEP } from "../components/timeview.js";

/** @import { Timeline, TimelineLane } from "../api/types.js" */
/** @import { Handle as LanesHandle } from "../components/lanes.js" */
/** @import { Handle as PlayerHandle } from "../components/player.js" */

const FILES = [
  ["csv", "CSV", "a row per person, for a spreadsheet"],
  ["parquet", "Parquet", "a row per appearance, for analysis"],
  ["json", "JSON", "everything"],
  ["vtt", "WebVTT", "chapters for a player"],
  ["otio", "OpenTimelineIO", "markers for an editor"],
  ["edl", "EDL", "markers for an editor"],
  ["png", "PNG", "a picture"],
  ["svg", "SVG", "a picture that scales"],
];

export default function TimelinePage() {
  useTitle(`Timeline of ${ep.value}`);
  const { data, error } = useLoaded(() => readTimeline(ep.peek()));
  const [playing, setPlaying] = useState(/** @type {{lane: string, bar: number, turn: number} | null} */ (null));
  const lanes = useRef(/** @type {LanesHandle | null} */ (null));
  const player = useRef(/** @type {PlayerHandle | null} */ (null));
  useKeys([{ keys: ["v"], label: "Play or pause", run: () => player.current?.toggle() }]);
  const play = (/** @type {TimelineLane} */ lane, /** @type {number} */ bar) => {
    if (playing?.lane === lane.lane_id && playing.bar === bar) player.current?.toggle();
    else setPlaying((old) => ({ lane: lane.lane_id, bar, turn: (old?.turn ?? 0) + 1 }));
  };
  if (error && !data) return html`<p class="nothing">${error.message}</p>`;
  if (!data) return html`<p class="nothing">Loading …</p>`;
  if (!data.lanes.length) return html`<p class="nothing">Nobody is on screen in this episode.</p>`;
  const lane = data.lanes.find((one) => one.lane_id === playing?.lane);
  const named = data.lanes.filter((one) => one.person_id !== null).length;
  return html`<div class="page timeline-page">
    <header class="timeline-title">
      <div>
        <h1>Who is on screen when</h1>
        <p class="muted">${clock(data.duration_s)} · ${count(data.shots.length, "shot")} · ${count(named, "person").replace("persons", "people")}</p>
      </div>
      <ul class="legend" aria-label="Seconds by how sure they are">
        ${totals(data.lanes).map(({ state, seconds }) => html`<li key=${state}><${Swatch} state=${state} />${state} <strong>${duration(seconds)}</strong></li>`)}
      </ul>
      <div class="timeline-tools">
        <${Button} bare icon="minus" label="Zoom out" keys="-" onClick=${() => lanes.current?.zoom(1 / ZOOM_STEP)} />
        <${Button} bare icon="add" label="Zoom in" keys="+" onClick=${() => lanes.current?.zoom(ZOOM_STEP)} />
        <${Button} label="Show all" keys="0" onClick=${() => lanes.current?.fit()} />
        <${Downloads} />
      </div>
    </header>
    <svg class="unseen" aria-hidden="true">
      <defs>
        <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch-line" d="M0 0v6" /></pattern>
      </defs>
    </svg>
    <div class="timeline-body ${lane ? "with-dock" : ""}">
      <${Lanes} timeline=${data} playing=${playing} onPlay=${play} handle=${lanes} />
      ${lane && playing && lane.bars[playing.bar] && html`<${Dock}
        timeline=${data}
        lane=${lane}
        bar=${playing.bar}
        handle=${player}
        onTime=${(/** @type {number} */ ts) => lanes.current?.playhead(ts)}
        onClose=${() => {
          setPlaying(null);
          lanes.current?.playhead(null);
        }}
      />`}
    </div>
  </div>`;
}

/**
 * The small player at the side.
 * @param {{
 *   timeline: Timeline, lane: TimelineLane, bar: number, handle: {current: PlayerHandle | null},
 *   onTime: (ts: number) => void, onClose: () => void,
 * }} props
 */
function Dock({ timeline, lane, bar, handle, onTime, onClose }) {
  const { first_s: first, end_s: end, state } = lane.bars[bar];
  const video = footage.value;
  return html`<aside class="dock" aria-label="Player">
    <header>
      <h2><a href=${to(ep.value, "identity", lane.identity_ids[0])}>${titleOf(lane)}</a></h2>
      <${Button} bare tone="quiet" icon="close" label="Close the player" onClick=${onClose} />
    </header>
    ${video
      ? html`<${Player}
          footage=${{ ...video, player_offset_s: timeline.player_offset_s }}
          span=${{ from: first, to: Math.max(first, end - timeline.frame_s) }}
          frame=${timeline.frame_s}
          label="${titleOf(lane)} at ${clock(first)}"
          handle=${handle}
          onTime=${onTime}
          autoplay
        />`
      : html`<p class="player-none">The video of this episode is not stored here.</p>`}
    <p class="muted">${clock(first)} – ${clock(end)}, ${state}, ${bar + 1} of ${lane.bars.length}</p>
    <ul class="facts-list">
      <li><strong>${duration(lane.seconds)}</strong> on screen, ${percent(lane.share)} of the episode, ${count(lane.shots, "shot")}</li>
      ${totals([lane]).map((row) => html`<li key=${row.state}><${Swatch} state=${row.state} />${row.state} <strong>${duration(row.seconds)}</strong></li>`)}
    </ul>
  </aside>`;
}

/** Files of the screen time. */
function Downloads() {
  return html`<details class="menu">
    <summary class="button"><${Icon} name="download" />Download</summary>
    <ul>
      ${FILES.map(([format, name, use]) => html`<li key=${format}>
        <a href=${screenTimeFile(ep.value, format)} download><strong>${name}</strong> <span class="muted">${use}</span></a>
      </li>`)}
    </ul>
  </details>`;
}
