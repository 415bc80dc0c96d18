// Names to choose from: the people of the cast and those already on the board.
import { computed, effect, signal } from "../lib.js";
import { readCast } from "../api/endpoints.js";
import { cards, detail, loaded } from "./episode.js";
import { refuse } from "./gestures.js";

/** @import { CastCard, IdentityCard } from "../api/types.js" */
/** @typedef {{person_id: string, name: string, seconds: number, image: string | null, role: string}} Person */
/** @typedef {{person_id: string} | {name: string}} Choice an existing person, or a new name */

/** Keys 1 to 9, and the same with Shift. */
const DIGITS = 18;

const cast = signal(/** @type {readonly CastCard[]} */ ([]));
/** Show of the open episode. */
export const show = computed(() => detail.value?.show ?? "");
/** Grows with each change of the cast. */
export const castTurn = signal(0);

effect(() => {
  if (!show.value || castTurn.value < 0) return;
  readCast(show.value).then((people) => {
    cast.value = people;
  }, refuse);
});

/** Identity of each named person, the one with the most seconds. */
export const identityOf = computed(() => {
  /** @type {Map<string, IdentityCard>} */
  const found = new Map();
  for (const card of cards.value.values()) {
    if (!card.person) continue;
    const other = found.get(card.person.person_id);
    if (!other || other.seconds < card.seconds) found.set(card.person.person_id, card);
  }
  return found;
});

/** Everybody with a name, those with the most seconds on screen first. */
export const people = computed(() => {
  /** @type {Map<string, Person>} */
  const found = new Map();
  for (const { person_id, name, image_url, role } of cast.value)
    found.set(person_id, { person_id, name, seconds: 0, image: image_url, role });
  for (const card of cards.value.values()) {
    const person = card.person ?? card.suggestion;
    if (!person) continue;
    const known = found.get(person.person_id);
    const seconds = (known?.seconds ?? 0) + (card.person ? card.seconds : 0);
    const image = known?.image ?? (card.person ? card.thumb_url : null);
    found.set(person.person_id, { person_id: person.person_id, name: person.name, role: known?.role ?? "", seconds, image });
  }
  return [...found.values()].sort((a, b) => b.seconds - a.seconds || a.name.localeCompare(b.name));
});

/** Person ids of the digits. A person keeps their digit as long as the episode is open. */
const places = signal(/** @type {readonly string[]} */ ([]));

effect(() => {
  if (!loaded.value) places.value = [];
  else {
    const known = people.value.map((person) => person.person_id);
    const kept = places.peek().filter((id) => known.includes(id));
    const next = [...kept, ...known.filter((id) => !kept.includes(id))].slice(0, DIGITS);
    if (next.join() !== places.peek().join()) places.value = next;
  }
});

/** The people of the keys 1 to 9, and then of Shift+1 to Shift+9. */
export const digits = computed(() =>
  places.value.flatMap((id) => people.value.find((person) => person.person_id === id) ?? []),
);

/** People whose name contains these words, in the order of `people`. @param {string} text */
export function search(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return people.value.filter((person) => words.every((word) => person.name.toLowerCase().includes(word)));
}

/** Whom the command bar names: what is selected on the page. null if it only searches. */
export const target = signal(/** @type {{text: string, run: (choice: Choice) => void} | null} */ (null));
