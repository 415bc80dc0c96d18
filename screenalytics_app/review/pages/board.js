// Board: all identities, unnamed ones first. Select, merge and name them.
import { html, useCallback, useRef, useState } from "../lib.js";
import { navigate, to } from "../router.js";
import { ep, loaded, sorted } from "../state/episode.js";
import { useSelection } from "../state/selection.js";
import { useTitle } from "../state/use.js";
import { markReviewed, merge, mergeAll, nameAll, notFaces, toggleLock } from "../state/verbs.js";
import { count, nameOf } from "../words.js";
import { useDrag } from "../components/drag.js";
import { Grid } from "../components/grid.js";
import { IdentityCard, TEXT_HEIGHT, describe } from "../components/identitycard.js";
import { NameBar } from "../components/namebar.js";
import { useTarget } from "../components/shell.js";

/** @import { IdentityCard as Card } from "../api/types.js" */
/** @import { Handle } from "../components/grid.js" */
/** @import { Choice } from "../state/people.js" */

/** @type {{name: string, fits: (card: Card) => boolean}[]} */
const FILTERS = [
  { name: "All", fits: () => true },
  { name: "Unnamed", fits: (card) => card.person === null },
  { name: "Named", fits: (card) => card.person !== null },
  { name: "Low cohesion", fits: (card) => card.low_cohesion },
];

export default function Board() {
  useTitle(`Board of ${ep.value}`);
  const [filter, setFilter] = useState(0);
  const [asking, setAsking] = useState("");
  const selection = useSelection();
  const grid = useRef(/** @type {Handle | null} */ (null));
  const items = sorted.value.filter(FILTERS[filter].fits);
  const chosen = selection.chosen().filter((id) => items.some((card) => card.identity_id === id));

  const order = items.map((card) => card.identity_id);
  const act = (/** @type {(ids: string[]) => Promise<unknown>} */ verb) => {
    const ids = chosen;
    grid.current?.focus();
    selection.clear();
    return verb(ids);
  };
  const nameThese = (/** @type {string[]} */ ids, /** @type {Choice} */ choice) => {
    selection.clear();
    selection.advance(ids, order);
    grid.current?.focus();
    nameAll(ids, choice);
  };
  const name = (/** @type {Choice} */ choice) => nameThese(chosen, choice);
  const leave = () => setAsking("");
  const drop = useCallback((/** @type {string} */ source, /** @type {string} */ target) => void merge(target, [source]), []);
  useDrag(drop);
  const selected = selection.keys.value.size;
  const text = whatIsChosen(chosen, selected);
  useTarget(text ? { text, run: name } : null);
  const compare = () => navigate(to(ep.peek(), "compare", chosen[0], chosen[1]));

  return html`<div class="page board">
    <header class="page-head">
      <h1>Who is on screen?</h1>
      <p class="muted">${summary()}</p>
      <div class="filters" role="group" aria-label="Show">
        ${FILTERS.map(
          (entry, index) => html`<button type="button" class="chip" key=${entry.name} aria-pressed=${index === filter} onClick=${() => setFilter(index)}>
            ${entry.name} <span class="count">${sorted.value.filter(entry.fits).length}</span>
          </button>`,
        )}
      </div>
    </header>
    ${loaded.value && !items.length && html`<p class="nothing">No identity is here.</p>`}
    ${items.length > 0 && html`<${Grid}
      label="Identities"
      items=${items}
      keyOf=${(/** @type {Card} */ card) => card.identity_id}
      describe=${describe}
      selection=${selection}
      open=${(/** @type {Card} */ card) => open(card.identity_id)}
      least=${matchMedia("(max-width: 600px)").matches ? 150 : 176}
      extra=${TEXT_HEIGHT}
      handle=${grid}
      draw=${(/** @type {Card} */ card, /** @type {{selected: boolean, active: boolean}} */ state) => html`<${IdentityCard}
        card=${card}
        ...${state}
        naming=${asking === card.identity_id}
        onAsk=${() => setAsking(card.identity_id)}
        onLeave=${leave}
        onName=${(/** @type {Choice} */ choice) => nameThese([card.identity_id], choice)}
      />`}
    />`}
    <${NameBar}
      text=${text}
      naming="Name what is selected"
      onName=${name}
      onClear=${text ? () => selection.letGo() : undefined}
      verbs=${[
        { key: "m", label: "Merge", long: "Merge the selection", icon: "merge", disabled: chosen.length < 2, run: () => act(mergeAll) },
        { key: "x", label: "Not a face", icon: "close", run: () => act(notFaces) },
        { key: "l", label: "Lock", long: "Lock or unlock", icon: "lock", run: () => act(toggleLock) },
        { key: "r", label: "Reviewed", icon: "check", run: () => act(markReviewed) },
        ...(selected === 2 ? [{ key: "c", label: "Compare", icon: "swap", run: compare }] : []),
      ]}
    />
  </div>`;
}

/** @param {string} id */
function open(id) {
  navigate(to(ep.peek(), "identity", id));
}

function summary() {
  const unnamed = sorted.value.filter((card) => card.person === null).length;
  if (!loaded.value) return "Loading …";
  return `${count(sorted.value.length, "identity").replace("identitys", "identities")}, ${unnamed ? `${unnamed} without a name` : "all with a name"}`;
}

/** @param {string[]} chosen @param {number} selected */
function whatIsChosen(chosen, selected) {
  if (selected > 1) return `${selected} selected`;
  const card = sorted.value.find((one) => one.identity_id === chosen[0]);
  return card ? nameOf(card) : "";
}
