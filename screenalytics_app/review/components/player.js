// A video player for some seconds of an episode: it starts at the first of their frames and stops at the last.
import { html, useEffect, useRef, useState } from "../lib.js";
import { clock } from "../words.js";
import { Button } from "./button.js";

/** @typedef {[number, number, number, number]} Box `x1, y1, x2, y2` as fractions of the picture */
/** @typedef {{url: string, width: number, height: number, player_offset_s: number}} Footage */
/** @typedef {{from: number, to: number}} Span times of the first and the last frame, in seconds of the picture */
/** @typedef {{toggle: () => void, play: () => void, seek: (ts: number) => void, time: () => number}} Handle */

/** The time of a frame is the moment when it begins. A little later is surely inside of it. */
const INSIDE_S = 0.002;

/**
 * @param {{
 *   footage: Footage, span: Span, frame: number, label: string, boxAt?: (ts: number) => Box | null, autoplay?: boolean,
 *   handle?: {current: Handle | null}, onTime?: (ts: number) => void, children?: unknown,
 * }} props `frame` is the length of a frame in seconds; `children` are further buttons
 */
export function Player({ footage, span, frame, label, boxAt, autoplay = false, handle, onTime, children }) {
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const stage = useRef(/** @type {HTMLElement | null} */ (null));
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const slider = useRef(/** @type {HTMLInputElement | null} */ (null));
  const readout = useRef(/** @type {HTMLElement | null} */ (null));
  const [playing, setPlaying] = useState(false);
  const [loop, setLoop] = useState(false);
  const [problem, setProblem] = useState("");
  const offset = footage.player_offset_s;

  const show = (/** @type {number} */ ts) => {
    const at = boxAt?.(ts) ?? null;
    place(box.current, at);
    if (slider.current) slider.current.value = String(ts);
    if (slider.current) slider.current.setAttribute("aria-valuetext", `${clock(ts)}, ${(ts - span.from).toFixed(1)} s`);
    if (readout.current) readout.current.textContent = `${clock(ts)} · ${Math.max(0, ts - span.from).toFixed(1)} of ${(span.to - span.from + frame).toFixed(1)} s`;
    if (stage.current) stage.current.dataset.ts = ts.toFixed(3);
    onTime?.(ts);
  };
  const seek = (/** @type {number} */ ts) => {
    if (video.current?.readyState) video.current.currentTime = ts + offset + INSIDE_S;
    show(ts);
  };
  const time = () => (video.current?.readyState ? Math.max(0, video.current.currentTime - offset - INSIDE_S) : span.from);
  const play = () => {
    const now = time();
    if (now < span.from - frame / 2 || now > span.to - frame / 2) seek(span.from);
    video.current?.play().catch((/** @type {DOMException} */ error) => {
      if (error.name === "NotSupportedError") setProblem(UNPLAYABLE);
    });
  };
  const toggle = () => (video.current?.paused ? play() : video.current?.pause());
  if (handle) handle.current = { toggle, play, seek, time };

  /** What a presented frame shows. */
  const latest = useRef(/** @type {(ts: number) => void} */ (() => undefined));
  latest.current = (ts) => {
    if (video.current?.paused || ts < span.to - frame / 2) return show(Math.min(ts, span.to));
    if (loop) return seek(span.from);
    video.current?.pause();
    seek(span.to);
  };
  useEffect(() => follow(/** @type {HTMLVideoElement} */ (video.current), (at) => latest.current(at - offset)), []);
  useEffect(() => {
    const element = /** @type {HTMLVideoElement} */ (video.current);
    const begin = () => {
      seek(span.from);
      if (autoplay && !matchMedia("(prefers-reduced-motion: reduce)").matches) play();
    };
    if (element.readyState) return begin();
    show(span.from);
    element.addEventListener("loadedmetadata", begin, { once: true });
    return () => element.removeEventListener("loadedmetadata", begin);
  }, [span.from, span.to, footage.url]);

  const onMetadata = (/** @type {Event} */ event) => {
    const { videoWidth, videoHeight } = /** @type {HTMLVideoElement} */ (event.target);
    if (stage.current && videoWidth) stage.current.style.aspectRatio = `${videoWidth} / ${videoHeight}`;
  };
  const onSlide = (/** @type {Event} */ event) => {
    video.current?.pause();
    seek(Number(/** @type {HTMLInputElement} */ (event.target).value));
  };
  return html`<figure class="player" aria-label=${label}>
    <div class="player-stage" ref=${stage} style=${{ aspectRatio: `${footage.width} / ${footage.height}` }} onClick=${toggle}>
      <video
        ref=${video}
        src=${footage.url}
        preload="auto"
        playsinline
        tabindex="-1"
        aria-label=${label}
        onLoadedMetadata=${onMetadata}
        onPlay=${() => setPlaying(true)}
        onPause=${() => setPlaying(false)}
        onError=${() => setProblem(UNPLAYABLE)}
      ></video>
      <div class="player-box" ref=${box} hidden aria-hidden="true"></div>
      ${problem && html`<p class="player-problem" role="alert">${problem}</p>`}
    </div>
    <div class="player-bar">
      <${Button} icon=${playing ? "pause" : "play"} label=${playing ? "Pause" : "Play"} keys="V" tone="primary" onClick=${toggle} />
      <input
        ref=${slider}
        type="range"
        aria-label="Time in ${label}"
        min=${span.from}
        max=${Math.max(span.to, span.from + frame)}
        step=${frame}
        onInput=${onSlide}
        onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key.startsWith("Arrow") && event.stopPropagation()}
      />
      <span class="player-time" ref=${readout}></span>
      <${Button} bare icon="loop" label="Play again and again" pressed=${loop} tone="quiet" onClick=${() => setLoop(!loop)} />
      ${children}
    </div>
  </figure>`;
}

const UNPLAYABLE = "This browser cannot play the video's encoding.";

/** Show a box, or hide it without one. @param {HTMLElement | null} element @param {Box | null} at */
function place(element, at) {
  if (!element) return;
  element.hidden = at === null;
  if (!at) return;
  const share = (/** @type {number} */ part) => `${(part * 100).toFixed(3)}%`;
  Object.assign(element.style, { left: share(at[0]), top: share(at[1]), width: share(at[2] - at[0]), height: share(at[3] - at[1]) });
}

/**
 * Call `show` with the player's time of each presented frame. Browsers without frame callbacks, and hidden tabs, have
 * only the four time updates a second.
 * @param {HTMLVideoElement} video @param {(at: number) => void} show
 */
function follow(video, show) {
  let request = 0;
  const onFrame = (/** @type {number} */ _now, /** @type {{mediaTime: number}} */ frame) => {
    show(frame.mediaTime);
    request = video.requestVideoFrameCallback(onFrame);
  };
  const exact = "requestVideoFrameCallback" in video;
  if (exact) request = video.requestVideoFrameCallback(onFrame);
  const onUpdate = () => {
    if (!exact || document.hidden) show(video.currentTime);
  };
  video.addEventListener("timeupdate", onUpdate);
  return () => {
    if (exact) video.cancelVideoFrameCallback(request);
    video.removeEventListener("timeupdate", onUpdate);
  };
}
