// Hooks that several pages use.
import { useEffect, useState } from "../lib.js";
import { revision } from "./episode.js";

/**
 * Read something from the server, and again whenever the episode changes. Old data stay until new ones are here.
 *
 * A page is made anew for another address, so `read` may use the page's parameters.
 * @template T
 * @param {() => Promise<T>} read
 * @param {readonly unknown[]} [inputs] reads again when one of them changes
 * @returns {{data: T | null, error: Error | null}}
 */
export function useLoaded(read, inputs = []) {
  const [state, setState] = useState(/** @type {{data: T | null, error: Error | null}} */ ({ data: null, error: null }));
  useEffect(() => {
    let current = true;
    read().then(
      (data) => current && setState({ data, error: null }),
      (error) => current && setState((old) => ({ data: old.data, error })),
    );
    return () => {
      current = false;
    };
  }, [...inputs, revision.value]);
  return state;
}

/** Show this text as the title of the tab. @param {string} text */
export function useTitle(text) {
  useEffect(() => {
    document.title = text ? `${text} · Screenalytics` : "Screenalytics";
  }, [text]);
}
