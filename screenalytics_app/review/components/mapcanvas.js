// The points of the map on a canvas. One point has the focus, which arrows move to the nearest point in their direction.
import { html, useEffect, useLayoutEffect, useRef, useState } from "../lib.js";
import { navigate, to } from "../router.js";
import { ep } from "../state/episode.js";
import { theme } from "../state/preferences.js";
import { episodePath } from "../api/endpoints.js";
import { numberOf } from "../words.js";
import { Face } from "./face.js";
import { markOf, outlineOf } from "./mapmarks.js";

/** @import { MapPoint } from "../api/types.js" */
/** @typedef {{x: number, y: number}} Place px */

const EDGE_PX = 28;
const NEAR_PX = 16;
const RADIUS = { plain: 5, shown: 7 };

/** @type {Record<string, Place>} */
const WAYS = { ArrowLeft: { x: -1, y: 0 }, ArrowRight: { x: 1, y: 0 }, ArrowUp: { x: 0, y: -1 }, ArrowDown: { x: 0, y: 1 } };

/**
 * The nearest point in a direction, at most 45° off; -1 if there is none.
 * @param {readonly Place[]} places @param {number} from @param {Place} way
 */
export function nextPoint(places, from, way) {
  let [best, least] = [-1, Infinity];
  for (const [index, place] of places.entries()) {
    const [dx, dy] = [place.x - places[from].x, place.y - places[from].y];
    const along = dx * way.x + dy * way.y;
    const across = Math.abs(dx * way.y) + Math.abs(dy * way.x);
    if (index === from || along <= 0 || across > along) continue;
    const cost = along + across;
    if (cost < least) [best, least] = [index, cost];
  }
  return best;
}

/**
 * @param {{
 *   points: readonly MapPoint[], placeOf: (identity: string | null) => number, nameOf: (identity: string | null) => string,
 *   highlight: string | null | undefined, onHover: (identity: string | null | undefined) => void,
 * }} props `placeOf` is the place of an identity in the legend; `highlight` is undefined if no identity is highlighted
 */
