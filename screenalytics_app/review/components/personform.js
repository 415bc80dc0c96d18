// Name, other names and role of a person.
import { html, useEffect, useRef, useState } from "../lib.js";
import { Button } from "./button.js";

/** @import { CastDetail, PersonChange } from "../api/types.js" */

/** @param {{person: CastDetail, onSave: (change: Partial<PersonChange>) => void, onLeave: () => void}} props */
export function PersonForm({ person, onSave, onLeave }) {
  const [name, setName] = useState(person.name);
  const [aliases, setAliases] = useState(person.aliases.join(", "));
  const [role, setRole] = useState(person.role);
  const first = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => first.current?.select(), []);
  const save = (/** @type {Event} */ event) => {
    event.preventDefault();
    const others = aliases.split(",").map((alias) => alias.trim()).filter(Boolean);
    /** @type {Record<string, unknown>} */
    const change = {};
    if (name.trim() && name.trim() !== person.name) change.name = name.trim();
    if (others.join() !== person.aliases.join()) change.aliases = others;
    if (role.trim() !== person.role) change.role = role.trim();
    if (Object.keys(change).length) onSave(change);
    onLeave();
  };
  const field = (/** @type {string} */ label, /** @type {string} */ value, /** @type {(value: string) => void} */ set, /** @type {object} */ more = {}) =>
    html`<label class="labelled"
      ><span>${label}</span
      ><input type="text" class="field" maxlength="2000" value=${value} onInput=${(/** @type {Event} */ event) => set(/** @type {HTMLInputElement} */ (event.target).value)} ...${more}
    /></label>`;
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") onLeave();
    else if (event.key === "Enter" && event.target instanceof HTMLInputElement) save(event);
  };
  return html`<form class="person-form" onSubmit=${save} onKeyDown=${onKeyDown}>
    ${field("Name", name, setName, { ref: first, maxlength: 200, required: true })}
    ${field("Other names, with commas between them", aliases, setAliases)}
    ${field("Role", role, setRole, { maxlength: 200 })}
    <div class="form-verbs">
      <${Button} tone="primary" icon="check" label="Save" onClick=${save} />
      <${Button} tone="quiet" label="Cancel" onClick=${onLeave} />
    </div>
  </form>`;
}
