// Episodes: what exists, what the checks say, and jobs.
import { html, useEffect, useState } from "../lib.js";
import { to } from "../router.js";
import { cancelJob, readEpisodes, readProgress, startClusterJob } from "../api/endpoints.js";
import { Refusal } from "../api/client.js";
import { jobTurn } from "../api/live.js";
import { useLoaded, useTitle } from "../state/use.js";
import { fail, say } from "../state/toasts.js";
import { count, duration, percent } from "../words.js";
import { Pill } from "../components/badge.js";
import { Button } from "../components/button.js";
import { Face } from "../components/face.js";

/** @import { EpisodeCard, JobLine, JobProgress } from "../api/types.js" */

const POLL_MS = 1000;

export default function Episodes() {
  useTitle("Episodes");
  const [turn, setTurn] = useState(0);
  const { data, error } = useLoaded(readEpisodes, [turn, jobTurn.value]);
  const again = () => setTurn((old) => old + 1);
  if (error && !data) return html`<p class="nothing">${error.message}</p>`;
  if (!data) return html`<p class="nothing">Loading …</p>`;
  const shows = [...new Set(data.map((episode) => episode.show))];
  return html`<div class="page episodes">
    <header class="page-head"><h1>Episodes</h1><p class="muted">${count(data.length, "episode")}</p></header>
    ${!data.length && html`<p class="nothing">There is no episode yet. Register one with <code>screenalytics register</code>.</p>`}
    ${shows.map(
      (show) => html`<section key=${show} aria-label="Show ${show}">
        <h2 class=${shows.length > 1 ? "section" : "unseen"}>${show}</h2>
        <ul class="episode-list">
          ${data
            .filter((episode) => episode.show === show)
            .map((episode) => html`<${Row} key=${episode.ep_id} episode=${episode} again=${again} />`)}
        </ul>
      </section>`,
    )}
  </div>`;
}

/** @param {{episode: EpisodeCard, again: () => void}} props */
function Row({ episode, again }) {
  const start = () => run(startClusterJob(episode.ep_id), `Clustering ${episode.ep_id}.`, again);
  const whole = episode.state === "ready";
  return html`<li class="episode">
    <div class="episode-faces" aria-hidden="true">${episode.thumbs.slice(0, 4).map((src) => html`<${Face} key=${src} src=${src} alt="" size="medium" />`)}</div>
    <div class="episode-words">
      <h3><a href=${to(episode.ep_id, "board")}>${episode.ep_id}</a></h3>
      <p class="muted">${facts(episode).join(" · ")}</p>
      ${episode.problem && html`<p class="problem">${episode.problem}</p>`}
      <div class="pills">
        ${!whole && html`<${Pill} tone="poor" icon="warn" text=${episode.state} />`}
        ${episode.failed_checks.map((check) => html`<${Pill} key=${check} tone="poor" icon="warn" text=${`failed: ${check}`} />`)}
        ${episode.warned_checks.map((check) => html`<${Pill} key=${check} tone="fair" icon="warn" text=${check} />`)}
      </div>
      ${episode.job && html`<${Running} job=${episode.job} again=${again} />`}
    </div>
    <div class="episode-verbs">
      ${episode.questions ? html`<a class="button button-primary" href=${to(episode.ep_id, "queue")}>${count(episode.questions, "question")}</a>` : null}
      <a class="button ${episode.questions ? "" : "button-primary"}" href=${to(episode.ep_id, "board")}>Board</a>
      ${!episode.job && html`<${Button} tone="quiet" label="Cluster again" onClick=${start} />`}
    </div>
  </li>`;
}

/** @param {EpisodeCard} episode */
function facts(episode) {
  return [
    episode.duration_s === null ? "" : duration(episode.duration_s),
    episode.identities === null ? "" : count(episode.identities, "identity").replace("identitys", "identities"),
    episode.named === null ? "" : `${episode.named} named`,
    episode.tracks === null ? "" : count(episode.tracks, "track"),
  ].filter(Boolean);
}

/** @param {{job: JobLine, again: () => void}} props */
function Running({ job, again }) {
  const [progress, setProgress] = useState(/** @type {JobProgress | null} */ (null));
  useEffect(() => {
    const look = () => {
      if (!document.hidden) readProgress(job.job_id).then(setProgress, () => undefined);
    };
    const timer = setInterval(look, POLL_MS);
    return () => clearInterval(timer);
  }, [job.job_id]);
  const over = progress !== null && !["queued", "running"].includes(progress.state);
  useEffect(() => {
    if (over) again();
  }, [over]);
  const share = progress?.phase_progress ?? job.progress;
  const stage = progress?.phase ?? progress?.stage ?? job.stage;
  const state = progress?.state ?? job.state;
  return html`<div class="job">
    <span>${stage ? `${state}: ${stage}` : state}${share !== null && share !== undefined ? ` ${percent(share)}` : ""}</span>
    <progress aria-label="Progress of the job" max="1" value=${share ?? undefined}></progress>
    <${Button} tone="quiet" label="Cancel" onClick=${() => run(cancelJob(job.job_id), "Canceling the job.", again)} />
  </div>`;
}

/** @param {Promise<unknown>} sent @param {string} done @param {() => void} again */
function run(sent, done, again) {
  sent.then(
    () => {
      say(done);
      again();
    },
    (error) => {
      if (!(error instanceof Refusal)) throw error;
      fail(error.message);
    },
  );
}
