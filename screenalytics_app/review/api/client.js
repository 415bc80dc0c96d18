// Requests to the server. Every refusal is a problem document, which becomes a `Refusal`.

/** @import { Problem } from "./types.js" */

/** A problem document (RFC 9457). Members of one kind of problem, such as `successor`, are in `more`. */
export class Refusal extends Error {
  /** @param {Problem & Record<string, unknown>} problem */
  constructor(problem) {
    super(problem.detail);
    this.status = problem.status;
    this.kind = problem.type.split("/").at(-1);
    this.more = problem;
  }
}

const AWAY = "The server does not answer. Start it with `screenalytics serve` and try again.";

/**
 * Send a request and return the body of the answer, or null if it has none.
 * @param {string} method
 * @param {string} path
 * @param {{body?: unknown, etag?: string, key?: string}} [options] `etag` goes as If-Match, `key` as Idempotency-Key
 * @returns {Promise<any>}
 * @throws {Refusal}
 */
export async function request(method, path, { body, etag, key } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (etag !== undefined) headers["If-Match"] = `"${etag}"`;
  if (key !== undefined) headers["Idempotency-Key"] = key;
  const form = body instanceof FormData;
  if (body !== undefined && !form) headers["Content-Type"] = "application/json";
  const sent = body === undefined || form ? /** @type {FormData | undefined} */ (body) : JSON.stringify(body);
  const response = await fetch(path, { method, headers, body: sent, cache: "no-cache" }).catch(() => {
    throw new Refusal({ type: "/problems/away", title: "No answer", status: 0, detail: AWAY });
  });
  if (response.ok) return response.status === 204 ? null : response.json();
  throw new Refusal(await problemOf(response));
}

/** @param {Response} response @returns {Promise<Problem & Record<string, unknown>>} */
async function problemOf(response) {
  if (response.headers.get("Content-Type")?.startsWith("application/problem+json")) return response.json();
  const detail = `The server answered with status ${response.status}.`;
  return { type: "/problems/http", title: response.statusText, status: response.status, detail };
}

/** @param {string} path @returns {Promise<any>} */
export function get(path) {
  return request("GET", path);
}

/** All items of a list, page by page. @param {string} path @returns {Promise<any[]>} */
export async function getAll(path) {
  const items = [];
  let cursor = "";
  do {
    const sign = path.includes("?") ? "&" : "?";
    const page = await get(cursor ? `${path}${sign}cursor=${encodeURIComponent(cursor)}` : path);
    items.push(...page.items);
    cursor = page.next ?? "";
  } while (cursor);
  return items;
}

/** A key that makes a repeated request harmless. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
