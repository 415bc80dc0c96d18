// Starts the pages.
import { html, render, signal, effect } from "./lib.js";
import { route, startRouter } from "./router.js";
import { openEpisode } from "./state/episode.js";
import { startKeys } from "./keys.js";
import { followEvents } from "./api/live.js";
import { applyTheme } from "./state/preferences.js";
import { fail } from "./state/toasts.js";
import { Shell } from "./components/shell.js";

/** @type {import("./lib.js").Signal<{Page: (params: any) => unknown, params: Record<string, string>, path: string} | null>} */
const shown = signal(null);

const RELOAD = { label: "Load again", run: () => location.reload() };

function App() {
  const { entry } = route.value;
  const page = shown.value;
  if (!entry) return html`<${Shell}><h1>Page not found</h1><p><a href="/review/">All episodes</a></p></${Shell}>`;
  return html`<${Shell}>${page && html`<${page.Page} key=${page.path} ...${page.params} />`}</${Shell}>`;
}

effect(() => {
  const { entry, params, path } = route.value;
  openEpisode(params.ep ?? "");
  if (!entry) return;
  entry.load().then(
    (module) => {
      if (route.peek().path !== path) return;
      const first = shown.peek() === null;
      shown.value = { Page: module.default, params, path };
      if (!first) document.getElementById("main")?.focus({ preventScroll: true });
    },
    () => fail("This page could not be loaded: the server is away or has been updated.", [RELOAD]),
  );
});

applyTheme();
startRouter();
startKeys();
followEvents();
render(html`<${App} />`, /** @type {Element} */ (document.getElementById("app")));
