// A track in a grid: its best face, how well it fits its identity, and when it is on screen.
import { html, useRef } from "../lib.js";
import { to } from "../router.js";
import { ep } from "../state/episode.js";
import { clock, duration, numberOf, percent } from "../words.js";
import { Badge, Key, Pill } from "./badge.js";
import { Face } from "./face.js";
import { Icon } from "./icons.js";

/** @import { TrackCard as Card, Sprite } from "../api/types.js" */

/** Height of the text below the picture, px. */
export const TRACK_TEXT = 80;

/** What a screen reader says about a track. @param {Card} track */
export function describeTrack(track) {
  const parts = [`Track ${numberOf(track.track_id)}`, `at ${clock(track.first_ts)}`, duration(track.seconds)];
  if (track.badge) parts.push(`similarity ${track.badge.text}`);
  if (track.quality_badge) parts.push(`quality ${track.quality_badge.text}`);
  if (track.outlier_reason) parts.push(`does not fit: ${track.outlier_reason}`);
  if (track.low_confidence) parts.push("its picture is doubtful");
  if (track.evidence) parts.push(track.evidence);
  return parts.join(", ");
}

/** @param {{track: Card, selected?: boolean, active?: boolean, letter?: string}} props `letter` selects it, with Shift */
export function TrackCard({ track, selected = false, active = false, letter }) {
  return html`<article class="card track ${selected ? "is-selected" : ""} ${track.outlier_reason ? "is-outlier" : ""}">
    <div class="picture">
      <${Face} src=${track.image_url} alt="" />
      ${track.sprite && html`<${Scrub} sprite=${track.sprite} />`}
      <span class="tick" aria-hidden="true"><${Icon} name="check" /></span>
      <a class="open" href=${to(ep.value, "track", track.track_id)} tabindex=${active ? 0 : -1} aria-label="Play track ${numberOf(track.track_id)}" title="Play">
        <${Icon} name="play" />
      </a>
      <div class="marks">
        ${track.low_confidence && html`<${Pill} tone="poor" text=${`! ${track.similarity?.toFixed(2) ?? ""}`} />`}
        ${track.uncertain && track.confidence !== null && html`<${Pill} text=${`uncertain ${percent(track.confidence)}`} />`}
      </div>
      ${track.outlier_reason && html`<p class="reason">${track.outlier_reason}</p>`}
    </div>
    <p class="facts">
      <span>${clock(track.first_ts)} · ${duration(track.seconds)}</span>
      ${letter && html`<${Key} name=${`⇧${letter.toUpperCase()}`} />`}
    </p>
    <p class="facts"><${Badge} badge=${track.badge} about="similarity" /></p>
    <p class="facts"><${Badge} badge=${track.quality_badge} about="quality" named /></p>
  </article>`;
}

/** All pictures of a track under the pointer, from left to right. @param {{sprite: Sprite}} props */
function Scrub({ sprite }) {
  const layer = useRef(/** @type {HTMLElement | null} */ (null));
  const onMove = (/** @type {PointerEvent} */ event) => {
    const element = layer.current;
    if (!element || event.pointerType === "touch" || sprite.frames < 2) return;
    const share = event.offsetX / element.clientWidth;
    const frame = Math.min(sprite.frames - 1, Math.max(0, Math.floor(share * sprite.frames)));
    element.style.backgroundImage = `url(${JSON.stringify(sprite.url)})`;
    element.style.backgroundSize = `${sprite.frames * 100}% 100%`;
    element.style.backgroundPosition = `${(frame / (sprite.frames - 1)) * 100}% 0`;
  };
  const onLeave = () => {
    if (layer.current) layer.current.style.backgroundImage = "";
  };
  return html`<span class="scrub" ref=${layer} aria-hidden="true" onPointerMove=${onMove} onPointerLeave=${onLeave}></span>`;
}
