// What this browser remembers: the theme, and whether single keys do something.
import { effect, signal } from "../lib.js";

/** @typedef {"system" | "light" | "dark"} Theme */

const THEME = "screenalytics.theme";
const LETTERS = "screenalytics.letters";

export const theme = signal(/** @type {Theme} */ (localStorage.getItem(THEME) ?? "system"));
/** Whether single letters, digits and signs are shortcuts (WCAG 2.1.4). */
export const letters = signal(localStorage.getItem(LETTERS) !== "off");

/** Show the chosen theme now and after each change. */
export function applyTheme() {
  effect(() => {
    localStorage.setItem(THEME, theme.value);
    document.documentElement.style.colorScheme = theme.value === "system" ? "light dark" : theme.value;
  });
  effect(() => localStorage.setItem(LETTERS, letters.value ? "on" : "off"));
}

/** Change between light and dark. */
export function switchTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const now = theme.peek() === "system" ? system : theme.peek();
  theme.value = now === "dark" ? "light" : "dark";
}
