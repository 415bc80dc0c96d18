// A place to drop pictures on, or to choose them by a button.
import { html, useRef, useState } from "../lib.js";
import { Button } from "./button.js";

/** Pictures among dropped files. @param {DataTransfer | null} data @returns {File[]} */
const filesOf = (data) => [...(data?.files ?? [])];
/** @param {DragEvent} event */
const hasFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;

/**
 * What an element needs to take dropped files, and whether files are over it.
 * @param {(files: File[]) => void} onFiles
 */
export function useDrop(onFiles) {
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  const count = (/** @type {DragEvent} */ event, /** @type {number} */ by) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth.current += by;
    setOver(depth.current > 0);
  };
  const props = {
    onDragEnter: (/** @type {DragEvent} */ event) => count(event, 1),
    onDragOver: (/** @type {DragEvent} */ event) => count(event, 0),
    onDragLeave: (/** @type {DragEvent} */ event) => count(event, -1),
    onDrop: (/** @type {DragEvent} */ event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      depth.current = 0;
      setOver(false);
      onFiles(filesOf(event.dataTransfer));
    },
  };
  return { over, props };
}

/** @param {{label: string, keys?: string, onFiles: (files: File[]) => void, choose?: {current: (() => void) | null}}} props `choose` gets a function that opens the choice of files */
export function FileButton({ label, keys, onFiles, choose }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const open = () => input.current?.click();
  if (choose) choose.current = open;
  const onChange = () => {
    onFiles([...(input.current?.files ?? [])]);
    if (input.current) input.current.value = "";
  };
  return html`<${Button} tone="primary" icon="upload" label=${label} keys=${keys} onClick=${open} />
    <input ref=${input} type="file" accept="image/jpeg,image/png" multiple hidden aria-label=${label} onChange=${onChange} />`;
}
