// What every page has around it: the bar at the top, messages, keys.
import { html, useEffect, useRef } from "../lib.js";
import { useKeys } from "../keys.js";
import { PAGES } from "../pages/index.js";
import { navigate, route, to } from "../router.js";
import { detail, ep, failure } from "../state/episode.js";
import { redo, unanswered, undo } from "../state/gestures.js";
import { identityOf, target } from "../state/people.js";
import { switchTheme } from "../state/preferences.js";
import { closeAll, fail, toasts } from "../state/toasts.js";
import { Button } from "./button.js";
import { KeysPanel, panelOpen } from "./keyspanel.js";
import { Picker } from "./picker.js";
import { Toasts } from "./toasts.js";

/** @import { Choice } from "../state/people.js" */

/** @param {{children: unknown}} props */
export function Shell({ children }) {
  const togglePanel = () => {
    panelOpen.value = !panelOpen.value;
  };
  const onEscape = () => {
    if (panelOpen.peek()) panelOpen.value = false;
    else if (toasts.peek().length) closeAll();
  };
  useKeys([
    { keys: ["ctrl+z"], label: "Undo", run: () => void (ep.peek() && undo()) },
    { keys: ["ctrl+shift+z", "ctrl+y"], shown: "Ctrl+Shift+Z", label: "Redo", run: () => void (ep.peek() && redo()) },
    { keys: ["?"], label: "Show or hide the keys", run: togglePanel },
    { keys: ["escape"], label: "", run: onEscape },
  ]);
  return html`
    <a class="skip" href="#main">Skip to the content</a>
    <header class="bar">
      <a class="brand" href="/review/"><span class="mark" aria-hidden="true"></span><span class="brand-name">Screenalytics</span></a>
      ${ep.value && html`<${Navigation} />`}
      <div class="bar-tools">
        ${ep.value && html`<${CommandBar} key=${ep.value} />`}
        ${ep.value && html`<${Button} bare tone="quiet" icon="undo" label="Undo" keys="Ctrl+Z" onClick=${() => undo()} />`}
        <${Button} bare tone="quiet" icon="keys" label="Keys" keys="?" pressed=${panelOpen.value} onClick=${togglePanel} />
        <${Button} bare tone="quiet" icon="theme" label="Light or dark" onClick=${switchTheme} />
      </div>
    </header>
    <main id="main" tabindex="-1" aria-busy=${unanswered.value > 0}>${failure.value ? html`<${Failure} />` : children}</main>
    ${unanswered.value > 0 && html`<div class="saving" aria-hidden="true"></div>`}
    <${KeysPanel} />
    <${Toasts} />
  `;
}

function Navigation() {
  const tabs = PAGES.filter((entry) => entry.tab);
  const now = route.value.entry?.name;
  const bar = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => bar.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" }), [now]);
  return html`<nav ref=${bar} aria-label="Episode ${ep.value}">
    <span class="episode-name">${ep.value}</span>
    ${tabs.map(
      (entry) => html`<a href=${to(ep.value, entry.name)} aria-current=${entry.name === now ? "page" : undefined}>
        ${entry.tab}${entry.name === "queue" && detail.value?.questions ? html`<span class="count">${detail.value.questions}</span>` : null}
      </a>`,
    )}
  </nav>`;
}

/** Searches names. If something is selected on the page, the chosen name is given to it. */
function CommandBar() {
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  useKeys([{ keys: ["/"], label: "Search a name", run: () => field.current?.focus() }]);
  const find = (/** @type {Choice} */ choice, /** @type {string} */ name) => {
    const card = "person_id" in choice ? identityOf.peek().get(choice.person_id) : undefined;
    if (card) navigate(to(ep.peek(), "identity", card.identity_id));
    else fail(`${name} is not on screen in this episode.`);
  };
  const naming = target.value;
  return html`<${Picker}
    label=${naming ? `Name ${naming.text}` : "Search a name"}
    placeholder=${naming ? `Name ${naming.text}` : "Search a name  /"}
    mayAdd=${naming !== null}
    field=${(/** @type {HTMLInputElement} */ input) => (field.current = input)}
    onPick=${(/** @type {Choice} */ choice, /** @type {string} */ name) => (target.peek()?.run ?? find)(choice, name)}
  />`;
}

function Failure() {
  return html`<div class="nothing"><h1>This episode cannot be shown</h1><p>${failure.value?.message}</p><p><a href="/review/">All episodes</a></p></div>`;
}

/** Say what the command bar and the digits name while this is on the page. @param {{text: string, run: (choice: Choice) => void} | null} wanted */
export function useTarget(wanted) {
  const latest = useRef(wanted);
  latest.current = wanted;
  const text = wanted?.text ?? "";
  useEffect(() => {
    target.value = text ? { text, run: (choice) => latest.current?.run(choice) } : null;
    return () => {
      target.value = null;
    };
  }, [text]);
}
