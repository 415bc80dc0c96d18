// A text field that finds people by name, or adds a new one: the combobox of the ARIA practices.
import { html, useEffect, useRef, useState } from "../lib.js";
import { search } from "../state/people.js";
import { Face } from "./face.js";
import { Icon } from "./icons.js";

/** @import { Choice, Person } from "../state/people.js" */
/** @typedef {{id: string, text: string, person: Person | null, choice: Choice}} Option */

const MOST = 8;
let lastList = 0;

/**
 * @param {string} text @param {boolean} mayAdd @returns {Option[]}
 */
function optionsFor(text, mayAdd) {
  const found = search(text).slice(0, MOST);
  /** @type {Option[]} */
  const options = found.map((person) => ({ id: person.person_id, text: person.name, person, choice: { person_id: person.person_id } }));
  const name = text.trim();
  const known = found.some((person) => person.name.toLowerCase() === name.toLowerCase());
  if (mayAdd && name && !known) options.push({ id: "+", text: `Add “${name}”`, person: null, choice: { name } });
  return options;
}

/**
 * @param {{
 *   label: string, onPick: (choice: Choice, name: string) => void, onLeave?: () => void, mayAdd?: boolean,
 *   autofocus?: boolean, placeholder?: string, field?: (input: HTMLInputElement) => void,
 * }} props `field` gets the input, for a shortcut to focus it
 */
export function Picker({ label, onPick, onLeave, mayAdd = true, autofocus = false, placeholder, field }) {
  const [text, setText] = useState("");
  const [open, setOpen] = useState(autofocus);
  const [active, setActive] = useState(0);
  const [list] = useState(() => `people-${(lastList += 1)}`);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const options = open ? optionsFor(text, mayAdd) : [];
  const at = Math.min(active, options.length - 1);

  useEffect(() => {
    if (input.current) field?.(input.current);
    if (autofocus) input.current?.focus();
  }, []);

  const leave = () => {
    setOpen(false);
    setText("");
    setActive(0);
    onLeave?.();
  };
  const pick = (/** @type {Option} */ option) => {
    input.current?.blur();
    onPick(option.choice, option.person?.name ?? text.trim());
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && options.length) setActive((at + step + options.length) % options.length);
    else if (event.key === "Enter" && options[at]) pick(options[at]);
    else if (event.key === "Escape") input.current?.blur();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onInput = (/** @type {Event} */ event) => {
    setText(/** @type {HTMLInputElement} */ (event.target).value);
    setOpen(true);
    setActive(0);
  };

  return html`<div class="picker">
    <${Icon} name="search" />
    <input
      ref=${input}
      type="text"
      role="combobox"
      autocomplete="off"
      spellcheck=${false}
      aria-label=${label}
      aria-expanded=${options.length > 0}
      aria-controls=${options.length ? list : undefined}
      aria-autocomplete="list"
      aria-activedescendant=${options[at] ? `${list}-${at}` : undefined}
      placeholder=${placeholder}
      value=${text}
      onInput=${onInput}
      onFocus=${() => setOpen(true)}
      onBlur=${leave}
      onKeyDown=${onKeyDown}
    />
    ${options.length > 0 &&
    html`<ul class="options" id=${list} role="listbox" aria-label=${label}>
      ${options.map(
        (option, index) => html`<li
          key=${option.id}
          id="${list}-${index}"
          role="option"
          aria-selected=${index === at}
          onPointerDown=${(/** @type {Event} */ event) => event.preventDefault()}
          onClick=${() => pick(option)}
        >
          ${option.person ? html`<${Face} src=${option.person.image} alt="" size="small" />` : html`<${Icon} name="add" />`}
          <span>${option.text}</span>
          ${option.person?.role && html`<span class="muted">${option.person.role}</span>`}
        </li>`,
      )}
    </ul>`}
  </div>`;
}
