// A grid of square cells with one focus that arrows move. Only rows near the screen are in the document.
import { html, useLayoutEffect, useRef } from "../lib.js";
import { useKeys } from "../keys.js";
import { useWindow } from "./window.js";

/** @import { Selection } from "../state/selection.js" */
/** @typedef {{focus: () => void}} Handle */

/**
 * @template T
 * @typedef {object} GridProps
 * @property {string} label what the grid shows, for screen readers
 * @property {readonly T[]} items
 * @property {(item: T) => string} keyOf
 * @property {(item: T) => string} describe what a screen reader says about a cell
 * @property {(item: T, state: {selected: boolean, active: boolean}) => unknown} draw content of a cell
 * @property {Selection} selection
 * @property {(item: T) => void} open what Enter and a double click do
 * @property {number} least least width of a cell, px
 * @property {number} extra height of a cell beyond its width, px
 * @property {number} [gap] px
 * @property {{current: Handle | null}} [handle] gets a function that focuses the grid
 */

/** Keys that the grid handles itself while it has the focus; here for the panel of keys. */
const GRID_KEYS = [
  ["← ↑ ↓ →", "Move in the grid"],
  ["Space", "Select"],
  ["Shift + arrows", "Select a range"],
  ["Enter", "Open"],
].map(([shown, label]) => ({ keys: [], shown, label, run: () => undefined }));

/** They enter the grid if nothing else has the focus. */
const ARROWS = ["arrowup", "arrowdown", "arrowleft", "arrowright"];
const nothingIsFocused = () => document.activeElement === document.body || document.activeElement?.id === "main";

/** @type {Record<string, (at: number, columns: number, total: number) => number>} */
const STEPS = {
  ArrowRight: (at) => at + 1,
  ArrowLeft: (at) => at - 1,
  ArrowDown: (at, columns, total) => Math.min(at + columns, total - 1),
  ArrowUp: (at, columns) => (at - columns < 0 ? at : at - columns),
  Home: () => 0,
  End: (_at, _columns, total) => total - 1,
};

/** @template T @param {GridProps<T>} props */
export function Grid({ label, items, keyOf, describe, draw, selection, open, least, extra, gap = 16, handle }) {
  const root = useRef(/** @type {HTMLElement | null} */ (null));
  const wantsFocus = useRef(false);
  useKeys([...GRID_KEYS, { keys: ARROWS, label: "", when: nothingIsFocused, run: () => focusOn(at) }]);
  const before = useRef(/** @type {readonly string[]} */ ([]));
  const shape = useWindow(root, { items: items.length, least, gap, extra });
  const order = items.map(keyOf);
  const at = Math.max(0, order.indexOf(selection.active.value));
  const first = shape.first * shape.columns;
  const drawn = items.slice(first, shape.last * shape.columns);
  const entry = at >= first && at < first + drawn.length ? at : first;

  const cellOf = (/** @type {string} */ key) =>
    /** @type {HTMLElement | null} */ (root.current?.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? null);
  useLayoutEffect(() => {
    const lost = document.activeElement === document.body && root.current?.dataset.focused === "yes";
    selection.keepOnly(order, before.current);
    before.current = order;
    if (lost) wantsFocus.current = true;
  }, [order.join()]);
  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    const cell = cellOf(selection.active.peek());
    if (!cell) return;
    wantsFocus.current = false;
    cell.focus({ preventScroll: true });
  });

  const show = (/** @type {number} */ index) => {
    const box = root.current?.getBoundingClientRect();
    if (!box) return;
    const top = box.top + Math.floor(index / shape.columns) * shape.row;
    const [above, below] = [80, innerHeight - 96];
    if (top < above) scrollBy(0, top - above);
    else if (top + shape.row > below) scrollBy(0, top + shape.row - below);
  };
  const focusOn = (/** @type {number} */ index) => {
    show(index);
    const cell = cellOf(order[index]);
    if (cell) cell.focus({ preventScroll: true });
    else wantsFocus.current = true;
  };
  if (handle) handle.current = { focus: () => (order.length ? focusOn(Math.max(0, order.indexOf(selection.active.peek()))) : undefined) };

  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const inside = /** @type {HTMLElement} */ (event.target).getAttribute("role") !== "gridcell";
    if (inside || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEPS[event.key];
    if (step) {
      const next = Math.min(Math.max(step(at, shape.columns, items.length), 0), items.length - 1);
      if (event.shiftKey) {
        if (!selection.keys.peek().size) selection.moveTo(order[at]);
        selection.extendTo(order[next], order);
      } else selection.moveTo(order[next]);
      focusOn(next);
    } else if (event.key === " ") selection.toggle(order[at]);
    else if (event.key === "Enter") open(items[at]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onClick = (/** @type {MouseEvent} */ event, /** @type {string} */ key) => {
    if (event.target instanceof Element && event.target.closest("a, button, input, li")) return;
    if (event.shiftKey) selection.extendTo(key, order);
    else selection.toggle(key);
  };

  const onFocus = (/** @type {string} */ key) => {
    selection.touched.value = true;
    selection.active.value = key;
  };

  const rows = [];
  for (let row = shape.first; row < shape.last; row++) {
    const cells = items.slice(row * shape.columns, (row + 1) * shape.columns);
    const style = { transform: `translateY(${row * shape.row}px)`, gap: `${gap}px` };
    rows.push(html`<div class="grid-row" role="row" key=${row} aria-rowindex=${row + 1} style=${style}>
      ${cells.map((item, column) => {
        const key = keyOf(item);
        const index = row * shape.columns + column;
        const state = { selected: selection.keys.value.has(key), active: index === entry };
        return html`<div
          key=${key}
          class="cell"
          role="gridcell"
          data-key=${key}
          tabindex=${state.active ? 0 : -1}
          aria-colindex=${column + 1}
          aria-selected=${state.selected}
          aria-label=${describe(item)}
          style=${{ width: `${shape.cell}px`, height: `${shape.row - gap}px` }}
          onClick=${(/** @type {MouseEvent} */ event) => onClick(event, key)}
          onDblClick=${() => open(item)}
          onFocus=${() => onFocus(key)}
        >
          ${draw(item, state)}
        </div>`;
      })}
    </div>`);
  }
  return html`<div
    class="grid"
    ref=${root}
    role="grid"
    aria-label=${label}
    aria-multiselectable="true"
    aria-rowcount=${Math.ceil(items.length / shape.columns)}
    aria-colcount=${shape.columns}
    style=${{ height: `${Math.max(0, Math.ceil(items.length / shape.columns) * shape.row - gap)}px` }}
    onKeyDown=${onKeyDown}
    onFocusIn=${() => root.current && (root.current.dataset.focused = "yes")}
    onFocusOut=${(/** @type {FocusEvent} */ event) => {
      const left = event.relatedTarget instanceof Node && !root.current?.contains(event.relatedTarget);
      if (left && root.current) root.current.dataset.focused = "no";
    }}
  >
    ${rows}
  </div>`;
}
