// Head of an identity's page: who it is, how sure that is, and what can be done with all of it.
import { html } from "../lib.js";
import { clock, count, duration, numberOf, similarity } from "../words.js";
import { Badge, Pill } from "./badge.js";
import { Button } from "./button.js";
import { Face } from "./face.js";
import { Picker } from "./picker.js";

/** @import { IdentityCard, PersonRef } from "../api/types.js" */
/** @import { Choice } from "../state/people.js" */

/**
 * @param {{
 *   card: IdentityCard, notPeople: readonly PersonRef[], naming: boolean, onAsk: () => void, onLeave: () => void,
 *   onName: (choice: Choice) => void, onLock: () => void, onReview: () => void, onNot?: () => void, onDismiss: () => void,
 * }} props
 */
export function IdentityHead({ card, notPeople, naming, onAsk, onLeave, onName, onLock, onReview, onNot, onDismiss }) {
  const { person, suggestion } = card;
  return html`<header class="identity-head">
    <${Face} src=${card.thumb_url} alt="" size="large" />
    <div class="identity-words">
      <h1>${person?.name ?? card.label ?? `Unnamed ${numberOf(card.identity_id)}`}</h1>
      ${naming
        ? html`<${Picker} label="Name of ${numberOf(card.identity_id)}" placeholder="Name" autofocus onPick=${onName} onLeave=${onLeave} />`
        : html`<div class="who">
            ${!person && suggestion && html`<button type="button" class="chip chip-accent" aria-keyshortcuts="Y" onClick=${() => onName({ person_id: suggestion.person_id })}>${suggestion.name}? ${similarity(suggestion.similarity)}</button>`}
            <button type="button" class="chip" onClick=${onAsk}>${person ? "Change the name" : suggestion ? "Someone else" : "Who is this?"}</button>
          </div>`}
      <ul class="facts-list">
        <li><strong>${duration(card.seconds)}</strong> on screen</li>
        <li><strong>${count(card.tracks, "track")}</strong>, ${count(card.faces, "face")}</li>
        <li>${clock(card.first_ts)} – ${clock(card.last_ts)}</li>
        <li><${Badge} badge=${card.badge} about="cohesion" /> least similar <strong>${similarity(card.min_identity_sim)}</strong></li>
        ${card.uncertain_tracks > 0 && html`<li><strong>${count(card.uncertain_tracks, "track")}</strong> uncertain, ${duration(card.uncertain_seconds)}</li>`}
      </ul>
      <div class="pills">
        ${card.low_cohesion && html`<${Pill} tone="poor" icon="warn" text=${`low cohesion ${similarity(card.cohesion)}`} />`}
        ${card.outlier_reason && html`<${Pill} tone="poor" text=${card.outlier_reason} />`}
        ${card.named_by && html`<${Pill} text=${card.named_by === "person" ? "named by a person" : "named by the machine"} />`}
        ${card.locked && html`<${Pill} icon="lock" text="locked" />`}
        ${card.reviewed && html`<${Pill} icon="check" text="reviewed" />`}
        ${notPeople.map((other) => html`<${Pill} key=${other.person_id} text=${`not ${other.name}`} />`)}
      </div>
    </div>
    <div class="identity-verbs">
      <${Button} icon="lock" label=${card.locked ? "Unlock" : "Lock"} keys="L" pressed=${card.locked} onClick=${onLock} />
      <${Button} icon="check" label="Reviewed" keys="R" disabled=${card.reviewed} onClick=${onReview} />
      ${onNot && html`<${Button} icon="close" label="Not ${person?.name ?? suggestion?.name}" keys="N" onClick=${onNot} />`}
      <${Button} tone="quiet" label="Not a face" keys="X" onClick=${onDismiss} />
    </div>
  </header>`;
}
