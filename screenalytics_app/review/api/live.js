// Changes that others make: one stream of server-sent events per tab, closed while the tab is hidden.
import { effect, signal } from "../lib.js";
import { ep, heard } from "../state/episode.js";
import { episodePath } from "./endpoints.js";

/** @import { Event as Change } from "./types.js" */

/** Grows with each change of any job, so that lists of episodes read again. */
export const jobTurn = signal(0);

export function followEvents() {
  const visible = signal(!document.hidden);
  document.addEventListener("visibilitychange", () => {
    visible.value = !document.hidden;
  });
  let missed = false;
  effect(() => {
    if (!visible.value) {
      missed = true;
      return;
    }
    const source = new EventSource(ep.value ? episodePath(ep.value, "events") : "/events");
    for (const kind of ["decisions", "job", "artifacts"]) source.addEventListener(kind, onChange);
    source.addEventListener("message", onChange);
    if (missed) heard({ kind: "artifacts" });
    missed = false;
    return () => source.close();
  });
}

/** @param {MessageEvent} event */
function onChange(event) {
  const change = /** @type {Change} */ (JSON.parse(event.data));
  if (change.kind !== "decisions") jobTurn.value = jobTurn.peek() + 1;
  heard(change);
}
