// Icons, drawn on 24 by 24. They are decoration: the button or text next to them says what they mean.
import { html } from "../lib.js";

const PATHS = {
  check: "M5 12.5l4.5 4.5L19 7.5",
  close: "M6 6l12 12M18 6L6 18",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z",
  open: "M9 6l6 6-6 6",
  search: "M11 4a7 7 0 1 0 0 14a7 7 0 0 0 0-14zM16.5 16.5L21 21",
  theme: "M20 14.5A8 8 0 1 1 9.5 4a6.5 6.5 0 0 0 10.5 10.5z",
  keys: "M3 7h18v10H3zM7 11h.01M11 11h.01M15 11h.01M8 14h8",
  undo: "M9 7L4 12l5 5M4 12h10a6 6 0 0 1 6 6",
  redo: "M15 7l5 5-5 5M20 12H10a6 6 0 0 0-6 6",
  warn: "M12 4l9 16H3zM12 10v4M12 17h.01",
  face: "M12 4a8 8 0 1 0 0 16a8 8 0 0 0 0-16zM9 10h.01M15 10h.01M9 14.5c1.8 1.6 4.2 1.6 6 0",
  play: "M8 5l11 7-11 7z",
  pause: "M9 6v12M15 6v12",
  loop: "M17 3l3 3-3 3M4 12V10a4 4 0 0 1 4-4h12M7 21l-3-3 3-3M20 12v2a4 4 0 0 1-4 4H4",
  left: "M15 6l-6 6 6 6",
  cut: "M6 6l12 12M18 6L9.5 14.5M6.5 20a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5zM17.5 20a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5z",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01",
  upload: "M12 16V5M7.5 9.5L12 5l4.5 4.5M5 19h14",
  download: "M12 5v11M7.5 11.5L12 16l4.5-4.5M5 19h14",
  remove: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  minus: "M5 12h14",
  swap: "M7 8h12l-3-3M17 16H5l3 3",
  merge: "M6 4v4c0 3 6 4 6 8v4M18 4v4c0 3-6 4-6 8",
  add: "M12 5v14M5 12h14",
};

/** @param {{name: keyof typeof PATHS}} props */
export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${PATHS[name]} /></svg>`;
}
