// Small marks. Each says in words what its colour says.
import { html } from "../lib.js";
import { Icon } from "./icons.js";

/** @import { Badge as Level } from "../api/types.js" */

/**
 * @param {{badge: Level | null, about?: string, brief?: boolean, named?: boolean}} props `about` says what the value is,
 *   such as "cohesion", to screen readers or with `named` to all; `brief` shows a good value as a mark alone
 */
export function Badge({ badge, about, brief, named }) {
  if (!badge) return null;
  const quiet = brief && badge.level === "good";
  return html`<span class="badge badge-${badge.level}" title=${about && `${about}: ${badge.text}`}>
    <span class="dot" aria-hidden="true"></span>
    ${about && html`<span class=${named ? "about" : "unseen"}>${about} </span>`}
    <span class=${quiet ? "unseen" : ""}>${badge.text}</span>
  </span>`;
}

/** @param {{text: string, tone?: "plain" | "fair" | "poor", icon?: string}} props */
export function Pill({ text, tone = "plain", icon }) {
  return html`<span class="pill pill-${tone}">${icon && html`<${Icon} name=${icon} />`}${text}</span>`;
}

/** A key of the keyboard. @param {{name: string}} props */
export function Key({ name }) {
  return html`<kbd aria-hidden="true">${name}</kbd>`;
}
