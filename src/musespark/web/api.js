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

/** Send a form with a file of that name; `progress` gets the part of it that has left, 0 to 1. Only
 *  this old way tells of it. */
export function upload(address, fields, name, progress, signal) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    for (const [key, value] of Object.entries(fields)) form.append(key, value, ...(value instanceof Blob ? [name] : []));
    request.open("POST", address);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => progress(loaded / total);
    request.onloadend = () => {
      const { status, response } = request; // none when it was aborted or nobody was reached
      if (status && status < 300) done(response);
      else failed(signal.aborted ? signal.reason : new Refused(status, response?.error?.code ?? "", response?.error?.message ?? t("file_unsent")));
    };
    signal.onabort = () => request.abort();
    request.send(form);
  });
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
