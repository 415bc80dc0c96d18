// Small marks. Each says in words what its colour says.
import { html } from "../lib.js";
import { Icon } from "./icons.js";

/** @import { Badge as Level } from "../api/types.js" */

/** @param {{badge: Level | null, about?: string}} props `about` says what the value is, such as "cohesion" */
export function Badge({ badge, about }) {
  if (!badge) return null;
  return html`<span class="badge badge-${badge.level}"
    >${about && html`<span class="unseen">${about} </span>`}<span class="dot" aria-hidden="true"></span>${badge.text}</span
  >`;
}

/** @param {{text: string, tone?: "plain" | "poor" | "accent", icon?: string}} props */
export function Pill({ text, tone = "plain", icon }) {
  return html`<span class="pill pill-${tone}">${icon && html`<${Icon} name=${icon} />`}${text}</span>`;
}

/** A key of the keyboard. @param {{name: string}} props */
export function Key({ name }) {
  return html`<kbd aria-hidden="true">${name}</kbd>`;
}
