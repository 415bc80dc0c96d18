// A button with its key. Screen readers hear the key by aria-keyshortcuts.
import { html } from "../lib.js";
import { Icon } from "./icons.js";
import { Key } from "./badge.js";

/**
 * @param {{
 *   label: string, onClick: (event: MouseEvent) => void, icon?: string, keys?: string, shortcut?: string,
 *   tone?: "plain" | "primary" | "quiet" | "poor", disabled?: boolean, title?: string, pressed?: boolean,
 *   bare?: boolean, tabindex?: number,
 * }} props `keys` is shown; `bare` shows only the icon
 */
export function Button({ label, onClick, icon, keys, tone = "plain", disabled, title, pressed, bare, tabindex }) {
  return html`<button
    type="button"
    class="button button-${tone} ${bare ? "button-bare" : ""}"
    onClick=${onClick}
    disabled=${disabled}
    title=${title ?? (bare ? label : undefined)}
    aria-label=${bare ? label : undefined}
    aria-pressed=${pressed}
    aria-keyshortcuts=${keys}
    tabindex=${tabindex}
  >
    ${icon && html`<${Icon} name=${icon} />`}${!bare && html`<span>${label}</span>`}${keys && !bare && html`<${Key} name=${keys} />`}
  </button>`;
}
