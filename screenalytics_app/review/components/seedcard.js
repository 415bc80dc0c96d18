// A reference face of a person.
import { html, useState } from "../lib.js";
import { similarity } from "../words.js";
import { Pill } from "./badge.js";
import { Button } from "./button.js";
import { Face } from "./face.js";

/** @import { SeedCard as Seed } from "../api/types.js" */

export const SEED_TEXT = 92;

/** What a screen reader says about a reference face. @param {Seed} seed */
export function describeSeed(seed) {
  const parts = [`Reference face from ${seed.origin || seed.source}`, `${Math.round(seed.side_px)} px`];
  if (seed.featured) parts.push("featured");
  if (seed.similarity !== null) parts.push(`similarity to the others ${similarity(seed.similarity)}`);
  return parts.join(", ");
}

/** @param {{seed: Seed, selected: boolean, active: boolean, onFeature: () => void, onRemove: () => void}} props */
export function SeedCard({ seed, selected, active, onFeature, onRemove }) {
  const [sure, setSure] = useState(false);
  const tabindex = active ? 0 : -1;
  return html`<article class="card ${selected ? "is-shown" : ""}" onPointerLeave=${() => setSure(false)}>
    <div class="picture">
      <${Face} src=${seed.image_url} alt="" />
      <div class="marks">${seed.featured && html`<${Pill} tone="accent" text="★ featured" />`}</div>
    </div>
    <p class="facts"><span>${Math.round(seed.side_px)} px</span>${seed.similarity !== null && html`<span>alike ${similarity(seed.similarity)}</span>`}</p>
    <p class="facts"><span class="seed-source" title="${seed.source}: ${seed.origin}">${seed.origin || seed.source}</span></p>
    <div class="seed-verbs">
      ${sure
        ? html`<${Button} tone="poor" label="Remove for good" tabindex=${tabindex} onClick=${onRemove} />`
        : html`
            ${!seed.featured && html`<${Button} tone="quiet" label="Feature" tabindex=${tabindex} onClick=${onFeature} />`}
            <${Button} tone="quiet" bare icon="remove" label="Remove" tabindex=${tabindex} onClick=${() => setSure(true)} />
          `}
    </div>
  </article>`;
}
