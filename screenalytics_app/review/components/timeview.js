// The part of a timeline that is on screen: scrolling in both directions, and zooming around a point.
import { useEffect, useLayoutEffect, useRef, useState } from "../lib.js";

const MOST_PX_PER_S = 240;
const STEP = 1.6;

/**
 * @typedef {object} TimeView
 * @property {number} from first second on screen
 * @property {number} scale px per second
 * @property {number} width of the part that shows time, px
 * @property {number} wide width of everything that can be scrolled, px
 * @property {number} top scrolled from above, px
 * @property {number} height of what is on screen, px
 * @property {(by: number, at?: number) => void} zoom by this factor around a distance from the left of the time, px
 * @property {() => void} fit show everything
 * @property {(first: number, end: number, top: number, bottom: number) => void} show scroll to this time and these rows
 */

/**
 * @param {{current: HTMLElement | null}} scroller
 * @param {number} duration seconds @param {number} labels width of the names on the left, px
 * @param {number} above height of the ruler, px
 * @returns {TimeView}
 */
export function useTimeView(scroller, duration, labels, above) {
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [at, setAt] = useState({ left: 0, top: 0 });
  const [chosen, setChosen] = useState(/** @type {number | null} */ (null));
  const goal = useRef(/** @type {number | null} */ (null));
  const width = Math.max(1, size.width - labels);
  const least = width / duration;
  const scale = Math.min(Math.max(chosen ?? least, least), Math.max(MOST_PX_PER_S, least));

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    let frame = 0;
    const onScroll = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => setAt({ left: element.scrollLeft, top: element.scrollTop }));
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      observer.disconnect();
      cancelAnimationFrame(frame);
      element.removeEventListener("scroll", onScroll);
    };
  }, []);
  useLayoutEffect(() => {
    if (goal.current === null || !scroller.current) return;
    scroller.current.scrollLeft = goal.current;
    goal.current = null;
    setAt((old) => ({ ...old, left: scroller.current?.scrollLeft ?? 0 }));
  }, [scale]);

  const zoom = (/** @type {number} */ by, at = width / 2) => {
    const next = Math.min(Math.max(scale * by, least), Math.max(MOST_PX_PER_S, least));
    if (next === scale) return;
    goal.current = (((scroller.current?.scrollLeft ?? 0) + at) / scale) * next - at;
    setChosen(next);
  };
  const latest = useRef(zoom);
  latest.current = zoom;
  useEffect(() => (scroller.current ? followFingers(scroller.current, labels, (by, x) => latest.current(by, x)) : undefined), [labels]);

  const show = (/** @type {number} */ first, /** @type {number} */ end, /** @type {number} */ top, /** @type {number} */ bottom) => {
    const element = scroller.current;
    if (!element) return;
    const [left, right] = [first * scale, end * scale];
    if (left < element.scrollLeft || right > element.scrollLeft + width) element.scrollLeft = Math.max(0, (left + right) / 2 - width / 2);
    if (top < element.scrollTop) element.scrollTop = top;
    else if (bottom > element.scrollTop + element.clientHeight - above) element.scrollTop = bottom - element.clientHeight + above;
    setAt({ left: element.scrollLeft, top: element.scrollTop });
  };
  return {
    from: at.left / scale,
    scale,
    width,
    wide: labels + duration * scale,
    top: at.top,
    height: size.height,
    zoom,
    fit: () => setChosen(null),
    show,
  };
}

export const ZOOM_STEP = STEP;

/**
 * Zoom by two fingers, and by the wheel with Ctrl, which is also how touchpads report two fingers.
 * @param {HTMLElement} element @param {number} labels @param {(by: number, at: number) => void} zoom
 */
function followFingers(element, labels, zoom) {
  /** @type {Map<number, PointerEvent>} */
  const fingers = new Map();
  const left = () => element.getBoundingClientRect().left + labels;
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return { apart: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY), middle: (a.clientX + b.clientX) / 2 };
  };
  const onWheel = (/** @type {WheelEvent} */ event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 300), Math.max(0, event.clientX - left()));
  };
  const onDown = (/** @type {PointerEvent} */ event) => {
    if (event.pointerType === "touch") fingers.set(event.pointerId, event);
  };
  const onMove = (/** @type {PointerEvent} */ event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = fingers.size === 2 ? spread().apart : 0;
    fingers.set(event.pointerId, event);
    if (before) zoom(spread().apart / before, Math.max(0, spread().middle - left()));
  };
  const onUp = (/** @type {PointerEvent} */ event) => void fingers.delete(event.pointerId);
  const stop = new AbortController();
  const { signal } = stop;
  element.addEventListener("wheel", onWheel, { signal, passive: false });
  element.addEventListener("pointerdown", onDown, { signal });
  element.addEventListener("pointermove", onMove, { signal });
  for (const name of /** @type {const} */ (["pointerup", "pointercancel", "pointerleave"])) element.addEventListener(name, onUp, { signal });
  return () => stop.abort();
}
