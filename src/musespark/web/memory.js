// What is remembered: searched, changed, pinned, forgotten.

import { ask } from "./api.js";
import { attempt, button, confirm, content, empty, fill, h, looksAgain, note, paged } from "./parts.js";
import { forget, memoryRow } from "./memories.js";
import "./shell.js";
import { t } from "./words.js";

const PAGE = 50;
const filters = document.getElementById("filters");
const bar = document.getElementById("chosen");
const chosen = new Map();

const { source = "" } = Object.fromEntries(new URLSearchParams(location.search));
if (source) filters.which.append(h("option", { value: `source=${encodeURIComponent(source)}`, selected: true }, t("from_source", { source })));

function wanted() {
  const { q, which } = filters;
  const found = new URLSearchParams(which.value);
  if (q.value.trim()) found.set("q", q.value.trim());
  return found;
}
const page = (last) => ask("GET", `/v1/me/memory?${wanted()}&limit=${PAGE}${last ? `&before=${encodeURIComponent(last.id)}` : ""}`);

function load() {
  chosen.clear();
  mark();
  fill(content, async () => [await page(), await ask("GET", "/v1/me/consents")], ([found, { data }]) => {
    const allowed = data.find(({ purpose }) => purpose === "memory")?.allowed;
    const see = h("a.button", { href: "/you/allow" }, t("see_allow"));
    const off = !allowed && note("", "allow", h("p", t("off_words")), h("div.buttons", see));
    if (!found.data.length && wanted().size) return empty(t("none_such"), t("none_such_words"));
    if (!found.data.length) return [empty(t("none"), t(allowed ? "none_words" : "none_off")), !allowed && see];
    const list = h("ul.rows");
    return [off, all(), list, paged(found, page, (rows) => list.append(...rows.map((row) => memoryRow(row, gone, choose))))];
  });
}

/** What came from one source can be forgotten as one. */
function all() {
  const from = wanted().get("source");
  return from && h("div.buttons", button({ class: "bad", onclick: async () => {
    if (await confirm(t("forget_title"), t("forget_all_words", { source: from }), t("memory_forget")) && (await attempt(() => ask("DELETE", "/v1/me/memory", { source: from })))) load();
  } }, t("forget_all", { source: from })));
}

function choose(row, yes) {
  if (yes) chosen.set(row.id, row);
  else chosen.delete(row.id);
  mark();
}

/** What can be done with those that are chosen. */
function mark() {
  bar.hidden = !chosen.size;
  bar.replaceChildren(h("span", t("n_chosen", { n: chosen.size })), button({ class: "bad", onclick: () => forget([...chosen.values()], gone) }, t("memory_forget")), button(load, t("choose_none")));
}

function gone(rows) {
  for (const { id } of rows) {
    content.querySelector(`[data-id="${CSS.escape(id)}"]`)?.remove();
    chosen.delete(id);
  }
  mark();
  if (!content.querySelector(".memory")) load();
}

looksAgain(filters, load);
load();
