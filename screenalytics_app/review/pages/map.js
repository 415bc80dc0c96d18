// Map: all tracks in two dimensions. Near points look alike, so a group with two colours is worth a look.
import { html, useMemo, useState } from "../lib.js";
import { useKeys } from "../keys.js";
import { readMap } from "../api/endpoints.js";
import { cards, ep } from "../state/episode.js";
import { useLoaded, useTitle } from "../state/use.js";
import { count, nameOf, numberOf } from "../words.js";
import { MapCanvas } from "../components/mapcanvas.js";
import { markOf, outlineOf } from "../components/mapmarks.js";

/** @import { MapPoint } from "../api/types.js" */

const MOST = 200;

export default function MapPage() {
  useTitle(`Map of ${ep.value}`);
  const { data, error } = useLoaded(() => readMap(ep.peek()));
  const [hovered, setHovered] = useState(/** @type {string | null | undefined} */ (undefined));
  const [pinned, setPinned] = useState(/** @type {string | null | undefined} */ (undefined));
  const groups = useMemo(() => grouped(data?.points ?? []), [data]);
  useKeys([
    { keys: [], shown: "← ↑ ↓ →", label: "Nearest point in that direction", run: () => undefined },
    { keys: [], shown: "Enter", label: "Open the track", run: () => undefined },
    ...(pinned === undefined ? [] : [{ keys: ["escape"], label: "Show all identities", run: () => setPinned(undefined) }]),
  ]);
  if (error && !data) return html`<p class="nothing">${error.message}</p>`;
  if (!data) return html`<p class="nothing">Laying out the tracks …</p>`;
  if (!data.points.length) return html`<p class="nothing">There are no tracks to show.</p>`;
  const name = (/** @type {string | null} */ id) => {
    const card = id === null ? undefined : cards.value.get(id);
    return card ? nameOf(card) : id === null ? "no identity" : numberOf(id);
  };
  const place = new Map(groups.filter((group) => group.id !== null).map((group, index) => [group.id, index]));
  const placeOf = (/** @type {string | null} */ id) => place.get(id) ?? -1;
  return html`<div class="page map-page">
    <header class="page-head">
      <h1>Which faces look alike</h1>
      <p class="muted">${count(data.points.length, "track")}. Near points look alike; distances between far ones mean nothing.</p>
    </header>
    <div class="map-body">
      <${MapCanvas} points=${data.points} placeOf=${placeOf} nameOf=${name} highlight=${hovered === undefined ? pinned : hovered} onHover=${setHovered} />
      <section class="map-legend" aria-label="Identities">
        <ul>
          ${groups.slice(0, MOST).map(({ id, tracks }) => html`<li key=${id ?? ""}>
            <button
              type="button"
              aria-pressed=${pinned === id}
              onPointerEnter=${() => setHovered(id)}
              onPointerLeave=${() => setHovered(undefined)}
              onFocus=${() => setHovered(id)}
              onBlur=${() => setHovered(undefined)}
              onClick=${() => setPinned(pinned === id ? undefined : id)}
            >
              <${Swatch} place=${placeOf(id)} /><span>${name(id)}</span><span class="count"><span class="unseen">tracks </span>${tracks}</span>
            </button>
          </li>`)}
        </ul>
        ${groups.length > MOST && html`<p class="muted">and ${groups.length - MOST} more</p>`}
      </section>
    </div>
  </div>`;
}

/** @param {{place: number}} props */
function Swatch({ place }) {
  const mark = markOf(place);
  return html`<svg class="map-swatch" viewBox="-8 -8 16 16" aria-hidden="true" style=${{ fill: `light-dark(${mark.light}, ${mark.dark})` }}>
    <path d=${outlineOf(mark.shape, 6)} />
  </svg>`;
}

/** Identities with their number of tracks: named ones first, then by tracks; tracks in none last. @param {readonly MapPoint[]} points */
function grouped(points) {
  /** @type {Map<string | null, number>} */
  const tracks = new Map();
  for (const point of points) tracks.set(point.identity_id, (tracks.get(point.identity_id) ?? 0) + 1);
  const named = (/** @type {string | null} */ id) => Number(id !== null && cards.peek().get(id)?.person != null);
  return [...tracks]
    .map(([id, number]) => ({ id, tracks: number }))
    .sort((a, b) => Number(a.id === null) - Number(b.id === null) || named(b.id) - named(a.id) || b.tracks - a.tracks || String(a.id).localeCompare(String(b.id)));
}
