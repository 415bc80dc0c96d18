// Cast: the people of the show, those with the most seconds in this episode first.
import { html, useRef, useState } from "../lib.js";
import { navigate, to } from "../router.js";
import { useKeys } from "../keys.js";
import { readCast } from "../api/endpoints.js";
import { addPerson, upload } from "../state/castverbs.js";
import { cards, ep } from "../state/episode.js";
import { castTurn, show } from "../state/people.js";
import { useSingleSelection } from "../state/single.js";
import { useLoaded, useTitle } from "../state/use.js";
import { count } from "../words.js";
import { Button } from "../components/button.js";
import { CAST_TEXT, CastCard, describeMember } from "../components/castcard.js";
import { Grid } from "../components/grid.js";

/** @import { CastCard as Card } from "../api/types.js" */
/** @import { Member } from "../components/castcard.js" */

export default function CastPage() {
  useTitle(`Cast of ${show.value || ep.value}`);
  const { data, error } = useLoaded(() => (show.peek() ? readCast(show.peek()) : Promise.resolve(null)), [show.value, castTurn.value]);
  const selection = useSingleSelection();
  const [name, setName] = useState("");
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const open = (/** @type {string} */ person) => navigate(to(ep.peek(), "cast", person));
  const add = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const result = name.trim() ? await addPerson(name.trim()) : null;
    if (result) open(result.done.person_id);
  };
  useKeys([{ keys: ["a"], label: "Add a person", run: () => field.current?.focus() }]);
  if (error && !data) return html`<p class="nothing">${error.message}</p>`;
  if (!data) return html`<p class="nothing">Loading …</p>`;
  const members = data.map(memberOf).sort((a, b) => b.seconds - a.seconds || a.card.name.localeCompare(b.card.name));
  const here = members.filter((member) => member.here.length).length;
  return html`<div class="page cast">
    <header class="page-head cast-head">
      <div>
        <h1>Cast of ${show.value}</h1>
        <p class="muted">${count(members.length, "person").replace("persons", "people")}, ${here} in this episode. Drop pictures on somebody to add reference faces.</p>
      </div>
      <form class="add-person" onSubmit=${add}>
        <input
          ref=${field}
          type="text"
          class="field"
          aria-label="Name of a new person"
          placeholder="New person"
          maxlength="200"
          value=${name}
          onInput=${(/** @type {Event} */ event) => setName(/** @type {HTMLInputElement} */ (event.target).value)}
          onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && field.current?.blur()}
        />
        <${Button} tone="primary" icon="add" label="Add" keys="A" disabled=${!name.trim()} onClick=${add} />
      </form>
    </header>
    ${!members.length && html`<p class="nothing">Nobody is in the cast yet. Add people here, or name somebody on the board.</p>`}
    ${members.length > 0 && html`<${Grid}
      label="People"
      items=${members}
      keyOf=${(/** @type {Member} */ member) => member.card.person_id}
      describe=${describeMember}
      selection=${selection}
      open=${(/** @type {Member} */ member) => open(member.card.person_id)}
      least=${matchMedia("(max-width: 600px)").matches ? 150 : 176}
      extra=${CAST_TEXT}
      draw=${(/** @type {Member} */ member, /** @type {{active: boolean}} */ { active }) => html`<${CastCard}
        member=${member}
        active=${active}
        onFiles=${(/** @type {File[]} */ files) => void upload(member.card.person_id, files)}
      />`}
    />`}
  </div>`;
}

/** @param {Card} card @returns {Member} */
function memberOf(card) {
  const here = [...cards.value.values()].filter((one) => one.person?.person_id === card.person_id);
  return { card, here, seconds: here.reduce((sum, one) => sum + one.seconds, 0) };
}
