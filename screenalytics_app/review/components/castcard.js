// A person of the cast on a card. Pictures dropped on it become reference faces.
import { html } from "../lib.js";
import { to } from "../router.js";
import { ep } from "../state/episode.js";
import { count, duration } from "../words.js";
import { Face } from "./face.js";
import { Pill } from "./badge.js";
import { useDrop } from "./dropzone.js";

/** @import { CastCard as Card, IdentityCard } from "../api/types.js" */
/** @typedef {{card: Card, here: readonly IdentityCard[], seconds: number}} Member a person, with their identities in this episode */

export const CAST_TEXT = 84;

/** What a screen reader says about a person. @param {Member} member */
export function describeMember({ card, here, seconds }) {
  const parts = [card.name, here.length ? `${duration(seconds)} on screen` : "not in this episode", count(card.reference_faces, "reference face")];
  if (card.role) parts.splice(1, 0, card.role);
  return parts.join(", ");
}

/** @param {{member: Member, active: boolean, onFiles: (files: File[]) => void}} props */
export function CastCard({ member: { card, here, seconds }, active, onFiles }) {
  const { over, props } = useDrop(onFiles);
  return html`<article class="card ${over ? "drop-here" : ""}" ...${props}>
    <div class="picture">
      <${Face} src=${card.image_url ?? here[0]?.thumb_url ?? null} alt="" />
      ${over && html`<p class="drop-words">Add reference faces</p>`}
      <div class="marks">${!card.reference_faces && html`<${Pill} text="no reference" />`}</div>
    </div>
    <a class="name" href=${to(ep.value, "cast", card.person_id)} tabindex=${active ? 0 : -1}>${card.name}</a>
    <p class="facts"><span>${here.length ? duration(seconds) : "not in this episode"}</span>${card.role && html`<span>${card.role}</span>`}</p>
    <p class="facts"><span>${count(card.reference_faces, "reference face")}</span></p>
  </article>`;
}
