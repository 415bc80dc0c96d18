// How identities look on the map: each has a colour and one of six shapes.

const SHAPES = /** @type {const} */ (["circle", "square", "triangle", "diamond", "cross", "drop"]);
/** Degrees that spread any number of colours over the circle. */
const GOLDEN_ANGLE = 137.508;

/** @typedef {{shape: typeof SHAPES[number], light: string, dark: string}} Mark */

/** Tracks in no identity. @type {Mark} */
const NOBODY = { shape: "circle", light: "hsl(0 0% 55%)", dark: "hsl(0 0% 58%)" };

/** Mark of the identity at a place of the legend; -1 for tracks in none. @param {number} place @returns {Mark} */
export function markOf(place) {
  if (place < 0) return NOBODY;
  const hue = (place * GOLDEN_ANGLE + 232) % 360;
  return { shape: SHAPES[place % SHAPES.length], light: `hsl(${hue.toFixed(0)} 62% 42%)`, dark: `hsl(${hue.toFixed(0)} 72% 68%)` };
}

/** Outline of a shape around (0, 0), as SVG path data. @param {Mark["shape"]} shape @param {number} r radius, px */
export function outlineOf(shape, r) {
  const at = (/** @type {number} */ part) => (part * r).toFixed(2);
  switch (shape) {
    case "circle":
      return `M${at(1)} 0A${at(1)} ${at(1)} 0 1 1 ${at(-1)} 0A${at(1)} ${at(1)} 0 1 1 ${at(1)} 0z`;
    case "square":
      return `M${at(-0.88)} ${at(-0.88)}H${at(0.88)}V${at(0.88)}H${at(-0.88)}z`;
    case "triangle":
      return `M0 ${at(-1.15)}L${at(1.1)} ${at(0.85)}H${at(-1.1)}z`;
    case "diamond":
      return `M0 ${at(-1.25)}L${at(1.1)} 0L0 ${at(1.25)}L${at(-1.1)} 0z`;
    case "cross":
      return `M${at(-0.4)} ${at(-1.1)}H${at(0.4)}V${at(-0.4)}H${at(1.1)}V${at(0.4)}H${at(0.4)}V${at(1.1)}H${at(-0.4)}V${at(0.4)}H${at(-1.1)}V${at(-0.4)}H${at(-0.4)}z`;
    case "drop":
      return `M${at(-1)} ${at(-1)}H${at(0.2)}A${at(1)} ${at(1)} 0 1 1 ${at(-1)} ${at(0.2)}z`;
  }
}
