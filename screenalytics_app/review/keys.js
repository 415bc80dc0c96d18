// The keyboard. A page says which keys it knows with `useKeys`; the panel of `?` lists the same bindings.
import { signal, useEffect, useRef } from "./lib.js";
import { letters } from "./state/preferences.js";

/**
 * @typedef {object} Binding
 * @property {string[]} keys names of `KeyboardEvent.key` in lower case, with `ctrl+` and `shift+` in front of names
 *   that print nothing: `ctrl+shift+z`
 * @property {string} label what it does, for the panel of keys
 * @property {string} [shown] how the panel writes the keys, such as `1 – 9`
 * @property {(key: string) => void} run
 * @property {() => boolean} [when] whether it applies now; without it, always
 */
/** @typedef {{current: readonly Binding[]}} Layer */

/** Bindings of what is on the page, the latest last. */
export const layers = signal(/** @type {readonly Layer[]} */ ([]));

/** Use these keys as long as the component is on the page. The latest binding of a key wins. @param {Binding[]} bindings */
export function useKeys(bindings) {
  const layer = useRef(bindings);
  layer.current = bindings;
  useEffect(() => {
    layers.value = [...layers.peek(), layer];
    return () => {
      layers.value = layers.peek().filter((other) => other !== layer);
    };
  }, []);
}

/** Name of a pressed key, as in bindings. @param {KeyboardEvent} event */
export function nameOf(event) {
  // Shift and a digit print a character that depends on the keyboard.
  if (event.shiftKey && !event.ctrlKey && !event.metaKey && /^Digit[1-9]$/.test(event.code)) return `shift+${event.code.slice(-1)}`;
  const key = event.key.toLowerCase();
  const control = event.ctrlKey || event.metaKey ? "ctrl+" : "";
  const shift = event.shiftKey && (control || key.length > 1) ? "shift+" : "";
  return control + shift + key;
}

/** Whether somebody types there. @param {EventTarget | null} target */
function isInput(target) {
  return target instanceof HTMLElement && target.closest("input:not([type=checkbox], [type=range]), textarea, select, [contenteditable]") !== null;
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.defaultPrevented || event.altKey || event.isComposing || isInput(event.target)) return;
  const name = nameOf(event);
  if ((name.length === 1 || /^shift\+\d$/.test(name)) && !letters.peek()) return;
  for (const layer of [...layers.peek()].reverse()) {
    const found = layer.current.find((one) => one.keys.includes(name) && (one.when?.() ?? true));
    if (found) {
      event.preventDefault();
      found.run(name);
      return;
    }
  }
}

export function startKeys() {
  document.addEventListener("keydown", onKey);
}
