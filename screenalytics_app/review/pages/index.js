// All pages. The first whose path fits the address is shown; its file is loaded only then.

/**
 * @typedef {object} PageEntry
 * @property {string} name as in the navigation of an episode
 * @property {string} path `:name` stands for one part of the address, which the page gets as a property
 * @property {string} [tab] its text in the navigation of an episode; pages without one are reached from others
 * @property {() => Promise<{default: (params: any) => unknown}>} load
 */

/** @type {PageEntry[]} */
export const PAGES = [
  { name: "episodes", path: "/review", load: () => import("./episodes.js") },
  { name: "queue", path: "/review/:ep", load: () => import("./queue.js") },
  { name: "queue", path: "/review/:ep/queue", tab: "Queue", load: () => import("./queue.js") },
  { name: "board", path: "/review/:ep/board", tab: "Board", load: () => import("./board.js") },
  { name: "unnamed", path: "/review/:ep/unnamed", tab: "One by one", load: () => import("./onebyone.js") },
  { name: "identity", path: "/review/:ep/identity/:id", load: () => import("./identity.js") },
  { name: "compare", path: "/review/:ep/compare/:a/:b", load: () => import("./compare.js") },
  { name: "track", path: "/review/:ep/track/:track", load: () => import("./track.js") },
  { name: "timeline", path: "/review/:ep/timeline", tab: "Timeline", load: () => import("./timeline.js") },
  { name: "map", path: "/review/:ep/map", tab: "Map", load: () => import("./map.js") },
  { name: "cast", path: "/review/:ep/cast", tab: "Cast", load: () => import("./cast.js") },
  { name: "cast", path: "/review/:ep/cast/:person", load: () => import("./person.js") },
  { name: "history", path: "/review/:ep/history", tab: "History", load: () => import("./history.js") },
];
