// What is selected in a grid: the marked cell, a set of keys, and where a range began.
import { signal, useMemo } from "../lib.js";

export class Selection {
  /** Selected keys. */
  keys = signal(/** @type {ReadonlySet<string>} */ (new Set()));
  /** The key with the roving focus. */
  active = signal("");
  /** Whether a person has been in the grid; before that nothing is chosen. */
  touched = signal(false);
  #anchor = "";

  /** Select or unselect one. @param {string} key */
  toggle(key) {
    const next = new Set(this.keys.peek());
    if (!next.delete(key)) next.add(key);
    this.keys.value = next;
    this.#anchor = this.active.value = key;
  }

  /** Make a key the active one. @param {string} key */
  moveTo(key) {
    this.#anchor = this.active.value = key;
  }

  /** Select everything from where the range began up to this key. @param {string} key @param {readonly string[]} order */
  extendTo(key, order) {
    const from = order.indexOf(this.#anchor);
    const to = order.indexOf(key);
    if (from < 0) this.#anchor = key;
    const range = from < 0 ? [key] : order.slice(Math.min(from, to), Math.max(from, to) + 1);
    this.keys.value = new Set([...this.keys.peek(), ...range]);
    this.active.value = key;
  }

  clear() {
    if (this.keys.peek().size) this.keys.value = new Set();
  }

  /** Clear the selection, or else leave the active one alone. */
  letGo() {
    if (this.keys.peek().size) this.clear();
    else this.touched.value = false;
  }

  /** Make the first key after these the active one. @param {readonly string[]} keys @param {readonly string[]} order */
  advance(keys, order) {
    const last = Math.max(...keys.map((key) => order.indexOf(key)));
    const rest = [...order.slice(last + 1), ...order.slice(0, last + 1)];
    const next = rest.find((key) => !keys.includes(key));
    if (next) this.moveTo(next);
  }

  /** Forget keys that are gone, and move on to the one that took the active one's place. @param {readonly string[]} order @param {readonly string[]} before */
  keepOnly(order, before) {
    const present = new Set(order);
    const kept = [...this.keys.peek()].filter((key) => present.has(key));
    if (kept.length !== this.keys.peek().size) this.keys.value = new Set(kept);
    if (present.has(this.active.peek())) return;
    const at = before.indexOf(this.active.peek());
    this.moveTo(order[Math.min(Math.max(at, 0), order.length - 1)] ?? "");
  }

  /** The selected keys, or else the active one. */
  chosen() {
    if (this.keys.value.size) return [...this.keys.value];
    return this.touched.value && this.active.value ? [this.active.value] : [];
  }
}

export function useSelection() {
  return useMemo(() => new Selection(), []);
}
