// A selection of exactly one: the cell with the focus. Until a person moves there, nothing is selected.
import { useMemo } from "../lib.js";
import { Selection } from "./selection.js";

export class SingleSelection extends Selection {
  /** @param {string} key */
  moveTo(key) {
    super.moveTo(key);
    this.keys.value = new Set(key ? [key] : []);
  }

  /** @param {string} key */
  toggle(key) {
    this.moveTo(key);
  }

  /** @param {string} key */
  extendTo(key) {
    this.moveTo(key);
  }

  /** @param {readonly string[]} order */
  keepOnly(order) {
    if (!order.includes(this.active.peek())) this.moveTo("");
  }
}

export function useSingleSelection() {
  return useMemo(() => new SingleSelection(), []);
}
