// Dragging one cell onto another, by mouse or pen, or by touch after a long press.
import { useEffect } from "../lib.js";

const STARTS_PX = 8;
const LONG_PRESS_MS = 350;

/** @param {Element | null} element */
const keyAt = (element) => /** @type {HTMLElement | null} */ (element?.closest("[data-key]"))?.dataset.key ?? "";

/**
 * Call `drop` when a cell with `data-key` is dragged onto another.
 * @param {(source: string, target: string) => void} drop
 */
export function useDrag(drop) {
  useEffect(() => {
    let source = "";
    let start = { x: 0, y: 0 };
    let timer = 0;
    /** @type {HTMLElement | null} */
    let ghost = null;
    /** @type {Element | null} */
    let over = null;

    const begin = () => {
      const picture = document.querySelector(`[data-key="${CSS.escape(source)}"] .face`);
      ghost = document.createElement("div");
      ghost.className = "drag-ghost";
      if (picture) ghost.append(picture.cloneNode(true));
      document.body.append(ghost);
      document.documentElement.classList.add("dragging");
      place(start.x, start.y);
    };
    const place = (/** @type {number} */ x, /** @type {number} */ y) => {
      if (!ghost) return;
      ghost.style.transform = `translate(${x}px, ${y}px)`;
      const below = document.elementFromPoint(x, y)?.closest("[data-key]") ?? null;
      const next = below && keyAt(below) !== source ? below : null;
      if (next === over) return;
      over?.classList.remove("drop-here");
      next?.classList.add("drop-here");
      over = next;
    };
    const end = () => {
      clearTimeout(timer);
      ghost?.remove();
      over?.classList.remove("drop-here");
      document.documentElement.classList.remove("dragging");
      ghost = over = null;
      source = "";
    };
    const onDown = (/** @type {PointerEvent} */ event) => {
      const element = event.target instanceof Element ? event.target : null;
      if (event.button !== 0 || !element || element.closest("a, button, input, ul")) return;
      source = keyAt(element);
      start = { x: event.clientX, y: event.clientY };
      if (source && event.pointerType === "touch") timer = setTimeout(begin, LONG_PRESS_MS);
    };
    const onMove = (/** @type {PointerEvent} */ event) => {
      if (!source) return;
      const far = Math.hypot(event.clientX - start.x, event.clientY - start.y) > STARTS_PX;
      if (!ghost && far && event.pointerType === "touch") end();
      else if (!ghost && far) begin();
      place(event.clientX, event.clientY);
    };
    const onUp = () => {
      const [from, to, dragged] = [source, over ? keyAt(over) : "", ghost !== null];
      end();
      if (dragged) addEventListener("click", swallow, { capture: true, once: true });
      if (dragged) setTimeout(() => removeEventListener("click", swallow, { capture: true }));
      if (from && to) drop(from, to);
    };
    const swallow = (/** @type {Event} */ event) => event.stopPropagation();
    const onTouchMove = (/** @type {TouchEvent} */ event) => {
      if (ghost) event.preventDefault();
    };
    const onMenu = (/** @type {Event} */ event) => {
      if (ghost) event.preventDefault();
    };
    const onKey = (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape" && ghost) end();
    };
    const stop = new AbortController();
    const { signal } = stop;
    document.addEventListener("pointerdown", onDown, { signal });
    document.addEventListener("pointermove", onMove, { signal });
    document.addEventListener("pointerup", onUp, { signal });
    document.addEventListener("pointercancel", end, { signal });
    document.addEventListener("touchmove", onTouchMove, { signal, passive: false });
    document.addEventListener("contextmenu", onMenu, { signal });
    document.addEventListener("keydown", onKey, { signal });
    return () => {
      end();
      stop.abort();
    };
  }, [drop]);
}
