// The HTTP API: every request of every page goes through here.

import { t } from "./words.js";

/** What the server said no to, or that it could not be reached (status 0). */
export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    Object.assign(this, { status, code });
  }
}

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";

async function send(method, address, body, { signal, headers = {}, stream = false, alone = false } = {}) {
  const wanted = { accept: stream ? "text/event-stream" : "application/json", ...headers };
  if (body !== undefined) wanted["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(address, { method, headers: wanted, signal, cache: "no-store", body: body && JSON.stringify(body) });
  } catch (error) {
    throw error.name === "AbortError" ? error : new Refused(0, "unreachable", t("unreachable"));
  }
  if (response.status === 401 && !alone) location.assign(path`/sign-in?next=${location.pathname + location.search}`);
  return response;
}

async function reply(response) {
  const read = await response.json().catch(() => null);
  if (response.ok) return read;
  const error = read?.error ?? {};
  throw new Refused(response.status, error.code ?? "", error.message ?? response.statusText);
}

/** One request. Gives the JSON that came back; throws Refused. A missing sign-in leads to its page. */
export async function ask(method, path, body, options) {
  return reply(await send(method, path, body, options));
}

/** The bare response of a request that streams. Throws Refused for an error status. */
export async function open(method, path, body, options) {
  const response = await send(method, path, body, { ...options, stream: true });
  return response.ok ? response : reply(response);
}

/** A path with its slots encoded: path`/v1/runs/${id}`. */
export function path(parts, ...slots) {
  return String.raw({ raw: parts }, ...slots.map(encodeURIComponent));
}

/** An id of our own that nobody else makes. */
export function newId(kind) {
  const raw = crypto.getRandomValues(new Uint8Array(15));
  return `${kind}-${Array.from(raw, (byte) => byte.toString(36).padStart(2, "0")).join("")}`;
}
