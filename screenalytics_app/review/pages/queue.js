// Queue: one question at a time. The next one appears at once, and undo brings the last one back.
import { html, useEffect, useRef, useState } from "../lib.js";
import { navigate, to } from "../router.js";
import { useKeys } from "../keys.js";
import { answer, readQueue } from "../api/endpoints.js";
import { ep, versions } from "../state/episode.js";
import { onUndo, perform } from "../state/gestures.js";
import { useLoaded, useTitle } from "../state/use.js";
import { giveTracks, nameAll } from "../state/verbs.js";
import { nameOf } from "../words.js";
import { Button } from "../components/button.js";
import { NameBar } from "../components/namebar.js";
import { Question } from "../components/question.js";
import { useTarget } from "../components/shell.js";

/** @import { QuestionCard } from "../api/types.js" */
/** @import { Choice } from "../state/people.js" */

export default function QueuePage() {
  useTitle(`Queue of ${ep.value}`);
  const { data, error } = useLoaded(() => readQueue(ep.peek()));
  const { question, left, answered, putOff, takeBack } = useOrder(data?.items ?? []);
  const heading = useRef(/** @type {HTMLElement | null} */ (null));

  const say = (/** @type {"yes" | "no"} */ word) => {
    if (!question) return;
    const { question_id, identity, other } = question;
    const ids = [identity, other].flatMap((card) => card?.identity_id ?? []);
    answered(question_id);
    perform((sending) => answer(ep.peek(), question_id, { answer: word, expect: versions(ids) }, sending), {
      again: "Yes, all the same",
    }).then((result) => result ?? takeBack(question_id));
  };
  const name = (/** @type {Choice} */ choice) => {
    if (!question?.identity) return;
    const { identity, kind, track_ids: tracks } = question;
    answered(question.question_id);
    const named = kind === "cut" ? giveTracks(tracks, identity.identity_id, choice) : nameAll([identity.identity_id], choice);
    named.then((result) => result ?? takeBack(question.question_id));
  };
  const skip = () => question && putOff(question.question_id);
  const play = () => question && navigate(to(ep.peek(), "track", question.tracks[0].track_id));
  const compare = () => {
    if (question?.identity && question.other) navigate(to(ep.peek(), "compare", question.identity.identity_id, question.other.identity_id));
  };
  useKeys([
    { keys: ["y"], label: "Yes", run: () => say("yes") },
    { keys: ["n"], label: "No", run: () => say("no") },
    { keys: ["s"], label: "Skip", run: () => void skip() },
    { keys: ["v"], label: "Play", run: () => void play() },
    { keys: ["c"], label: "Compare", run: compare },
  ]);
  const about = question?.identity ? nameOf(question.identity) : "";
  useTarget(about ? { text: about, run: name } : null);

  if (error && !data) return html`<p class="nothing">${error.message}</p>`;
  if (!data) return html`<p class="nothing">Loading …</p>`;
  if (!question) return html`<${Done} leftOut=${data.left_out} />`;
  return html`<div class="page queue" data-question=${question.question_id}>
    <header class="page-head">
      <h1 ref=${heading} tabindex="-1" aria-live="polite">${question.text}</h1>
      <p class="muted">${left === 1 ? "the last question" : `${Math.max(left, data.total - (data.items.length - left))} questions left`}</p>
    </header>
    <${Question} key=${question.question_id} question=${question} />
    <div class="answers">
      <${Button} tone="primary" icon="check" label="Yes" keys="Y" onClick=${() => say("yes")} />
      <${Button} icon="close" label="No" keys="N" onClick=${() => say("no")} />
      <${Button} tone="quiet" label="Skip" keys="S" onClick=${skip} />
      <${Button} tone="quiet" icon="play" label="Play" keys="V" onClick=${play} />
      ${question.other && html`<${Button} tone="quiet" icon="swap" label="Compare" keys="C" onClick=${compare} />`}
    </div>
    <${NameBar} text=${about} naming="Name who it is" inline verbs=${[]} onName=${name} />
  </div>`;
}

/**
 * Which question is shown: the one that undo brought back, then those not put off, then the others.
 * @param {readonly QuestionCard[]} items
 */
function useOrder(items) {
  const [hidden, setHidden] = useState(/** @type {readonly string[]} */ ([]));
  const [late, setLate] = useState(/** @type {readonly string[]} */ ([]));
  const [first, setFirst] = useState("");
  const last = useRef(/** @type {string[]} */ ([]));

  const takeBack = (/** @type {string} */ id) => {
    last.current = last.current.filter((other) => other !== id);
    setHidden((old) => old.filter((other) => other !== id));
    setFirst(id);
  };
  useEffect(() => {
    const hear = () => {
      const id = last.current.at(-1);
      if (id) takeBack(id);
    };
    onUndo.add(hear);
    return () => void onUndo.delete(hear);
  }, []);

  const open = items.filter((item) => !hidden.includes(item.question_id));
  const rank = (/** @type {QuestionCard} */ item) =>
    item.question_id === first ? -1 : late.indexOf(item.question_id) + 1;
  const order = [...open].sort((a, b) => rank(a) - rank(b));
  return {
    question: order[0] ?? null,
    left: open.length,
    takeBack,
    answered: (/** @type {string} */ id) => {
      last.current.push(id);
      setFirst("");
      setHidden((old) => [...old, id]);
    },
    putOff: (/** @type {string} */ id) => {
      setFirst("");
      setLate((old) => [...old.filter((other) => other !== id), id]);
    },
  };
}

/** @param {{leftOut: number}} props */
function Done({ leftOut }) {
  const next = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => next.current?.focus(), []);
  return html`<div class="nothing">
    <h1>No open questions</h1>
    <p>Everything that the machine was unsure of is answered.</p>
    ${leftOut > 0 && html`<p>The last run left ${leftOut} more questions out. Cluster the episode again to get them.</p>`}
    <p>
      <a class="button button-primary" ref=${next} href=${to(ep.value, "unnamed")}>Name who is left</a>
      <a class="button" href=${to(ep.value, "board")}>Go to the board</a>
    </p>
  </div>`;
}
