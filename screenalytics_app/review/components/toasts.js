// Messages at the lower edge. A live region, so that screen readers say them; they never take the focus.
import { html, useEffect, useState } from "../lib.js";
import { close, toasts } from "../state/toasts.js";
import { Button } from "./button.js";

/** @import { Toast as Message } from "../state/toasts.js" */

const STAYS_MS = { done: 8000, refused: 20000 };

export function Toasts() {
  return html`<section class="toasts" aria-label="Messages" role="status" aria-live="polite">
    ${toasts.value.map((toast) => html`<${Toast} key=${toast.id} toast=${toast} />`)}
  </section>`;
}

/** @param {{toast: Message}} props */
function Toast({ toast }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => close(toast.id), STAYS_MS[toast.kind]);
    return () => clearTimeout(timer);
  }, [held]);
  const hold = () => setHeld(true);
  const release = () => setHeld(false);
  return html`<div
    class="toast toast-${toast.kind}"
    onPointerEnter=${hold}
    onPointerLeave=${release}
    onFocusIn=${hold}
    onFocusOut=${release}
  >
    <p>${toast.text}</p>
    <div class="toast-actions">
    ${toast.actions.map((action) => {
      const run = () => {
        close(toast.id);
        action.run();
      };
      return html`<${Button} tone="toast" label=${action.label} keys=${action.keys} onClick=${run} />`;
    })}
    <${Button} tone="toast" bare icon="close" label="Close the message" onClick=${() => close(toast.id)} />
    </div>
  </div>`;
}
