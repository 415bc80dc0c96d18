// A question of the queue: both sides with their faces, and what speaks for a yes.
import { html } from "../lib.js";
import { to } from "../router.js";
import { ep } from "../state/episode.js";
import { clock, count, duration, nameOf, numberOf, percent, similarity } from "../words.js";
import { Badge } from "./badge.js";
import { Face } from "./face.js";
import { Icon } from "./icons.js";

/** @import { IdentityCard, NearPair, QuestionCard, TrackCard } from "../api/types.js" */

const STRIP = 6;

/** @param {{question: QuestionCard}} props */
export function Question({ question }) {
  const { other } = question;
  const second = secondSide(question);
  return html`<section class="question ${second ? "" : "question-single"}" aria-label="Question">
    ${firstSide(question)}
    ${second &&
    html`<div class="between">
      <${Icon} name="swap" />
      ${question.similarity !== null && html`<p class="big-number">${similarity(question.similarity)}</p><p class="muted">similarity</p>`}
    </div>`}
    ${second}
    <div class="evidence">
      <p>${question.evidence}</p>
      <ul class="facts-list">
        <li><strong>${percent(question.probability)}</strong> likely a yes</li>
        ${other && html`<li>${question.shared_frames ? html`<strong>${count(question.shared_frames, "frame")}</strong> with both` : "never in one frame"}</li>`}
        ${question.clothing !== null && html`<li>clothes alike <strong>${percent(question.clothing)}</strong></li>`}
        <li><strong>${duration(question.seconds)}</strong> on screen</li>
      </ul>
      ${question.nearest.length > 0 && html`<${Nearest} pairs=${question.nearest} />`}
    </div>
  </section>`;
}

/** The identity or the tracks that the question is about. @param {QuestionCard} question */
function firstSide({ kind, identity, tracks, track_count: total }) {
  const whole = identity && (kind === "merge" || kind === "name");
  if (whole) return html`<${Side} card=${identity} tracks=${tracks} />`;
  return html`<${Tracks} tracks=${tracks} total=${total} home=${identity} />`;
}

/** What it is compared with: an identity, a person, or the other tracks of the identity. @param {QuestionCard} question */
function secondSide({ identity, other, other_tracks: others, person, person_image_url: image }) {
  if (other) return html`<${Side} card=${other} tracks=${others} />`;
  if (person) return html`<${PersonSide} name=${person.name} image=${image} />`;
  return identity && others.length ? html`<${Side} card=${identity} tracks=${others} title=${`Rest of ${nameOf(identity)}`} />` : null;
}

/** @param {{card: IdentityCard, tracks: readonly TrackCard[], title?: string}} props */
export function Side({ card, tracks, title }) {
  return html`<article class="side">
    <a class="side-face" href=${to(ep.value, "identity", card.identity_id)} aria-label="Open ${nameOf(card)}">
      <${Face} src=${card.thumb_url} alt="" />
    </a>
    <h2>${title ?? nameOf(card)}</h2>
    <p class="facts"><span>${count(card.tracks, "track")} · ${duration(card.seconds)}</span><${Badge} badge=${card.badge} about="cohesion" /></p>
    <${Strip} tracks=${tracks} total=${card.tracks} />
  </article>`;
}

/** @param {{tracks: readonly TrackCard[], total: number, home: IdentityCard | null}} props */
function Tracks({ tracks, total, home }) {
  return html`<article class="side">
    <span class="side-face"><${Face} src=${tracks[0]?.image_url ?? null} alt="" /></span>
    <h2>${total === 1 ? `Track ${numberOf(tracks[0].track_id)}` : count(total, "track")}</h2>
    <p class="facts"><span>${home && `now in ${nameOf(home)} · `}${clock(tracks[0].first_ts)} · ${duration(tracks.reduce((sum, track) => sum + track.seconds, 0))}</span></p>
    <${Strip} tracks=${tracks} total=${total} />
  </article>`;
}

/** @param {{name: string, image: string | null}} props */
function PersonSide({ name, image }) {
  return html`<article class="side">
    <span class="side-face"><${Face} src=${image} alt="" /></span>
    <h2>${name}</h2>
    <p class="facts"><span>reference face</span></p>
  </article>`;
}

/** @param {{tracks: readonly TrackCard[], total: number}} props */
function Strip({ tracks, total }) {
  const shown = tracks.slice(0, STRIP);
  if (!shown.length) return null;
  return html`<ul class="strip">
    ${shown.map(
      (track) => html`<li key=${track.track_id}>
        <a href=${to(ep.value, "track", track.track_id)} aria-label="Play track ${numberOf(track.track_id)} at ${clock(track.first_ts)}"
          ><${Face} src=${track.image_url} alt="" size="small"
        /></a>
      </li>`,
    )}
    ${total > shown.length && html`<li class="muted">+${total - shown.length}</li>`}
  </ul>`;
}

/** @param {{pairs: readonly NearPair[]}} props */
function Nearest({ pairs }) {
  return html`<div class="nearest">
    <h3>Most alike</h3>
    <ul>
      ${pairs.slice(0, 3).map(
        (pair) => html`<li key=${pair.track_id + pair.other_track_id}>
          <${Face} src=${pair.image_url} alt="track ${numberOf(pair.track_id)}" size="small" />
          <${Face} src=${pair.other_image_url} alt="track ${numberOf(pair.other_track_id)}" size="small" />
          <span>${similarity(pair.similarity)}</span>
        </li>`,
      )}
    </ul>
  </div>`;
}
