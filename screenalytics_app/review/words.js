// Values as people read them.

/** Duration: `9 s`, `3 min 32 s`, `1 h 2 min`. @param {number} seconds */
export function duration(seconds) {
  const whole = Math.round(seconds);
  if (seconds < 10) return `${seconds.toFixed(1).replace(/\.0$/, "")} s`;
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Place in a video: `3:32`, `1:02:09`. @param {number} seconds */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (/** @type {number} */ part) => String(part).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** `1 track`, `14 tracks`. @param {number} number @param {string} word */
export function count(number, word) {
  return `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
}

/** Share as a percentage. @param {number} share */
export function percent(share) {
  return `${Math.round(share * 100)} %`;
}

/** Cosine similarity, as `0.71`. @param {number} value */
export function similarity(value) {
  return value.toFixed(2);
}

/** Short name of an identity: its person, its label or its number. @param {import("./api/types.js").IdentityCard} card */
export function nameOf(card) {
  return card.person?.name ?? card.label ?? numberOf(card.identity_id);
}

/** `identity-00031` as `#31`, `track-00007` as `#7`. @param {string} id */
export function numberOf(id) {
  const digits = /(\d+)$/.exec(id);
  return digits ? `#${Number(digits[1])}` : id;
}
