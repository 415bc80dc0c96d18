// A face picture with round corners. Without a stored picture, a drawn face stands in.
import { html } from "../lib.js";
import { Icon } from "./icons.js";

/** @param {{src: string | null, alt: string, size?: "small" | "medium" | "large"}} props */
export function Face({ src, alt, size = "large" }) {
  if (!src) return html`<span class="face face-${size} face-none" role="img" aria-label=${alt || "no picture"}><${Icon} name="face" /></span>`;
  return html`<img class="face face-${size}" src=${src} alt=${alt} loading="lazy" decoding="async" draggable=${false} />`;
}
