// Runs: what was asked, how it was answered, what it cost.

import { ask, path } from "./api.js";
import { content, empty, fill, h, icon, looksAgain, moment, paged, stateBadge, table } from "./parts.js";
import "./shell.js";
import { compact, cost, span, t } from "./words.js";

const PAGE = 50;
const filters = document.getElementById("filters");
const HEADS = ["question", "mode", "state", "took", "used", "cost", "at"];

for (const [name, value] of new URLSearchParams(location.search)) if (filters.elements[name]) filters.elements[name].value = value;

const wanted = () => new URLSearchParams([...new FormData(filters)].filter(([, value]) => value));

function load() {
  const asked = wanted();
  history.replaceState(null, "", `${location.pathname}${asked.size ? `?${asked}` : ""}`);
  fill(content, () => page(), (found) => {
    if (!found.data.length) return asked.size ? empty(t("none_such"), t("none_such_words")) : empty(t("none"), t("none_words"));
    const body = h("tbody");
    return [table(t("title"), HEADS.map((each) => t(each)), body, (n) => n > 2 && n < 6), paged(found, page, (rows) => body.append(...rows.map(row)))];
  });
}

async function page(last) {
  const asked = wanted();
  asked.set("limit", PAGE);
  for (const name of ["since", "until"]) if (asked.has(name)) asked.set(name, new Date(`${asked.get(name)}T${name === "since" ? "00:00" : "23:59:59"}`).toISOString());
  if (last) asked.set("before", last.id);
  const found = await ask("GET", `/v1/runs?${asked}`);
  return { ...found, more: found.data.length === PAGE };
}

function row(run) {
  const { input = 0, output = 0 } = run.usage ?? {};
  return h("tr.goes",
    h("td", h("a.question-link", { href: path`/runs/${run.id}`, dir: "auto" }, run.question || run.title || t("untitled"))),
    h("td", run.mode ? h("span.with-icon", icon(run.mode), t(`mode_${run.mode}`)) : ""),
    h("td", stateBadge(run.state)),
    h("td.number", span(run.seconds)), h("td.number", input + output ? compact(input + output) : ""), h("td.number", cost(run.cost)),
    h("td", moment(run.started)));
}

looksAgain(filters, load);
load();
