// A shared conversation: questions and answers to read, nothing else.

import { ask, path } from "./api.js";
import { Exchange } from "./exchange.js";
import { fill } from "./parts.js";
import { t } from "./words.js";

const token = location.pathname.split("/")[2] ?? "";
const place = document.getElementById("exchanges");

fill(place, () => ask("GET", path`/v1/shared/${decodeURIComponent(token)}?render=html`, undefined, { alone: true }), (found) => {
  const title = found.title || t("untitled");
  document.getElementById("title").textContent = title;
  document.title = `${title} · musespark`;
  return found.runs.map((run, n) => {
    const exchange = new Exchange({ id: run.id ?? `shared-${n}`, versions: [], ...run, state: run.state ?? "done" }, {});
    exchange.element.querySelector(".question-row > .icon-button")?.remove();
    exchange.steps.remove();
    return exchange.element;
  });
});
