// A shared conversation: questions and answers to read, nothing else.

import { ask, path } from "./api.js";
import { Exchange } from "./exchange.js";
import { fill } from "./parts.js";
import { t } from "./words.js";

const token = decodeURIComponent(location.pathname.split("/")[2] ?? "");

fill(document.getElementById("exchanges"), () => ask("GET", path`/v1/shared/${token}?render=html`, undefined, { alone: true }), (found) => {
  const title = found.title || t("untitled");
  document.getElementById("title").textContent = title;
  document.title = `${title} · musespark`;
  return found.runs.map((run, n) => {
    const exchange = new Exchange({ id: `shared-${n}`, versions: [], state: "done", ...run, sources: run.sources.map(({ file, ...source }) => source) }, {}); // files stay private
    exchange.steps.remove();
    return exchange.element;
  });
});
