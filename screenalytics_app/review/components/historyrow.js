// One gesture of the history: who did what, when, whether it holds, and a way back.
import { html } from "../lib.js";
import { to } from "../router.js";
import { ep } from "../state/episode.js";
import { numberOf } from "../words.js";
import { Pill } from "./badge.js";
import { Button } from "./button.js";

/** @import { HistoryEntry } from "../api/types.js" */

/** What a status means, in words. @type {Record<HistoryEntry["status"], string>} */
const STATUS = {
  applied: "holds",
  partial: "holds in part",
  lost: "fits no track now",
  overruled: "overruled by a later decision",
  undone: "undone",
};
const LINKS = 6;

/** @param {string} name */
export const initials = (name) => name.split(/[\s._-]+/).filter(Boolean).slice(0, 2).map((part) => part[0].toUpperCase()).join("");

/**
 * @param {{entry: HistoryEntry, refusal: string, onUndo: () => void, onActor: () => void}} props `refusal` says why the
 *   last try to undo it was refused
 */
export function HistoryRow({ entry, refusal, onUndo, onActor }) {
  const undone = entry.status === "undone";
  const about = entry.about.filter((id) => /^(identity|track)-/.test(id));
  const verb = entry.kinds.includes("undo") ? "Redo" : "Undo";
  return html`<li class="gesture ${undone ? "is-undone" : ""}">
    <button type="button" class="avatar" aria-label="Only what ${entry.actor} did" title=${entry.actor} onClick=${onActor}>${initials(entry.actor)}</button>
    <div class="gesture-words">
      <p class="gesture-what">${entry.summary}</p>
      <p class="gesture-facts">
        <span>${entry.actor}</span>
        <time datetime=${entry.at} title=${new Date(entry.at).toLocaleString("en")}>${timeOf(entry.at)}</time>
        ${about.slice(0, LINKS).map((id) => html`<a key=${id} href=${addressOf(id)}>${id.startsWith("track") ? "track " : ""}${numberOf(id)}</a>`)}
        ${about.length > LINKS && html`<span>and ${about.length - LINKS} more</span>`}
      </p>
      ${entry.reason && !undone && html`<p class="gesture-reason">${entry.reason}</p>`}
      ${refusal && html`<p class="gesture-reason" role="alert">${refusal}</p>`}
    </div>
    <div class="gesture-end">
      ${entry.status !== "applied" && html`<${Pill} tone=${undone ? "plain" : "poor"} text=${STATUS[entry.status]} />`}
      ${!undone && html`<${Button} tone="quiet" icon=${verb.toLowerCase()} label=${verb} title="${verb}: ${entry.summary}" onClick=${onUndo} />`}
    </div>
  </li>`;
}

/** @param {string} id */
function addressOf(id) {
  return to(ep.value, id.startsWith("track") ? "track" : "identity", id);
}

/** @param {string} at */
function timeOf(at) {
  return new Date(at).toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hour12: false });
}

/** Day of a gesture, such as `Friday, November 27`. @param {string} at */
export function dayOf(at) {
  return new Date(at).toLocaleDateString("en", { weekday: "long", month: "long", day: "numeric" });
}
