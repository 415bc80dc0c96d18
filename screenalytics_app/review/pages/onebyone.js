// One by one: each identity without a name in turn, the longest on screen first. A name or X brings the next one.
import { html, useState } from "../lib.js";
import { to } from "../router.js";
import { useKeys } from "../keys.js";
import { ep, loaded, sorted } from "../state/episode.js";
import { useTitle } from "../state/use.js";
import { Button } from "../components/button.js";
import IdentityPage from "./identity.js";

export default function OneByOne() {
  useTitle(`Name the identities of ${ep.value}`);
  const [later, setLater] = useState(/** @type {readonly string[]} */ ([]));
  const unnamed = sorted.value.filter((card) => card.person === null);
  const rank = (/** @type {string} */ id) => later.indexOf(id) + 1;
  const [first] = [...unnamed].sort((a, b) => rank(a.identity_id) - rank(b.identity_id));
  const putOff = () => {
    if (first) setLater((old) => [...old.filter((id) => id !== first.identity_id), first.identity_id]);
  };
  useKeys([{ keys: ["j"], label: "Leave it, show the next one", run: putOff }]);

  if (!loaded.value) return html`<p class="nothing">Loading …</p>`;
  if (!first) return html`<${Done} />`;
  return html`<div data-identity=${first.identity_id}>
    <p class="in-turn muted" role="status">
      ${unnamed.length === 1 ? "The last one without a name" : `${unnamed.length} without a name`}
      <${Button} tone="quiet" label="Later" keys="J" onClick=${putOff} />
    </p>
    <${IdentityPage} key=${first.identity_id} id=${first.identity_id} inTurn />
  </div>`;
}

function Done() {
  return html`<div class="nothing">
    <h1>Everybody has a name</h1>
    <p><a class="button button-primary" href=${to(ep.value, "board")}>Go to the board</a></p>
  </div>`;
}
