// The bar at the lower edge: what can be done with the selection, and the names of the digits.
import { html } from "../lib.js";
import { useKeys } from "../keys.js";
import { digits } from "../state/people.js";
import { Key } from "./badge.js";
import { Button } from "./button.js";

/** @import { Choice } from "../state/people.js" */
/** @typedef {{key: string, label: string, icon: string, run: () => void, disabled?: boolean, long?: string}} Verb `long` is for the panel of keys */

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
const KEYS = [...DIGITS, ...DIGITS.map((digit) => `shift+${digit}`)];

/**
 * @param {{
 *   text: string, verbs: Verb[], onName: (choice: Choice) => void, onClear?: () => void, naming: string, inline?: boolean,
 * }} props `text` says what the verbs are about, "" if nothing; `naming` says what a digit does; `inline` keeps
 *   the bar in the page
 */
export function NameBar({ text, verbs, onName, onClear, naming, inline = false }) {
  const give = (/** @type {number} */ place) => {
    const person = digits.peek()[place];
    if (person && text) onName({ person_id: person.person_id });
  };
  useKeys([
    { keys: KEYS, shown: "1 – 9, Shift", label: naming, run: (key) => give(KEYS.indexOf(key)) },
    ...verbs.map(({ key, label, long, run, disabled }) => ({ keys: [key], label: long ?? label, run: () => text && !disabled && run() })),
    ...(onClear ? [{ keys: ["escape"], label: "Clear the selection", run: onClear }] : []),
  ]);
  if (!text || (!digits.value.length && verbs.every((verb) => verb.disabled))) return null;
  return html`<section class="name-bar ${inline ? "name-bar-inline" : ""}" aria-label="Actions on ${text}">
    <div class="name-bar-verbs">
      <strong>${text}</strong>
      ${verbs.map(
        (verb) => html`<${Button}
          key=${verb.key}
          tone="quiet"
          icon=${verb.icon}
          label=${verb.label}
          keys=${verb.key.toUpperCase()}
          disabled=${verb.disabled}
          onClick=${verb.run}
        />`,
      )}
      ${onClear && html`<${Button} tone="quiet" bare icon="close" label="Clear the selection" onClick=${onClear} />`}
    </div>
    <div class="name-bar-people" role="group" aria-label=${naming}>
      ${digits.value.map(
        (person, place) => html`<button type="button" class="chip" key=${person.person_id} aria-keyshortcuts=${KEYS[place].replace("shift", "Shift")} onClick=${() => give(place)}>
          <${Key} name=${KEYS[place].replace("shift+", "⇧")} /> ${person.name}
        </button>`,
      )}
    </div>
  </section>`;
}
