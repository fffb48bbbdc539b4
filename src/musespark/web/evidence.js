// Evidence: where a source stands. A picture with its box, a page, a table's cells, a second.

import { ask, open, path } from "./api.js";
import { fill, h, template } from "./parts.js";
import { number, span, t } from "./words.js";

const AROUND = 8; // rows that are shown before those that are meant, and after
const MOST = 200; // rows at once

/** Show `sources[at]`; arrows lead to the others. A `file` of a source is one that the server keeps. */
export function showEvidence(sources, at) {
  const made = template("evidence-form");
  const part = Object.fromEntries([...made.querySelectorAll("[data-part]")].map((each) => [each.dataset.part, each]));
  const turn = (to) => { if (sources[to]) show(to); };
  const show = (to) => {
    at = to;
    const source = sources[at];
    part.title.textContent = source.title || source.url || t("attached_text");
    part.place.textContent = [source.id && sources.length > 1 ? t("source_of", { n: at + 1, all: sources.length }) : "", source.place].filter(Boolean).join(" · ");
    part.quote.textContent = source.quote ?? "";
    const href = source.file ? path`/v1/files/${source.file}/content` : /^https?:/i.test(source.url) ? source.url : "";
    part.open.hidden = !href;
    part.open.href = href;
    part.before.disabled = !sources[at - 1];
    part.after.disabled = !sources[at + 1];
    part.pages.hidden = true;
    part.view.replaceChildren();
    if (source.file) fill(part.view, () => viewOf(source, (page) => paged(source, page)), (view) => view);
    made.querySelector(".turns").hidden = sources.length < 2;
  };
  /** Where there are pages: what stands on another one, without the box. */
  const paged = (source, page) => {
    part.pages.hidden = false;
    part.page.textContent = t("page_n", { n: page });
    const to = (other) => {
      paged(source, other);
      fill(part.view, () => picture(source, { page: other }, other === source.page && source.box), (view) => view, true);
    };
    part.back.disabled = page <= 1;
    part.back.onclick = () => to(page - 1);
    part.on.onclick = () => to(page + 1);
  };
  part.before.onclick = () => turn(at - 1);
  part.after.onclick = () => turn(at + 1);
  made.onclose = () => made.remove();
  made.onkeydown = ({ key, target }) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key] * (document.dir === "rtl" ? -1 : 1);
    if (key === "PageUp" && !part.back.disabled) part.back.click();
    else if (key === "PageDown") part.on.click();
    else if (step && !target.closest("video, audio, .scroll")) turn(at + step);
  };
  document.body.append(made);
  made.showModal();
  show(at);
}

async function viewOf(source, paged) {
  const { media } = await ask("GET", path`/v1/files/${source.file}`);
  const [kind] = media.split("/");
  if (kind === "video" || kind === "audio") return played(kind, source);
  if (kind === "image") return picture(source, {}, source.box);
  if (source.cells || /csv|tab-separated|sheet|excel|parquet/.test(media)) return rows(source);
  if (media !== "application/pdf") return null;
  paged(source.page || 1);
  return picture(source, { page: source.page || 1 }, source.box);
}

/** A picture of a place in the file, with the box drawn over it. */
async function picture({ file, title }, place, box) {
  const blob = await (await open("GET", `${path`/v1/files/${file}/view`}?${new URLSearchParams(place)}`)).blob();
  const url = URL.createObjectURL(blob);
  return h("figure.sight", h("img", { src: url, alt: title, onload: () => URL.revokeObjectURL(url) }), marked(box));
}

function marked(box) {
  if (!box) return null;
  const [left, top, right, bottom] = box.map((each) => each / 10);
  return h("i.box", { "--left": `${left}%`, "--top": `${top}%`, "--width": `${right - left}%`, "--height": `${bottom - top}%` });
}

/** Sound or video at its second; until it plays, the picture of that second stands there. */
function played(kind, { file, title, second, box }) {
  const at = second ?? 0;
  const made = h(kind, {
    src: `${path`/v1/files/${file}/content`}#t=${at}`, controls: true, preload: "metadata", playsinline: "", "aria-label": title,
    poster: kind === "video" && second != null ? `${path`/v1/files/${file}/view`}?second=${at}` : null,
    onplay: ({ target }) => target.nextElementSibling?.remove(),
  });
  return [h("figure.sight", made, marked(box)), second != null && h("p.quiet", t("at_second", { span: span(at) }))];
}

/** The rows around the cells that are meant ("B2:C9"), these marked. */
async function rows({ file, title, sheet = "", cells = "" }) {
  const [first, last = first] = cells.split(":").map(cell);
  const start = Math.max(0, (first?.row ?? 2) - 2 - AROUND);
  const count = Math.min(MOST, last ? last.row - first.row + 1 + 2 * AROUND : MOST);
  const found = await ask("GET", `${path`/v1/files/${file}/rows`}?${new URLSearchParams({ sheet, start, count })}`);
  const meant = (row, column) => first?.row <= row && row <= last.row && first.column <= column && column <= last.column;
  const made = h("div.scroll.cells", { tabindex: "0", role: "region", "aria-label": title }, h("table.data",
    h("thead", h("tr", h("th"), found.columns.map((name) => h("th", { scope: "col" }, String(name))))),
    h("tbody", found.rows.map((row, n) => h("tr", h("th", { scope: "row" }, number(start + n + 2)),
      row.map((value, column) => h(meant(start + n + 2, column) ? "td.meant" : "td", { class: typeof value === "number" ? "number" : "" }, value == null ? "" : typeof value === "number" ? number(value) : String(value))))))));
  requestAnimationFrame(() => made.querySelector(".meant")?.scrollIntoView({ block: "center", inline: "center" }));
  return made;
}

/** "B12" as {row: 12, column: 1}. */
function cell(name) {
  const [, letters, row] = name.match(/^([A-Z]+)(\d+)$/) ?? [];
  return letters && { row: Number(row), column: [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1 };
}
