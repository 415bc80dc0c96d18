// History: every gesture, the newest first. Any of them can be undone.
import { html, useState } from "../lib.js";
import { useKeys } from "../keys.js";
import { Refusal } from "../api/client.js";
import { readHistory } from "../api/endpoints.js";
import { ep } from "../state/episode.js";
import { tryUndo } from "../state/gestures.js";
import { useLoaded, useTitle } from "../state/use.js";
import { Button } from "../components/button.js";
import { HistoryRow, dayOf } from "../components/historyrow.js";

/** @import { HistoryEntry } from "../api/types.js" */

const LIMIT = 50;

export default function HistoryPage() {
  useTitle(`History of ${ep.value}`);
  const [actor, setActor] = useState("");
  const [cursors, setCursors] = useState(/** @type {readonly string[]} */ ([""]));
  const [known, setKnown] = useState(/** @type {readonly string[]} */ ([]));
  const [refusals, setRefusals] = useState(/** @type {Readonly<Record<string, string>>} */ ({}));
  const cursor = cursors[cursors.length - 1];
  const { data, error } = useLoaded(async () => {
    const page = await readHistory(ep.peek(), { cursor, actor, limit: LIMIT });
    setKnown((old) => [...new Set([...old, ...page.items.map((item) => item.actor)])].sort());
    return page;
  }, [cursor, actor]);
  const filter = (/** @type {string} */ name) => {
    setActor(name);
    setCursors([""]);
  };
  const older = () => {
    if (!data?.next) return;
    setCursors([...cursors, data.next]);
    scrollTo(0, 0);
  };
  const newer = () => cursors.length > 1 && setCursors(cursors.slice(0, -1));
  const undo = async (/** @type {string} */ id) => {
    const refused = await tryUndo(id);
    setRefusals((old) => ({ ...old, [id]: refused ? laterWords(refused) : "" }));
  };
  useKeys([
    { keys: ["o"], label: "Older gestures", run: older },
    { keys: ["p"], label: "Newer gestures", run: () => void newer() },
  ]);
  if (error && !data) return html`<p class="nothing">${error.message}</p>`;
  if (!data) return html`<p class="nothing">Loading …</p>`;
  const days = [...new Set(data.items.map((entry) => dayOf(entry.at)))];
  return html`<div class="page history">
    <header class="page-head">
      <h1>What people decided</h1>
      <p class="muted">Every gesture, the newest first. Any of them can be undone.</p>
      ${known.length > 1 || actor ? html`<div class="filters" role="group" aria-label="Whose gestures">
        <button type="button" class="chip" aria-pressed=${!actor} onClick=${() => filter("")}>Everybody</button>
        ${known.map((name) => html`<button type="button" class="chip" key=${name} aria-pressed=${actor === name} onClick=${() => filter(name)}>${name}</button>`)}
      </div>` : null}
    </header>
    ${!data.items.length && html`<p class="nothing">Nobody decided anything yet.</p>`}
    ${days.map((day) => html`<section key=${day} aria-label=${day}>
      <h2 class="section">${day}</h2>
      <ul class="gestures">
        ${data.items.filter((entry) => dayOf(entry.at) === day).map((/** @type {HistoryEntry} */ entry) => html`<${HistoryRow}
          key=${entry.gesture_id}
          entry=${entry}
          refusal=${refusals[entry.gesture_id] ?? ""}
          onUndo=${() => undo(entry.gesture_id)}
          onActor=${() => filter(entry.actor)}
        />`)}
      </ul>
    </section>`)}
    ${(data.next || cursors.length > 1) && html`<nav class="pager" aria-label="Pages">
      <${Button} icon="left" label="Newer" keys="P" disabled=${cursors.length < 2} onClick=${newer} />
      <${Button} icon="open" label="Older" keys="O" disabled=${!data.next} onClick=${older} />
    </nav>`}
  </div>`;
}

/** Why an undo was refused, with who decided later. @param {Refusal} refused */
function laterWords(refused) {
  const later = /** @type {{actor: string, kind: string, seq: number}[]} */ (refused.more.decisions ?? []);
  if (!later.length) return refused.message;
  const actors = [...new Set(later.map((decision) => decision.actor))];
  return `${refused.message} Decided later: ${actors.join(", ")}.`;
}
