// One stored frame of a track: how good it is, and why it was rejected.
import { html } from "../lib.js";
import { clock } from "../words.js";
import { Badge } from "./badge.js";
import { Face } from "./face.js";

/** @import { FrameItem } from "../api/types.js" */

/** Height of the text below the picture, px. */
export const FRAME_TEXT = 70;

/** Why a face was rejected, such as `low_contrast`, in words. @param {string} reason */
const words = (reason) => reason.replaceAll("_", " ");

/** What a screen reader says about a frame. @param {FrameItem} frame @param {boolean} best */
export function describeFrame(frame, best) {
  const parts = [`Frame at ${clock(frame.ts)}`, `quality ${frame.quality_badge.text}`];
  if (best) parts.unshift("Best quality");
  if (frame.similarity_badge) parts.push(`similarity ${frame.similarity_badge.text}`);
  if (frame.rejection_reason) parts.push(`rejected: ${words(frame.rejection_reason)}`);
  return parts.join(", ");
}

/** @param {{frame: FrameItem, best: boolean, selected: boolean}} props */
export function FrameCard({ frame, best, selected }) {
  const { rejection_reason: rejected } = frame;
  return html`<article class="card frame ${selected ? "is-shown" : ""} ${rejected ? "is-outlier" : ""}">
    <div class="picture">
      <${Face} src=${frame.media_url} alt="" />
      ${best && html`<span class="best">★ BEST QUALITY</span>`}
      ${rejected && html`<p class="rejected">${words(rejected)}</p>`}
    </div>
    <p class="facts"><span>${(Math.floor(frame.ts * 100) / 100).toFixed(2)} s</span></p>
    <p class="facts"><span aria-hidden="true">quality</span><${Badge} badge=${frame.quality_badge} about="quality" /></p>
    <p class="facts">
      <span aria-hidden="true">alike</span>
      ${frame.similarity_badge ? html`<${Badge} badge=${frame.similarity_badge} about="similarity" />` : html`<span>not compared</span>`}
    </p>
  </article>`;
}
