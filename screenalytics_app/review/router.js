// Which page the address names. A link to /review/... changes the page without loading the document again.
import { signal } from "./lib.js";
import { PAGES } from "./pages/index.js";

/** @import { PageEntry } from "./pages/index.js" */
/** @typedef {{entry: PageEntry | null, params: Record<string, string>, path: string}} Route */

/** @type {import("./lib.js").Signal<Route>} */
export const route = signal(match(location.pathname));

/**
 * Find the page of an address. `entry` is null if there is none.
 * @param {string} path @returns {Route}
 */
export function match(path) {
  const parts = path.split("/").filter(Boolean);
  for (const entry of PAGES) {
    const wanted = entry.path.split("/").filter(Boolean);
    if (wanted.length !== parts.length) continue;
    if (!wanted.every((part, at) => part.startsWith(":") || part === parts[at])) continue;
    const pairs = wanted.flatMap((part, at) => (part.startsWith(":") ? [[part.slice(1), decode(parts[at])]] : []));
    return { entry, params: Object.fromEntries(pairs), path };
  }
  return { entry: null, params: {}, path };
}

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * Go to an address of the review pages.
 * @param {string} url
 * @param {{replace?: boolean}} [options]
 */
export function navigate(url, { replace = false } = {}) {
  if (url === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", url);
  if (!replace) scrollTo(0, 0);
  route.value = match(location.pathname);
}

/** Address of a page: `to("demo-s01e01", "identity", "identity-00001")`. @param {string[]} parts */
export function to(...parts) {
  return "/review/" + parts.map(encodeURIComponent).join("/");
}

/** Follow links and the browser's back button. */
export function startRouter() {
  addEventListener("popstate", () => {
    route.value = match(location.pathname);
  });
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target.closest("a") : null;
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!target || !plain || event.defaultPrevented || target.target || target.hasAttribute("download")) return;
    if (target.origin !== location.origin || !target.pathname.startsWith("/review/")) return;
    event.preventDefault();
    navigate(target.pathname + target.search);
  });
}
