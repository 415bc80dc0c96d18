// Identity: its tracks, those that fit least first. Move, split or dismiss the wrong ones.
import { html, useEffect, useRef, useState } from "../lib.js";
import { navigate, to } from "../router.js";
import { useKeys } from "../keys.js";
import { readIdentity } from "../api/endpoints.js";
import { Refusal } from "../api/client.js";
import { cards, ep } from "../state/episode.js";
import { useSelection } from "../state/selection.js";
import { useLoaded, useTitle } from "../state/use.js";
import * as verbs from "../state/verbs.js";
import { count, nameOf } from "../words.js";
import { Grid } from "../components/grid.js";
import { IdentityHead } from "../components/identityhead.js";
import { NameBar } from "../components/namebar.js";
import { useTarget } from "../components/shell.js";
import { TRACK_TEXT, TrackCard, describeTrack } from "../components/trackcard.js";

/** @import { TrackCard as Track } from "../api/types.js" */
/** @import { Handle } from "../components/grid.js" */
/** @import { Choice } from "../state/people.js" */

/** Keys of the first tracks, with Shift. */
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** @param {{id: string, inTurn?: boolean}} params `inTurn`: the page around this one shows the next identity by itself */
export default function IdentityPage({ id, inTurn = false }) {
  const { data, error } = useLoaded(() => readIdentity(ep.peek(), id));
  const selection = useSelection();
  const grid = useRef(/** @type {Handle | null} */ (null));
  const card = cards.value.get(id) ?? data;
  const [asking, setAsking] = useState(false);
  useTitle(card ? `${nameOf(card)} in ${ep.value}` : ep.value);

  const tracks = [...selection.keys.value];
  const act = (/** @type {(tracks: string[]) => Promise<unknown>} */ verb) => {
    if (!tracks.length) return;
    grid.current?.focus();
    selection.clear();
    verb(tracks);
  };
  const name = (/** @type {Choice} */ choice) => {
    if (tracks.length) act((ids) => verbs.giveTracks(ids, id, choice));
    else verbs.change(id, { labels: choice }, "Name all the same").then((result) => inTurn || followMerge(id, result));
  };
  useEffect(() => {
    if (inTurn && data) grid.current?.focus();
  }, [data !== null]);
  const play = () => {
    const track = selection.chosen()[0];
    if (track) navigate(to(ep.peek(), "track", track));
  };
  const lock = () => void verbs.toggleLock([id]);
  const review = () => void verbs.markReviewed([id]);
  const person = card?.person ?? card?.suggestion ?? null;
  const notThem = () => person && void verbs.notPerson(id, person.person_id);
  const confirm = () => card?.suggestion && !card.person && name({ person_id: card.suggestion.person_id });
  const dismiss = () => (tracks.length ? act((ids) => verbs.notFaceTracks(ids, id)) : void verbs.notFaces([id]));
  const selectLetter = (/** @type {string} */ key) => {
    const track = data?.members[LETTERS.indexOf(key.slice(-1))];
    if (!track) return;
    selection.toggle(track.track_id);
    grid.current?.focus();
  };
  useKeys([
    { keys: [...LETTERS].map((letter) => `shift+${letter}`), shown: "Shift + A – Z", label: "Select the track with this letter", run: selectLetter },
    { keys: ["l"], label: "Lock or unlock", run: lock },
    { keys: ["r"], label: "Reviewed", run: review },
    { keys: ["n"], label: "Not this person", run: () => void notThem() },
    { keys: ["y"], label: "Take the suggested name", run: () => void confirm() },
    { keys: ["x"], label: "Not a face", run: dismiss },
  ]);
  const text = tracks.length ? count(tracks.length, "track") : card ? nameOf(card) : "";
  useTarget(text ? { text, run: name } : null);

  if (error instanceof Refusal && (error.status === 410 || error.status === 404)) return html`<${Gone} error=${error} />`;
  if (error && !data) return html`<p class="nothing">${error.message}</p>`;
  if (!data || !card) return html`<p class="nothing">Loading …</p>`;
  return html`<div class="page identity">
    <${IdentityHead}
      card=${card}
      notPeople=${data.not_people}
      naming=${asking}
      onAsk=${() => setAsking(true)}
      onLeave=${() => setAsking(false)}
      onName=${(/** @type {Choice} */ choice) => verbs.change(id, { labels: choice }, "Name all the same")}
      onLock=${lock}
      onReview=${review}
      onNot=${person ? notThem : undefined}
      onDismiss=${() => verbs.notFaces([id])}
    />
    <h2 class="section">${count(data.members.length, "track")} <span class="muted">those that fit least first</span></h2>
    <${Grid}
      label="Tracks, those that fit least first"
      items=${data.members}
      keyOf=${(/** @type {Track} */ track) => track.track_id}
      describe=${describeTrack}
      selection=${selection}
      open=${(/** @type {Track} */ track) => navigate(to(ep.peek(), "track", track.track_id))}
      least=${matchMedia("(max-width: 600px)").matches ? 104 : 136}
      extra=${TRACK_TEXT}
      gap=${12}
      handle=${grid}
      draw=${(/** @type {Track} */ track, /** @type {object} */ state) => html`<${TrackCard} track=${track} letter=${LETTERS[data.members.indexOf(track)]} ...${state} />`}
    />
    <${NameBar}
      text=${text}
      naming=${tracks.length ? "Move the tracks to a person" : "Name this identity"}
      onName=${name}
      onClear=${tracks.length ? () => selection.letGo() : undefined}
      verbs=${[
        { key: "s", label: "Split", long: "Make a new identity of the tracks", icon: "merge", disabled: !tracks.length, run: () => act((ids) => verbs.split(ids, id)) },
        { key: "v", label: "Play", icon: "play", disabled: !selection.chosen().length, run: play },
      ]}
    />
  </div>`;
}

/** Show the identity that this one became part of. @param {string} id @param {import("../api/types.js").GestureResult | null} result */
function followMerge(id, result) {
  const successor = result?.gone[id];
  if (successor) navigate(to(ep.peek(), "identity", successor), { replace: true });
}

/** @param {{error: Refusal}} props */
function Gone({ error }) {
  const successor = /** @type {string | undefined} */ (error.more.successor);
  return html`<div class="nothing">
    <h1>This identity is gone</h1>
    <p>${error.message}</p>
    <p>
      ${successor && html`<a class="button button-primary" href=${to(ep.value, "identity", successor)}>Open what it became part of</a>`}
      <a class="button" href=${to(ep.value, "board")}>Go to the board</a>
    </p>
  </div>`;
}
