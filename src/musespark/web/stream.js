// A run's events, from the first to the last whatever happens between: lost connections are taken up
// again after the last event that was seen, none lost and none twice.

import { open, path, Refused } from "./api.js";

const PAUSES = [250, 500, 1000, 2000, 4000];

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
      const found = [];
      for (const block of rest.slice(0, end).split("\n\n")) {
        let id = null;
        let data = "";
        for (const line of block.split("\n")) {
          if (line.startsWith("data: ")) data += line.slice(6);
          else if (line.startsWith("id: ")) id = Number(line.slice(4));
        }
        if (data) found.push({ id, event: JSON.parse(data) });
      }
      rest = rest.slice(end + 2);
      if (found.length) yield found;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/**
 * Follow a run to its end. `begin` is the request that starts it (or null to join one that is under
 * way), `take(events)` gets every list of events. `lost(again)` is told when the connection went and
 * when it is back. Ends with RUN_FINISHED or RUN_ERROR, or throws Refused when there is no such run.
 */
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
        for (const { id } of list) if (id) last = Math.max(last, id);
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
      if (error instanceof Refused) {
        if (error.code === "run_exists") started = true;
        else if (error.status && error.status < 500) throw error;
        else if (!started && tries > 3) throw error;
      }
    }
    if (signal?.aborted) return;
    if (!tries) lost(true);
    await new Promise((resume) => {
      const wake = () => (clearTimeout(timer), removeEventListener("online", wake), resume());
      const timer = setTimeout(wake, PAUSES[Math.min(tries, PAUSES.length - 1)]);
      addEventListener("online", wake, { once: true });
    });
    tries += 1;
  }
}
