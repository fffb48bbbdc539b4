// Evidence: where a source stands, shown beside the page. The server makes what is seen of a file.

import { ask, path } from "./api.js";
import { fill, parted, template } from "./parts.js";
import { nodes } from "./rendered.js";
import { listed, span, t } from "./words.js";

/** Show `sources[at]`; arrows lead to the others. A `file` of a source is one that the server keeps. */
export function showEvidence(sources, at) {
  if (!sources[at]) return;
  const made = template("evidence-form");
  const part = parted(made);
  let page = 0;

  const show = (to) => {
    if (!sources[to]) return;
    at = to;
    const { id, title, place, second, quote = "", url = "", file } = sources[at];
    part.title.textContent = title || url || t("attached_text");
    part.place.textContent = listed(id && sources.length > 1 && t("source_of", { n: at + 1, all: sources.length }), place, second != null && t("at_second", { span: span(second) }));
    part.quote.textContent = quote;
    part.open.hidden = !file && !/^https?:/i.test(url);
    part.open.href = file ? path`/v1/files/${file}/content` : url;
    part.before.disabled = !at;
    part.after.disabled = !sources[at + 1];
    part.turns.hidden = sources.length < 2;
    part.pages.hidden = true;
    part.view.replaceChildren();
    if (file) look(sources[at].page);
  };
  /** What is seen of the file: the place that is meant, or another of its pages. */
  const look = (wanted = 0) => {
    const { file, page: meant = 0, title, url, quote, place, id, ...where } = sources[at];
    const asked = new URLSearchParams({ ...(wanted === meant && where), page: wanted });
    fill(part.view, () => ask("GET", `${path`/v1/files/${file}/evidence`}?${asked}`), ({ html, pages, ...found }) => {
      page = found.page;
      part.pages.hidden = pages < 2;
      part.page.textContent = t("page_of", { n: page, all: pages });
      part.back.disabled = page <= 1;
      part.on.disabled = page >= pages;
      requestAnimationFrame(() => part.view.querySelector(".meant")?.scrollIntoView({ block: "center", inline: "center" }));
      return [...nodes(html).childNodes];
    }, true);
  };

  part.before.onclick = () => show(at - 1);
  part.after.onclick = () => show(at + 1);
  part.back.onclick = () => look(page - 1);
  part.on.onclick = () => look(page + 1);
  part.view.addEventListener("play", () => part.view.querySelector("svg")?.remove(), true);
  const pressed = ({ key, target }) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key] * (document.dir === "rtl" ? -1 : 1);
    const turn = { PageUp: part.back, PageDown: part.on }[key];
    if (turn) turn.click();
    else if (step && !target.closest("video, audio, .scroll")) show(at + step);
  };
  document.addEventListener("keydown", pressed); // a button that is off no longer hears them
  made.onclose = () => {
    document.removeEventListener("keydown", pressed);
    made.remove();
  };
  document.body.append(made);
  made.showModal();
  show(at);
}
