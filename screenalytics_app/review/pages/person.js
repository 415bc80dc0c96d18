// A person of the cast: reference faces, names, and where they are on screen.
import { html, useRef, useState } from "../lib.js";
import { navigate, to } from "../router.js";
import { useKeys } from "../keys.js";
import { readPerson } from "../api/endpoints.js";
import * as verbs from "../state/castverbs.js";
import { cards, ep } from "../state/episode.js";
import { castTurn, show } from "../state/people.js";
import { useSingleSelection } from "../state/single.js";
import { useLoaded, useTitle } from "../state/use.js";
import { count, duration, numberOf } from "../words.js";
import { Button } from "../components/button.js";
import { FileButton, useDrop } from "../components/dropzone.js";
import { Face } from "../components/face.js";
import { Grid } from "../components/grid.js";
import { PersonForm } from "../components/personform.js";
import { SEED_TEXT, SeedCard, describeSeed } from "../components/seedcard.js";

/** @import { CastDetail, SeedCard as Seed } from "../api/types.js" */

/** @param {{person: string}} params */
export default function PersonPage({ person: id }) {
  const { data, error } = useLoaded(() => (show.peek() ? readPerson(show.peek(), id) : Promise.resolve(null)), [show.value, castTurn.value]);
  const [refused, setRefused] = useState(/** @type {readonly string[]} */ ([]));
  const [editing, setEditing] = useState(false);
  const selection = useSingleSelection();
  const choose = useRef(/** @type {(() => void) | null} */ (null));
  useTitle(data ? `${data.name} in the cast` : "Cast");
  const add = async (/** @type {File[]} */ files) => setRefused(await verbs.upload(id, files));
  const { over, props } = useDrop(add);
  const chosen = data?.seeds.find((seed) => seed.seed_id === selection.active.value);
  useKeys([
    { keys: ["u"], label: "Add reference faces", run: () => choose.current?.() },
    { keys: ["e"], label: "Change name, other names or role", run: () => setEditing(true) },
    { keys: ["f"], label: "Let this reference face represent the person", run: () => data && chosen && void verbs.feature(data, chosen.seed_id) },
  ]);
  if (error && !data) return html`<div class="nothing"><p>${error.message}</p><p><a href=${to(ep.value, "cast")}>All people</a></p></div>`;
  if (!data) return html`<p class="nothing">Loading …</p>`;
  const gone = () => navigate(to(ep.peek(), "cast"));
  return html`<div class="page person ${over ? "is-over" : ""}" ...${props}>
    <p class="back"><a href=${to(ep.value, "cast")}>Cast of ${data.show}</a></p>
    <header class="identity-head">
      <${Face} src=${data.image_url ?? hereOf(id)[0]?.thumb_url ?? null} alt="" />
      <div class="identity-words">
        ${editing
          ? html`<${PersonForm} person=${data} onSave=${(/** @type {object} */ change) => void verbs.changePerson(data, change)} onLeave=${() => setEditing(false)} />`
          : html`<h1>${data.name}</h1>
              ${(data.role || data.aliases.length > 0) && html`<p class="muted">${[data.role, data.aliases.length && `also ${data.aliases.join(", ")}`].filter(Boolean).join(" · ")}</p>`}`}
        <${Where} person=${data} />
      </div>
      <div class="identity-verbs">
        <${FileButton} label="Add reference faces" keys="U" choose=${choose} onFiles=${add} />
        <${Button} label="Edit" keys="E" onClick=${() => setEditing(true)} />
        <${Button} tone="quiet" icon="remove" label="Remove from the cast" onClick=${() => void verbs.removeMember(data, gone)} />
      </div>
    </header>
    ${refused.length > 0 && html`<section class="refused" role="alert" aria-label="Refused pictures">
      <ul>${refused.map((sentence) => html`<li key=${sentence}>${sentence}</li>`)}</ul>
      <${Button} tone="quiet" bare icon="close" label="Close the list of refused pictures" onClick=${() => setRefused([])} />
    </section>`}
    <h2 class="section">${count(data.seeds.length, "reference face")} <span class="muted">the machine compares new faces with them</span></h2>
    ${!data.seeds.length && html`<p class="drop-area">Drop pictures here that show one clear face each, as JPEG or PNG.</p>`}
    ${data.seeds.length > 0 && html`<${Grid}
      label="Reference faces"
      items=${data.seeds}
      keyOf=${(/** @type {Seed} */ seed) => seed.seed_id}
      describe=${describeSeed}
      selection=${selection}
      open=${(/** @type {Seed} */ seed) => void verbs.feature(data, seed.seed_id)}
      least=${matchMedia("(max-width: 600px)").matches ? 140 : 164}
      extra=${SEED_TEXT}
      draw=${(/** @type {Seed} */ seed, /** @type {{selected: boolean, active: boolean}} */ state) => html`<${SeedCard}
        seed=${seed}
        ...${state}
        onFeature=${() => void verbs.feature(data, seed.seed_id)}
        onRemove=${() => void verbs.removeSeed(data, seed.seed_id)}
      />`}
    />`}
    ${over && html`<p class="drop-veil" aria-hidden="true">Drop to add reference faces of ${data.name}</p>`}
  </div>`;
}

/** @param {string} person */
const hereOf = (person) => [...cards.value.values()].filter((card) => card.person?.person_id === person);

/** Identities of the person, here and in other episodes. @param {{person: CastDetail}} props */
function Where({ person }) {
  const here = hereOf(person.person_id);
  const others = [...new Set(person.identities.map((id) => id.split(":")[0]))].filter((other) => other !== ep.value);
  return html`<div class="where">
    ${!here.length && html`<span class="muted">Not on screen in this episode.</span>`}
    ${here.map((card) => html`<a class="chip" key=${card.identity_id} href=${to(ep.value, "identity", card.identity_id)}>
      <${Face} src=${card.thumb_url} alt="" size="small" /> ${numberOf(card.identity_id)} · ${duration(card.seconds)}
    </a>`)}
    ${others.slice(0, 12).map((other) => html`<a class="chip" key=${other} href=${to(other, "cast", person.person_id)}>${other}</a>`)}
    ${others.length > 12 && html`<span class="muted">and ${others.length - 12} more episodes</span>`}
  </div>`;
}
