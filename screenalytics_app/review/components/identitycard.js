// An identity on the board: its face, whose it is, and how long it is on screen.
import { html } from "../lib.js";
import { to } from "../router.js";
import { count, duration, nameOf, numberOf } from "../words.js";
import { ep } from "../state/episode.js";
import { Badge, Pill } from "./badge.js";
import { Face } from "./face.js";
import { Icon } from "./icons.js";
import { Picker } from "./picker.js";

/** @import { IdentityCard as Card } from "../api/types.js" */
/** @import { Choice } from "../state/people.js" */

/** Height of the text below the picture, px. */
export const TEXT_HEIGHT = 76;

/** What a screen reader says about an identity. @param {Card} card */
export function describe(card) {
  const who = card.person ? card.person.name : `Unnamed ${card.label ?? numberOf(card.identity_id)}`;
  const parts = [who, count(card.tracks, "track"), duration(card.seconds), `cohesion ${card.badge.text}`];
  if (card.suggestion) parts.push(`perhaps ${card.suggestion.name}`);
  if (card.locked) parts.push("locked");
  if (card.reviewed) parts.push("reviewed");
  if (card.low_cohesion) parts.push("low cohesion");
  if (card.outlier_reason) parts.push(card.outlier_reason);
  return parts.join(", ");
}

/**
 * @param {{
 *   card: Card, selected: boolean, active: boolean, naming: boolean,
 *   onName: (choice: Choice) => void, onAsk: () => void, onLeave: () => void,
 * }} props `naming` shows the field for a name
 */
export function IdentityCard({ card, selected, active, naming, onName, onAsk, onLeave }) {
  const tabindex = active ? 0 : -1;
  const flagged = card.low_cohesion || card.outlier_reason !== null;
  return html`<article class="card ${selected ? "is-selected" : ""} ${flagged ? "is-flagged" : ""}">
    <div class="picture" title=${card.outlier_reason ?? undefined}>
      <${Face} src=${card.thumb_url} alt="" />
      <span class="tick" aria-hidden="true"><${Icon} name="check" /></span>
      <a class="open" href=${to(ep.value, "identity", card.identity_id)} tabindex=${tabindex} aria-label="Open ${nameOf(card)}" title="Open">
        <${Icon} name="open" />
      </a>
      <div class="marks">
        ${card.low_cohesion && html`<${Pill} tone="poor" text=${`low cohesion ${card.cohesion.toFixed(2)}`} />`}
        ${card.locked && html`<${Pill} icon="lock" text="locked" />`}
        ${card.reviewed && html`<${Pill} icon="check" text="reviewed" />`}
      </div>
    </div>
    ${naming
      ? html`<${Picker} label="Name of ${numberOf(card.identity_id)}" placeholder="Name" autofocus onPick=${onName} onLeave=${onLeave} />`
      : html`<${Name} card=${card} tabindex=${tabindex} onName=${onName} onAsk=${onAsk} />`}
    <p class="facts">
      <span>${duration(card.seconds)} · ${count(card.tracks, "track")}</span>
      <${Badge} badge=${card.badge} about="cohesion" brief />
    </p>
  </article>`;
}

/** @param {{card: Card, tabindex: number, onName: (choice: Choice) => void, onAsk: () => void}} props */
function Name({ card, tabindex, onName, onAsk }) {
  if (card.person) return html`<a class="name" href=${to(ep.value, "identity", card.identity_id)} tabindex=${tabindex}>${card.person.name}</a>`;
  const { suggestion } = card;
  const confirm = () => suggestion && onName({ person_id: suggestion.person_id });
  return html`<div class="who">
    ${suggestion && html`<button type="button" class="chip chip-accent" tabindex=${tabindex} onClick=${confirm}>${suggestion.name}?</button>`}
    <button type="button" class="chip" tabindex=${tabindex} onClick=${onAsk}>${suggestion ? "Someone else" : "Who is this?"}</button>
  </div>`;
}
