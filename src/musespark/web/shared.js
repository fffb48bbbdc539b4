// A shared conversation: questions and answers to read, nothing else.

import { ask, path } from "./api.js";
import { Exchange } from "./exchange.js";
import { entitle, fill } from "./parts.js";
import { t } from "./words.js";

const token = decodeURIComponent(location.pathname.split("/")[2] ?? "");

fill(document.getElementById("exchanges"), () => ask("GET", path`/v1/shared/${token}?render=html`, undefined, { alone: true }), (found) => {
  entitle(found.title || t("untitled"));
  return found.runs.map((run, n) => {
    const exchange = new Exchange({ id: `shared-${n}`, versions: [], state: "done", ...run }, {});
    exchange.steps.remove();
    return exchange.element;
  });
});
