// Import and export: an archive on its way in, what came of it, and everything in one file.

import { ask, path, upload, zone } from "./api.js";
import { attempt, badge, byId, button, confirm, content, empty, fill, folded, h, icon, moment, note, paged, stateBadge, table, toast } from "./parts.js";
import "./shell.js";
import { bytes, language, listed, number, t } from "./words.js";

const PAUSE = 1000; // milliseconds between looks at an import that goes on
const { drop, file, for: place } = byId("drop", "file", "for");
const list = h("ul.rows.imports");

fill(place, () => ask("GET", `/v1/me/consents?language=${language}`), ({ data }) => {
  const allowed = data.filter((each) => each.allowed);
  if (!allowed.length) return note("warn", "allow", h("p", t("none_allowed")), h("div.buttons", h("a.button", { href: "/you/allow" }, t("see_allow"))));
  const media = h("label.choice", h("input", { type: "checkbox", name: "media", checked: true }), t("bring_media"));
  return h("div.field", h("fieldset", h("legend.small.soft", t("use_for")), h("div.ticks", allowed.map(({ purpose, title }) => h("label.choice", h("input", { type: "checkbox", value: purpose, checked: true }), title)))), h("div.buttons", media));
});

const page = (last) => ask("GET", path`/v1/me/imports?limit=20&before=${last?.id ?? ""}`);
fill(content, () => page(), (found) => {
  const nothing = !found.data.length && empty(t("none"), t("none_words"));
  return [list, nothing, paged(found, page, (rows) => list.append(...rows.map(watched)))];
});

/** An import as a row, which looks again while it goes on. */
function watched(row) {
  const made = h("li");
  const look = async (found) => {
    draw(made, found, () => stop(found, look));
    if (!["waiting", "running"].includes(found.state)) return;
    await new Promise((resume) => { setTimeout(resume, PAUSE); });
    if (made.isConnected) look(await ask("GET", path`/v1/me/imports/${found.id}`).catch(() => found));
  };
  look(row);
  return made;
}

function draw(made, row, cancel) {
  const { state, name, formats = [], counts = {}, report = {}, error, size, read, created } = row;
  const going = ["waiting", "running"].includes(state);
  const left = Object.entries(report.skipped ?? {});
  made.replaceChildren(...[
    icon("archive"),
    h("div.row-main", h("h3", { dir: "auto" }, listed(name, formats.join(", "))),
      h("p", moment(created), " · ", listed(counts.new && t("n_new", { n: counts.new }), counts.known && t("n_known", { n: counts.known }), counts.media && t("n_files", { n: counts.media }), counts.skipped && t("n_left", { n: counts.skipped }), size && bytes(size)))),
    state === "waiting" ? badge("", t("state_waiting")) : stateBadge(state), going && button(cancel, t("cancel")),
    going && h("div.meter", { role: "progressbar", "aria-label": name, "aria-valuenow": String(size ? Math.floor((100 * read) / size) : 0) }, h("i", { "--part": size ? read / size : 0 })),
    error && note("bad", "warn", h("p", error.message)),
    left.length > 0 && folded(t("left_out"), table(t("left_out"), [t("why"), t("how_many"), t("such_as")],
      h("tbody", left.map(([why, { count, examples = [] }]) => h("tr", h("td", why), h("td.number", number(count)), h("td", examples.join(", "))))), (n) => n === 1)),
  ].filter(Boolean));
}

async function stop(row, look) {
  if (await confirm(t("cancel_title"), t("cancel_words"), t("cancel_import"))) attempt(async () => look(await ask("DELETE", path`/v1/me/imports/${row.id}`)));
}

/** Send an archive; its row stands first, with how far it is. */
async function send(given) {
  const stopping = new AbortController();
  const made = h("li");
  const progress = (part) => draw(made, { state: "running", name: given.name, size: given.size, read: part * given.size, created: new Date() }, () => stopping.abort());
  content.querySelector(".empty")?.remove();
  list.prepend(made);
  progress(0);
  const media = place.querySelector("[name=media]")?.checked ?? true;
  const purposes = [...place.querySelectorAll("fieldset :checked")].map(({ value }) => value).join(",") || "none";
  try {
    const row = await upload("/v1/me/imports", { purposes, zone, media, file: given }, given.name, progress, stopping.signal);
    made.replaceWith(watched(row));
  } catch (error) {
    made.remove();
    if (error.name !== "AbortError") toast(error.message);
  }
}

file.onchange = () => { for (const each of file.files) send(each); file.value = ""; };
for (const name of ["dragover", "dragleave", "drop"]) drop.addEventListener(name, (event) => {
  event.preventDefault();
  drop.classList.toggle("over", name === "dragover");
  if (name === "drop") for (const each of event.dataTransfer.files) send(each);
});
