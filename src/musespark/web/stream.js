// A run's events, from the first to the last whatever happens between: lost connections are taken up
// again after the last event that was seen, none lost and none twice.

import { open, path, Refused } from "./api.js";

const FIRST_PAUSE = 250; // milliseconds; each is twice as long as the one before
const LONGEST_PAUSE = 4000;

/** Server-sent events of a response, in lists as they arrive together: {id, event} each. */
async function* frames(response) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      const end = rest.lastIndexOf("\n\n");
      if (end < 0) continue;
      const found = rest.slice(0, end).split("\n\n").flatMap((block) => {
        const { id, data } = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s)));
        return data ? [{ id: Number(id), event: JSON.parse(data) }] : [];
      });
      rest = rest.slice(end + 2);
      if (found.length) yield found;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Follow a run to its end. `begin` is the request that starts it (or null to join one that is under
 *  way), `take(events)` gets every list of events. `lost(gone)` is told when the connection went and
 *  when it is back. Ends with RUN_FINISHED or RUN_ERROR, or throws Refused when there is no such run. */
export async function follow(run, begin, take, { signal, lost = () => {} } = {}) {
  let last = 0;
  let tries = 0;
  let started = begin === null;
  for (;;) {
    try {
      let response;
      if (started) {
        response = await open("GET", path`/v1/runs/${run}/events?render=html`, undefined, { signal, headers: last ? { "last-event-id": String(last) } : {} });
        if (response.status === 204) return;
      } else {
        response = await open("POST", "/agui", begin, { signal });
        started = true;
      }
      if (tries) lost(false);
      for await (const list of frames(response)) {
        tries = 0;
        last = Math.max(last, ...list.map(({ id }) => id || 0));
        const events = list.map(({ event }) => event);
        const closing = events.find((event) => event.type === "RUN_FINISHED" || event.type === "RUN_ERROR");
        if (closing?.code === "server_stopping") {
          take(events.filter((event) => event !== closing));
          break;
        }
        take(events);
        if (closing) return;
      }
    } catch (error) {
      if (error.name === "AbortError") throw error;
      const { code, status } = error;
      if (code === "run_exists") started = true;
      else if (error instanceof Refused && ((status && status < 500) || (!started && tries > 3))) throw error;
    }
    if (signal?.aborted) return;
    if (!tries) lost(true);
    await new Promise((resume) => {
      setTimeout(resume, Math.min(FIRST_PAUSE * 2 ** tries, LONGEST_PAUSE));
      addEventListener("online", resume, { once: true });
    });
    tries += 1;
  }
}
