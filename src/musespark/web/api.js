// The HTTP API: every request of every page goes through here.

/** What the server said no to, or that it could not be reached (status 0). */
export class Refused extends Error {
  constructor(status, code, message, body) {
    super(message);
    this.status = status;
    this.code = code;
    this.body = body;
  }
}

export const language = document.documentElement.lang || "en";
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";

async function reply(response) {
  const body = await response.text();
  let read = null;
  try {
    read = body ? JSON.parse(body) : null;
  } catch {
    read = null;
  }
  if (response.ok) return read;
  const error = read?.error ?? {};
  throw new Refused(response.status, error.code ?? "", error.message ?? response.statusText, read);
}

/** One request. Gives the JSON that came back; throws Refused. A missing sign-in leads to its page. */
export async function ask(method, path, body, options = {}) {
  let response;
  try {
    response = await send(method, path, body, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, "unreachable", "");
  }
  if (response.status === 401 && !options.alone) signIn();
  return reply(response);
}

/** The bare response of a request that streams. Throws Refused for an error status. */
export async function open(method, path, body, options = {}) {
  let response;
  try {
    response = await send(method, path, body, { ...options, stream: true });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, "unreachable", "");
  }
  if (response.status === 401) signIn();
  if (!response.ok) await reply(response);
  return response;
}

function send(method, path, body, { signal, headers = {}, stream = false } = {}) {
  const wanted = { accept: stream ? "text/event-stream" : "application/json", ...headers };
  if (body !== undefined) wanted["content-type"] = "application/json";
  return fetch(path, {
    method, headers: wanted, signal, credentials: "same-origin", cache: "no-store",
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

/** A path with its slots encoded: path`/v1/runs/${id}`. */
export function path(parts, ...slots) {
  return String.raw({ raw: parts }, ...slots.map(encodeURIComponent));
}

export function signIn() {
  if (location.pathname !== "/sign-in") {
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
}

/** An id of our own that nobody else makes. */
export function newId(kind) {
  const raw = crypto.getRandomValues(new Uint8Array(15));
  return `${kind}-${Array.from(raw, (byte) => byte.toString(36).padStart(2, "0")).join("")}`;
}
