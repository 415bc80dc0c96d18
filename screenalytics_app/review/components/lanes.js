// The lanes of the timeline. One of their bars has the focus, which arrows move; only lanes on screen are in the document.
import { html, useLayoutEffect, useRef, useState } from "../lib.js";
import { useKeys } from "../keys.js";
import { duration, count } from "../words.js";
import { Lane, STATES } from "./timelinelane.js";
import { RULER_HEIGHT, Ruler } from "./ruler.js";
import { ZOOM_STEP, useTimeView } from "./timeview.js";

/** @import { Timeline, TimelineLane } from "../api/types.js" */
/** @typedef {{zoom: (by: number) => void, fit: () => void, playhead: (ts: number | null) => void}} Handle */

const ROW = 48;
const OVERSCAN = 4;

/**
 * @param {{
 *   timeline: Timeline, playing: {lane: string, bar: number} | null,
 *   onPlay: (lane: TimelineLane, bar: number) => void, handle: {current: Handle | null},
 * }} props
 */
export function Lanes({ timeline, playing, onPlay, handle }) {
  const scroller = useRef(/** @type {HTMLElement | null} */ (null));
  const head = useRef(/** @type {HTMLElement | null} */ (null));
  const now = useRef(/** @type {number | null} */ (null));
  const wanted = useRef(false);
  const labels = matchMedia("(max-width: 600px)").matches ? 132 : 264;
  const view = useTimeView(scroller, timeline.duration_s, labels, RULER_HEIGHT);
  const [active, setActive] = useState({ lane: 0, bar: 0 });
  const { lanes } = timeline;
  const unnamed = lanes.findIndex((lane) => lane.person_id === null);
  /** Row of a lane: the heading of the unnamed identities takes one. @param {number} lane */
  const rowOf = (lane) => lane + (unnamed > 0 && lane >= unnamed ? 1 : 0);
  const at = Math.min(active.lane, lanes.length - 1);

  const playhead = (/** @type {number | null} */ ts) => {
    now.current = ts;
    if (!head.current) return;
    const x = ts === null ? -1 : (ts - view.from) * view.scale;
    head.current.hidden = x < 0 || x > view.width;
    head.current.style.transform = `translateX(${labels + x}px)`;
  };
  handle.current = { zoom: view.zoom, fit: view.fit, playhead };
  useLayoutEffect(() => playhead(now.current));
  useLayoutEffect(() => {
    if (!wanted.current) return;
    const button = /** @type {HTMLElement | null} */ (scroller.current?.querySelector(".lane-bar[tabindex='0']"));
    if (!button) return;
    wanted.current = false;
    button.focus({ preventScroll: true });
  });

  const move = (/** @type {number} */ lane, /** @type {number} */ bar) => {
    const { bars } = lanes[lane];
    const next = Math.min(Math.max(bar, 0), bars.length - 1);
    setActive({ lane, bar: next });
    view.show(bars[next].first_s, bars[next].end_s, rowOf(lane) * ROW, (rowOf(lane) + 1) * ROW);
    wanted.current = true;
  };
  const moveLane = (/** @type {number} */ by) => {
    const lane = Math.min(Math.max(at + by, 0), lanes.length - 1);
    const ts = lanes[at].bars[Math.min(active.bar, lanes[at].bars.length - 1)].first_s;
    const away = lanes[lane].bars.map((bar) => Math.abs(bar.first_s - ts));
    move(lane, away.indexOf(Math.min(...away)));
  };
  /** @type {Record<string, () => void>} */
  const steps = {
    ArrowLeft: () => move(at, active.bar - 1),
    ArrowRight: () => move(at, active.bar + 1),
    ArrowUp: () => moveLane(-1),
    ArrowDown: () => moveLane(1),
    Home: () => move(at, 0),
    End: () => move(at, Infinity),
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const step = steps[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    step();
  };
  useKeys([
    { keys: [], shown: "← →", label: "Bar before or after", run: () => undefined },
    { keys: [], shown: "↑ ↓", label: "Lane above or below", run: () => undefined },
    { keys: [], shown: "Enter", label: "Play these seconds", run: () => undefined },
    { keys: ["+", "="], shown: "+", label: "Zoom in", run: () => view.zoom(ZOOM_STEP) },
    { keys: ["-"], shown: "-", label: "Zoom out", run: () => view.zoom(1 / ZOOM_STEP) },
    { keys: ["0"], label: "Show everything", run: view.fit },
  ]);

  const rows = lanes.length + (unnamed > 0 ? 1 : 0);
  const first = Math.floor(view.top / ROW) - OVERSCAN;
  const last = Math.ceil((view.top + view.height) / ROW) + OVERSCAN;
  const place = (/** @type {number} */ row) => ({ transform: `translateY(${row * ROW}px)` });
  const shown = lanes.map((lane, index) => ({ lane, index })).filter(({ index }) => (rowOf(index) >= first && rowOf(index) <= last) || index === at);
  return html`<div class="timeline-scroll" ref=${scroller} onKeyDown=${onKeyDown}>
    <div class="timeline-wide" style=${{ width: `${view.wide}px`, height: `${rows * ROW + RULER_HEIGHT}px` }}>
      <div class="timeline-stage" style=${{ width: `${labels + view.width}px` }}>
        <div class="timeline-ruler" style=${{ paddingLeft: `${labels}px` }}><${Ruler} view=${view} shots=${timeline.shots} duration=${timeline.duration_s} /></div>
        <div class="timeline-head" ref=${head} hidden aria-hidden="true"></div>
        <div class="timeline-lanes" role="list" aria-label="Who is on screen when">
          ${shown.map(({ lane, index }) => html`<div class="lane-place" role="presentation" key=${lane.lane_id} style=${place(rowOf(index))}>
            <${Lane}
              lane=${lane}
              view=${view}
              active=${index === at ? Math.min(active.bar, lane.bars.length - 1) : 0}
              entry=${index === at}
              place=${index + 1}
              total=${lanes.length}
              playing=${playing?.lane === lane.lane_id && lane.bars[playing.bar] ? playing.bar : -1}
              onFocus=${() => index !== at && setActive({ lane: index, bar: 0 })}
              onPlay=${(/** @type {number} */ bar) => {
                setActive({ lane: index, bar });
                onPlay(lane, bar);
              }}
            />
          </div>`)}
        </div>
        ${unnamed > 0 && html`<p class="lane-heading" style=${{ transform: `translateY(${unnamed * ROW}px)` }}>${unnamedWords(lanes.slice(unnamed))}</p>`}
      </div>
    </div>
  </div>`;
}

/** @param {readonly TimelineLane[]} lanes */
function unnamedWords(lanes) {
  return `${count(lanes.length, "unnamed identity").replace("identitys", "identities")}, ${duration(lanes.reduce((sum, lane) => sum + lane.seconds, 0))}`;
}

/** Seconds of all lanes by state. @param {readonly TimelineLane[]} lanes */
export function totals(lanes) {
  return STATES.map((state) => ({ state, seconds: lanes.reduce((sum, lane) => sum + lane[`${state}_seconds`], 0) }));
}