export function MapCanvas({ points, placeOf, nameOf, highlight, onHover }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const link = useRef(/** @type {HTMLElement | null} */ (null));
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [active, setActive] = useState(0);
  const [hovered, setHovered] = useState(-1);
  const [focused, setFocused] = useState(false);
  const places = placed(points, size);

  useLayoutEffect(() => {
    const element = canvas.current?.parentElement;
    if (!element) return;
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const shown = hovered >= 0 ? hovered : focused ? active : -1;
  const draw = () => {
    if (canvas.current && size.width) paint(canvas.current, size, points, places, placeOf, highlight, shown);
  };
  useLayoutEffect(draw);
  const chosen = theme.value;
  useEffect(() => {
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", draw);
    return () => system.removeEventListener("change", draw);
  }, [chosen]);

  const nearest = (/** @type {PointerEvent | MouseEvent} */ event) => {
    const box = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
    const away = places.map(({ x, y }) => Math.hypot(x - (event.clientX - box.left), y - (event.clientY - box.top)));
    const at = away.indexOf(Math.min(...away));
    return away[at] <= NEAR_PX ? at : -1;
  };
  const hover = (/** @type {number} */ at) => {
    if (at === hovered) return;
    setHovered(at);
    onHover(at < 0 ? undefined : points[at].identity_id);
  };
  const onClick = (/** @type {PointerEvent} */ event) => {
    const at = nearest(event);
    if (at < 0) return hover(-1);
    if (event.pointerType === "touch" && at !== hovered) return hover(at);
    navigate(to(ep.peek(), "track", points[at].track_id));
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const way = WAYS[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const next = nextPoint(places, active, way);
    if (next >= 0) setActive(next);
  };
  useLayoutEffect(() => {
    if (focused) link.current?.focus({ preventScroll: true });
  }, [active]);

  const point = points[Math.min(active, points.length - 1)];
  const place = places[Math.min(active, points.length - 1)];
  return html`<div
    class="map-field"
    onPointerMove=${(/** @type {PointerEvent} */ event) => event.pointerType !== "touch" && hover(nearest(event))}
    onPointerLeave=${(/** @type {PointerEvent} */ event) => event.pointerType !== "touch" && hover(-1)}
    onClick=${onClick}
  >
    <canvas ref=${canvas} aria-hidden="true"></canvas>
    ${size.width > 0 && html`<a
      key=${point.track_id}
      ref=${link}
      class="map-point"
      href=${to(ep.value, "track", point.track_id)}
      aria-label="Track ${numberOf(point.track_id)} of ${nameOf(point.identity_id)}"
      style=${{ transform: `translate(${place.x}px, ${place.y}px)` }}
      onFocus=${() => setFocused(true)}
      onBlur=${() => setFocused(false)}
      onKeyDown=${onKeyDown}
      onClick=${(/** @type {Event} */ event) => event.stopPropagation()}
    ></a>`}
    ${shown >= 0 && html`<${Tip} point=${points[shown]} place=${places[shown]} size=${size} name=${nameOf(points[shown].identity_id)} />`}
  </div>`;
}

/** @param {{point: MapPoint, place: Place, size: {width: number, height: number}, name: string}} props */
function Tip({ point, place, size, name }) {
  const [right, below] = [place.x < size.width / 2, place.y < size.height / 2];
  const style = {
    left: right ? `${place.x + 16}px` : "auto",
    right: right ? "auto" : `${size.width - place.x + 16}px`,
    top: below ? `${place.y - 12}px` : "auto",
    bottom: below ? "auto" : `${size.height - place.y - 12}px`,
  };
  return html`<div class="map-tip" style=${style} aria-hidden="true">
    <${Face} key=${point.track_id} src=${episodePath(ep.value, "tracks", point.track_id, "image.jpg")} alt="" size="medium" />
    <p><strong>${name}</strong><br /><span class="muted">track ${numberOf(point.track_id)}</span></p>
  </div>`;
}

/** @param {readonly MapPoint[]} points @param {{width: number, height: number}} size @returns {Place[]} */
function placed(points, { width, height }) {
  const [xs, ys] = [points.map((point) => point.x), points.map((point) => point.y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [wide, high] = [Math.max(...xs) - left || 1, Math.max(...ys) - top || 1];
  return points.map(({ x, y }) => ({
    x: EDGE_PX + ((x - left) / wide) * (width - 2 * EDGE_PX),
    y: EDGE_PX + ((y - top) / high) * (height - 2 * EDGE_PX),
  }));
}

/**
 * @param {HTMLCanvasElement} canvas @param {{width: number, height: number}} size @param {readonly MapPoint[]} points
 * @param {readonly Place[]} places @param {(identity: string | null) => number} placeOf
 * @param {string | null | undefined} highlight @param {number} shown
 */
function paint(canvas, { width, height }, points, places, placeOf, highlight, shown) {
  const ratio = devicePixelRatio;
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  const context = canvas.getContext("2d");
  if (!context) return;
  const style = getComputedStyle(canvas);
  const dark = Number(/\d+/.exec(style.color)?.[0]) > 128;
  const isBright = (/** @type {MapPoint} */ point) => highlight === undefined || point.identity_id === highlight;
  const order = [...points.keys()].sort((a, b) => Number(isBright(points[a])) - Number(isBright(points[b])));
  for (const index of shown < 0 ? order : [...order, shown]) {
    const mark = markOf(placeOf(points[index].identity_id));
    const big = index === shown || (highlight !== undefined && isBright(points[index]));
    context.setTransform(ratio, 0, 0, ratio, places[index].x * ratio, places[index].y * ratio);
    context.globalAlpha = isBright(points[index]) ? 0.92 : 0.16;
    const outline = new Path2D(outlineOf(mark.shape, big ? RADIUS.shown : RADIUS.plain));
    context.fillStyle = dark ? mark.dark : mark.light;
    context.fill(outline);
    context.lineWidth = index === shown ? 3 : 1;
    context.strokeStyle = index === shown || (big && highlight !== undefined) ? style.color : style.backgroundColor;
    context.stroke(outline);
  }
}
