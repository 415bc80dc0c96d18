// Where a face is between two times at which it is known.

/** @import { BoxAt } from "../api/types.js" */
/** @import { Box } from "./player.js" */

/**
 * Interpolate between the boxes next to a time.
 * @param {readonly BoxAt[]} boxes in order of time @param {number} ts
 * @param {number} slack a time that is at most this much before the first or after the last box has that box, in seconds
 * @returns {Box | null} null outside of the boxes
 */
export function boxAt(boxes, ts, slack) {
  if (!boxes.length || ts < boxes[0].ts - slack || ts > boxes[boxes.length - 1].ts + slack) return null;
  const next = boxes.findIndex((box) => box.ts >= ts);
  if (next < 0) return boxes[boxes.length - 1].box;
  if (next === 0) return boxes[0].box;
  const [a, b] = [boxes[next - 1], boxes[next]];
  const share = (ts - a.ts) / (b.ts - a.ts);
  const part = (/** @type {0 | 1 | 2 | 3} */ at) => a.box[at] + (b.box[at] - a.box[at]) * share;
  return [part(0), part(1), part(2), part(3)];
}
