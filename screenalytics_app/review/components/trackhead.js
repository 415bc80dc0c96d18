// Head of a track's page: whose it is, how well it fits, and its neighbours in the identity.
import { html } from "../lib.js";
import { to } from "../router.js";
import { cards, ep } from "../state/episode.js";
import { clock, count, duration, nameOf, numberOf, percent, similarity } from "../words.js";
import { Badge, Pill } from "./badge.js";
import { Button } from "./button.js";
import { Face } from "./face.js";

/** @import { TrackCard } from "../api/types.js" */

/** @type {Record<string, string>} */
const WHY = { not_a_face: "not a face", ignore: "ignored", deleted: "deleted" };

/**
 * @param {{
 *   track: TrackCard, place: number, total: number, onBefore?: () => void, onAfter?: () => void, onRestore: () => void,
 * }} props `place` and `total` are the track's place in its identity
 */
export function TrackHead({ track, place, total, onBefore, onAfter, onRestore }) {
  const card = track.identity_id ? cards.value.get(track.identity_id) : undefined;
  return html`<header class="track-head">
    <${Face} src=${track.image_url} alt="" size="medium" />
    <div class="track-words">
      <h1>
        Track ${numberOf(track.track_id)}
        ${card && html`<span class="muted"> of </span><a href=${to(ep.value, "identity", card.identity_id)}>${nameOf(card)}</a>`}
        ${!card && !track.dismissed && html`<span class="muted"> of no identity</span>`}
      </h1>
      <ul class="facts-list">
        <li>${clock(track.first_ts)} – ${clock(track.last_ts)}</li>
        <li><strong>${duration(track.seconds)}</strong> on screen</li>
        <li><strong>${count(track.faces, "face")}</strong> of ${count(track.frames, "detection")}</li>
        ${track.badge && html`<li><span aria-hidden="true">similarity </span><${Badge} badge=${track.badge} about="similarity" /></li>`}
        ${track.quality_badge && html`<li><span aria-hidden="true">quality </span><${Badge} badge=${track.quality_badge} about="quality" /></li>`}
      </ul>
      <div class="pills">
        ${track.dismissed && html`<${Pill} tone="poor" icon="close" text=${WHY[track.dismissed]} />`}
        ${track.low_confidence && html`<${Pill} tone="poor" icon="warn" text=${doubt(track)} />`}
        ${track.outlier_reason && html`<${Pill} tone="poor" icon="warn" text=${track.outlier_reason} />`}
        ${track.uncertain && track.confidence !== null && html`<${Pill} text=${`uncertain ${percent(track.confidence)}`} />`}
        ${track.evidence && html`<${Pill} text=${track.evidence} />`}
      </div>
    </div>
    <div class="track-steps">
      ${track.dismissed && html`<${Button} tone="primary" icon="undo" label="Restore" keys="R" onClick=${onRestore} />`}
      ${total > 0 && html`<span class="muted">${place} of ${total}</span>`}
      <${Button} bare icon="left" label="Previous track of the identity" keys="[" disabled=${!onBefore} onClick=${onBefore} />
      <${Button} bare icon="open" label="Next track of the identity" keys="]" disabled=${!onAfter} onClick=${onAfter} />
    </div>
  </header>`;
}

/** @param {TrackCard} track */
function doubt(track) {
  return track.similarity === null ? "! doubtful picture" : `! sim_to_centroid ${similarity(track.similarity)}`;
}
