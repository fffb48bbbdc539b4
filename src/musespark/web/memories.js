// A memory as a row: its words, where they come from; edited, pinned and forgotten in place.

import { ask, path } from "./api.js";
import { shownFile } from "./files.js";
import { attempt, badge, button, closes, confirm, dialog, h, icon, iconButton, opens, toast } from "./parts.js";
import { listed, t, when, whenExactly } from "./words.js";

const address = (id = "") => (id ? path`/v1/me/memory/${id}` : "/v1/me/memory");

/** `gone(rows)` is told what was forgotten; `chosen(row, yes)` makes it one of several to choose. */
export function memoryRow(row, gone, chosen) {
  const made = h("li.memory");
  const box = chosen && h("input", { type: "checkbox", "aria-label": t("choose_memory", { words: row.text.slice(0, 60) }), onchange: () => chosen(row, box.checked) });
  let whole = false;
  const draw = () => {
    const long = row.text.length > 600 || row.text.split("\n").length > 7;
    const said = h("div.said", { dir: "auto", class: long ? `long ${whole ? "whole" : ""}` : "" }, row.text);
    const more = long && button({ class: "plain", "aria-expanded": String(whole), onclick: () => { whole = !whole; draw(); made.querySelector("[aria-expanded]").focus(); } }, t(whole ? "show_less" : "show_all"));
    made.dataset.id = row.id; // other words are another memory
    made.replaceChildren(...[box, h("div.row-main", said, more, row.files?.length > 0 && h("div.attachments", row.files.map(shownFile)), facts(row)), doings].filter(Boolean));
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
    row.edited && { icon: "again", words: t("memory_earlier"), act: () => earlier(row) },
    { icon: "trash", words: t("memory_forget"), bad: true, act: () => forget([row], gone) },
  ].filter(Boolean)));
  draw();
  return made;
}

function facts(row) {
  const { speaker, by, said, true_from: from, true_until: until, pinned, generated, edited, current } = row;
  const [at, since, end] = [said, from !== said?.slice(0, 10) && from, until].map((each) => each && when(each));
  const span = since && end ? t("true_between", { since, end }) : end ? t("true_until", { end }) : since && t("true_from", { since });
  return h("p.small", pinned && h("span.with-icon", icon("pin"), t("pinned")), generated && badge("going", t("summary")),
    h("time", { datetime: said, title: whenExactly(said) }, by === "you" ? t("you_said", { at }) : `${speaker}, ${at}`),
    [span, current === false && t("not_current")].filter(Boolean).map((words) => h("span", words)),
    edited && h("button.linked", { onclick: () => earlier(row) }, t("edited")), source(row));
}

/** What a memory said before it was changed, each wording with when it ended. */
const earlier = (row) => attempt(async () => {
  const { earlier: found = [] } = await ask("GET", address(row.id));
  const said = (text, words) => h("li.memory", h("div.row-main", h("div.said", { dir: "auto" }, text), h("p.small", words)));
  dialog(t("memory_earlier"), h("ol.rows", said(row.text, t("words_now")), found.map(({ text, until }) => said(text, t("words_until", { when: when(until) })))), [closes(t("close"), "")]);
});

function source({ source: { name = "", conversation, run } = {}, title }) {
  const [href, words] = name && name !== "chat" ? [`/you?source=${encodeURIComponent(name)}`, listed(name, title)] : [conversation ? path`/c/${conversation}` + (run ? `#${run}` : "") : run && path`/runs/${run}`, title || t("conversation")];
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
