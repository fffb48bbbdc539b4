// A memory as a row: its words, where they come from; edited, pinned and forgotten in place.

import { ask, path } from "./api.js";
import { attempt, badge, button, confirm, h, icon, iconButton, opens, toast } from "./parts.js";
import { listed, t, when, whenExactly } from "./words.js";

const address = (id = "") => (id ? path`/v1/me/memory/${id}` : "/v1/me/memory");

/** `gone(rows)` is told what was forgotten; `chosen(row, yes)` makes it one of several to choose. */
export function memoryRow(row, gone, chosen) {
  const made = h("li.memory");
  const box = chosen && h("input", { type: "checkbox", "aria-label": t("choose_memory", { words: row.text.slice(0, 60) }), onchange: () => chosen(row, box.checked) });
  const draw = () => {
    made.dataset.id = row.id; // other words are another memory
    made.replaceChildren(...[box, h("div.row-main", h("div.said", { dir: "auto" }, row.text), album(row), facts(row)), doings].filter(Boolean));
  };
  const change = (to) => attempt(async () => {
    Object.assign(row, await ask("PATCH", address(row.id), to));
    draw();
  });
  const edit = () => {
    const area = h("textarea.input", { rows: "3", dir: "auto", "aria-label": t("memory_words") }, row.text);
    const save = async () => {
      if (!area.value.trim() || area.value === row.text || (await change({ text: area.value.trim() }))) leave();
    };
    const leave = () => { draw(); doings.focus(); };
    area.onkeydown = ({ key }) => key === "Escape" && leave();
    made.replaceChildren(h("div.row-main.form", area, h("div.buttons", button({ class: "act", onclick: save }, t("save")), button(leave, t("cancel")))));
    area.focus();
  };
  const doings = iconButton("more.small", t("more_of", { title: row.text.slice(0, 60) }), opens(() => [
    { icon: "pin", words: t(row.pinned ? "unpin" : "pin"), act: () => change({ pinned: !row.pinned }) },
    { icon: "edit", words: t("memory_edit"), act: edit },
    { icon: "trash", words: t("memory_forget"), bad: true, act: () => forget([row], gone) },
  ]));
  draw();
  return made;
}

/** What an import brought with it: pictures, and the names of other files. */
function album({ files = [] }) {
  return files.length > 0 && h("div.attachments", files.map(({ id, name, media, url }) => {
    const picture = media.startsWith("image/");
    return h("a", { class: `attachment${picture ? " large" : ""}`, href: url, target: "_blank", rel: "noopener" },
      picture ? h("img", { src: path`/v1/files/${id}/view`, alt: name, loading: "lazy" }) : [icon("file"), h("span.file-words", h("b", name))]);
  }));
}

function facts(row) {
  const { speaker, by, said, true_from: from, true_until: until, pinned, generated, edited, current } = row;
  const [at, since, end] = [said, from !== said?.slice(0, 10) && from, until].map((each) => each && when(each));
  const span = since && end ? t("true_between", { since, end }) : end ? t("true_until", { end }) : since && t("true_from", { since });
  return h("p.small", pinned && h("span.with-icon", icon("pin"), t("pinned")), generated && badge("going", t("summary")),
    h("time", { datetime: said, title: whenExactly(said) }, by === "you" ? t("you_said", { at }) : `${speaker}, ${at}`),
    [span, current === false && t("not_current"), edited && t("edited")].filter(Boolean).map((words) => h("span", words)), source(row));
}

function source({ source: { name = "", conversation, run } = {}, title }) {
  const [href, words] = name && name !== "chat" ? [`/you?source=${encodeURIComponent(name)}`, listed(name, title)] : [conversation ? path`/c/${conversation}` : run && path`/runs/${run}`, title || t("conversation")];
  return href && h("a", { href }, words);
}

/** Forget memories, after asking. */
export async function forget(rows, gone) {
  const words = rows.length > 1 ? t("forget_n_words", { n: rows.length }) : t("forget_words", { words: rows[0].text.slice(0, 200) });
  if (!(await confirm(t("forget_title"), words, t("memory_forget")))) return;
  await attempt(async () => {
    await ask("DELETE", address(), { ids: rows.map(({ id }) => id) });
    gone(rows);
    toast(t("forgotten"));
  });
}
