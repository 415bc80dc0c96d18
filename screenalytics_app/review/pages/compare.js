// Compare: two identities side by side. Are they one person?
import { html } from "../lib.js";
import { navigate, to } from "../router.js";
import { useKeys } from "../keys.js";
import { differ, readIdentity } from "../api/endpoints.js";
import { ep, versions } from "../state/episode.js";
import { perform } from "../state/gestures.js";
import { useLoaded, useTitle } from "../state/use.js";
import { merge } from "../state/verbs.js";
import { clock, nameOf } from "../words.js";
import { Button } from "../components/button.js";
import { Side } from "../components/question.js";
import { TrackCard } from "../components/trackcard.js";

/** @import { IdentityDetail } from "../api/types.js" */

const MOST = 60;

/** @param {{a: string, b: string}} params */
export default function Compare({ a, b }) {
  useTitle(`Compare in ${ep.value}`);
  const { data, error } = useLoaded(() => Promise.all([readIdentity(ep.peek(), a), readIdentity(ep.peek(), b)]));
  const same = () => merge(a, [b]).then((result) => result && navigate(to(ep.peek(), "identity", result.gone[a] ?? a)));
  const different = () =>
    perform((sending) => differ(ep.peek(), a, b, versions([a, b]), sending)).then(
      (result) => result && navigate(to(ep.peek(), "board")),
    );
  useKeys([
    { keys: ["y", "m"], label: "Same person", run: () => void same() },
    { keys: ["n"], label: "Different people", run: () => void different() },
  ]);
  if (error && !data) return html`<div class="nothing"><p>${error.message}</p><p><a href=${to(ep.value, "board")}>Go to the board</a></p></div>`;
  if (!data) return html`<p class="nothing">Loading …</p>`;
  return html`<div class="page compare">
    <header class="page-head"><h1>Is this one person?</h1><p class="muted">${nameOf(data[0])} and ${nameOf(data[1])}</p></header>
    <div class="answers">
      <${Button} tone="primary" icon="check" label="Same person" keys="Y" onClick=${same} />
      <${Button} icon="close" label="Different people" keys="N" onClick=${different} />
    </div>
    <${Lanes} sides=${data} />
    <div class="sides">${data.map((side) => html`<${Column} key=${side.identity_id} side=${side} />`)}</div>
  </div>`;
}

/** @param {{side: IdentityDetail}} props */
function Column({ side }) {
  return html`<div class="column">
    <${Side} card=${side} tracks=${[]} />
    <ul class="tracks">
      ${side.members.slice(0, MOST).map((track) => html`<li key=${track.track_id}><${TrackCard} track=${track} active /></li>`)}
    </ul>
    ${side.members.length > MOST && html`<p><a href=${to(ep.value, "identity", side.identity_id)}>All ${side.members.length} tracks</a></p>`}
  </div>`;
}

/** When each of the two is on screen. @param {{sides: readonly IdentityDetail[]}} props */
function Lanes({ sides }) {
  const from = Math.min(...sides.map((side) => side.first_ts));
  const span = Math.max(...sides.map((side) => side.last_ts)) - from || 1;
  return html`<figure class="lanes">
    <figcaption class="unseen">When each of the two is on screen</figcaption>
    ${sides.map(
      (side) => html`<div class="lane" key=${side.identity_id}>
        <span>${nameOf(side)}</span>
        <svg viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">
          ${side.members.slice(0, 300).map((track) => {
            const x = ((track.first_ts - from) / span) * 1000;
            const width = Math.max(2, (track.seconds / span) * 1000);
            return html`<rect key=${track.track_id} x=${x} y="0" width=${width} height="12" rx="2" />`;
          })}
        </svg>
      </div>`,
    )}
    <div class="lane lane-times" aria-hidden="true"><span></span><span>${clock(from)}</span><span>${clock(from + span)}</span></div>
  </figure>`;
}
