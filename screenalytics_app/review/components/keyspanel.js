// The panel of `?`: all keys of the page, and the switch for single keys. It covers nothing that is needed.
import { html, signal } from "../lib.js";
import { layers } from "../keys.js";
import { letters } from "../state/preferences.js";
import { Button } from "./button.js";

export const panelOpen = signal(false);

/** Parts between keys. */
const WORDS = new Set(["or", "–", "+", "arrows"]);

/** @param {import("../keys.js").Binding} binding */
const shownKeys = (binding) => (binding.shown ?? binding.keys.map(readable).join(" or ")).split(" ");

/** @param {string} key */
function readable(key) {
  /** @type {Record<string, string>} */
  const names = { escape: "Esc", enter: "Enter", " ": "Space", "ctrl+z": "Ctrl+Z", "ctrl+shift+z": "Ctrl+Shift+Z" };
  return names[key] ?? key.toUpperCase();
}

export function KeysPanel() {
  if (!panelOpen.value) return null;
  const bindings = layers.value.flatMap((layer) => [...layer.current]).filter((binding) => binding.label);
  const onSwitch = () => {
    letters.value = !letters.value;
  };
  return html`<aside class="keys-panel" aria-label="Keys">
    <header>
      <h2>Keys</h2>
      <${Button} bare tone="quiet" icon="close" label="Close the keys" onClick=${() => (panelOpen.value = false)} />
    </header>
    <dl>
      ${bindings.map(
        (binding) => html`<div key=${binding.label}>
          <dt>${shownKeys(binding).map((part) => (WORDS.has(part) ? ` ${part} ` : html`<kbd>${part}</kbd>`))}</dt>
          <dd>${binding.label}</dd>
        </div>`,
      )}
    </dl>
    <label class="switch">
      <input type="checkbox" role="switch" checked=${letters.value} onChange=${onSwitch} />
      <span>Single letters, digits and signs are shortcuts</span>
    </label>
  </aside>`;
}
