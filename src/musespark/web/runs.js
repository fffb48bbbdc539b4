// Runs: what was asked, how it was answered, what it cost.

import { ask, path } from "./api.js";
import { button, fill, h, icon } from "./parts.js";
import "./shell.js";
import { compact, cost, span, t, when, whenExactly } from "./words.js";

const PAGE = 50;
const place = document.getElementById("content");
const filters = document.getElementById("filters");
const BADGE = { running: "going", done: "good", failed: "bad", cancelled: "warn", interrupted: "warn" };

for (const [name, value] of new URLSearchParams(location.search)) if (filters.elements[name]) filters.elements[name].value = value;

function wanted() {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(filters)) if (value) asked.set(name, value);
  return asked;
}

function load() {
  const asked = wanted();
  history.replaceState(null, "", `${location.pathname}${asked.size ? `?${asked}` : ""}`);
  fill(place, () => page(""), (found) => {
    if (!found.data.length) return h("div", { class: "empty" }, h("h2", {}, t(asked.size ? "none_such" : "none")), h("p", { class: "soft" }, t(asked.size ? "none_such_words" : "none_words")));
    const body = h("tbody", {}, found.data.map(row));
    return [h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("title") }, h("table", { class: "data" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("question")), h("th", { scope: "col" }, t("mode")), h("th", { scope: "col" }, t("state")), h("th", { scope: "col", class: "number" }, t("took")), h("th", { scope: "col", class: "number" }, t("used")), h("th", { scope: "col", class: "number" }, t("cost")), h("th", { scope: "col" }, t("at")))), body)),
    more(body, found.data)];
  });
}

function page(before) {
  const asked = wanted();
  asked.set("limit", PAGE);
  for (const name of ["since", "until"]) if (asked.has(name)) asked.set(name, new Date(`${asked.get(name)}T${name === "since" ? "00:00" : "23:59:59"}`).toISOString());
  if (before) asked.set("before", before);
  return ask("GET", `/v1/runs?${asked}`);
}

function more(body, rows) {
  if (rows.length < PAGE) return "";
  const further = button({ onclick: async () => {
    further.disabled = true;
    const found = await page(rows.at(-1).id).catch(() => ({ data: [] }));
    body.append(...found.data.map(row));
    rows = found.data;
    further.disabled = false;
    further.hidden = rows.length < PAGE;
  } }, t("show_more"));
  return further;
}

function row(run) {
  const tokens = (run.usage?.input ?? 0) + (run.usage?.output ?? 0);
  const inside = path`/runs/${run.id}`;
  return h("tr", { class: "goes", onclick: (event) => { if (!event.target.closest("a")) location.assign(inside); } },
    h("td", {}, h("a", { href: inside, dir: "auto", class: "question-link" }, run.question || run.title || t("untitled"))),
    h("td", {}, run.mode ? h("span", { class: "with-icon" }, icon(run.mode), t(`mode_${run.mode}`)) : ""),
    h("td", {}, h("span", { class: `badge ${BADGE[run.state] ?? ""}` }, t(`state_${run.state}`))),
    h("td", { class: "number" }, span(run.seconds)), h("td", { class: "number" }, tokens ? compact(tokens) : "–"), h("td", { class: "number" }, cost(run.cost) || "–"),
    h("td", {}, h("time", { datetime: run.started, title: whenExactly(run.started) }, when(run.started))));
}

let timer = 0;
filters.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(load, 250); });
filters.addEventListener("submit", (event) => { event.preventDefault(); load(); });
load();
