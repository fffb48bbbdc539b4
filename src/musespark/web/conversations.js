// The list of conversations at the side: newest first, pinned ones before; rename, pin, delete.

import { ask, path } from "./api.js";
import { confirm, dialog, h, iconButton, menu, toast, toastError, trouble, waiting } from "./parts.js";
import { t } from "./words.js";

const PAGE = 60;
export const channel = new BroadcastChannel("musespark");
let list = null;
let current = "";
let more = false;
let rows = [];

/** Show which conversation is open. */
export function setCurrent(id) {
  current = id;
  for (const link of list?.querySelectorAll("a.side-row") ?? []) {
    if (link.dataset.id === id) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

export async function refresh() {
  if (!list) return;
  try {
    const found = await ask("GET", `/v1/conversations?limit=${Math.max(PAGE, rows.length)}`);
    rows = found.data;
    more = Boolean(found.more);
    draw();
  } catch (error) {
    if (!rows.length) list.replaceChildren(trouble(error, refresh));
  }
}

export function conversations(place) {
  list = place;
  place.replaceChildren(waiting());
  refresh();
  channel.addEventListener("message", ({ data }) => { if (data.kind === "conversations") refresh(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
  place.addEventListener("scroll", async () => {
    if (!more || place.scrollTop + place.clientHeight < place.scrollHeight - 200) return;
    more = false;
    const last = rows.at(-1);
    const found = await ask("GET", path`/v1/conversations?limit=${PAGE}&before=${last.id}`).catch(() => null);
    if (!found) return;
    rows.push(...found.data.filter(({ id }) => !rows.some((row) => row.id === id)));
    more = Boolean(found.more);
    draw();
  });
}

/** Tell this tab and the others that the list is another one now. */
export function changed() {
  refresh();
  channel.postMessage({ kind: "conversations" });
}

const DAY = 86_400_000;
function group(row) {
  if (row.pinned) return "pinned";
  const midnight = new Date().setHours(0, 0, 0, 0);
  const at = new Date(row.updated).getTime();
  if (at >= midnight) return "today";
  if (at >= midnight - DAY) return "yesterday";
  if (at >= midnight - 7 * DAY) return "week";
  return "older";
}

function draw() {
  if (!rows.length) return list.replaceChildren(h("p", { class: "quiet side-head" }, t("no_conversations")));
  const groups = new Map();
  for (const row of rows) {
    const name = group(row);
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  list.replaceChildren(...["pinned", "today", "yesterday", "week", "older"].filter((name) => groups.has(name)).flatMap((name) => [
    h("h2", { class: "side-head" }, t(`group_${name}`)),
    h("ul", {}, groups.get(name).map(item)),
  ]));
}

function item(row) {
  const more = iconButton("more", t("more_of", { title: row.title || t("untitled") }), {
    class: "small", "aria-haspopup": "menu", "aria-expanded": "false", onclick: (event) => menu(event.currentTarget, actions(row)),
  });
  return h("li", { class: "side-item" },
    h("a", { class: "side-row", href: `/c/${row.id}`, "data-do": "go", "data-id": row.id, title: row.title, "aria-current": row.id === current ? "page" : null },
      row.running && h("i", { class: "running", title: t("still_running") }), h("span", {}, row.title || t("untitled"))), more);
}

/** What can be done with a conversation, as rows of a menu. */
export function actions(row) {
  return [
    { icon: "pin", words: row.pinned ? t("unpin") : t("pin"), act: () => change(row, { pinned: !row.pinned }) },
    { icon: "edit", words: t("rename"), act: () => rename(row) },
    { icon: "trash", words: t("delete"), bad: true, act: () => remove(row) },
  ];
}

async function change(row, to) {
  try {
    await ask("PATCH", `/v1/conversations/${row.id}`, to);
    changed();
    dispatchEvent(new CustomEvent("conversation", { detail: { id: row.id, ...to } }));
  } catch (error) {
    toastError(error);
  }
}

export function rename(row) {
  const input = h("input", { class: "input", id: "rename", value: row.title ?? "", maxlength: "200", autofocus: true });
  input.select();
  dialog(t("rename"), h("div", { class: "field" }, h("label", { for: "rename" }, t("title_label")), input), [
    h("button", { class: "button", value: "" , type: "button", onclick: (event) => event.target.closest("dialog").close("") }, t("cancel")),
    h("button", { class: "button act", value: "yes" }, t("save")),
  ], { done: (value) => { if (value === "yes" && input.value.trim()) change(row, { title: input.value.trim() }); } });
}

export async function remove(row) {
  if (!(await confirm(t("delete_title"), t("delete_words", { title: row.title || t("untitled") }), t("delete")))) return;
  try {
    await ask("DELETE", `/v1/conversations/${row.id}`);
    changed();
    toast(t("deleted"));
    dispatchEvent(new CustomEvent("conversation", { detail: { id: row.id, deleted: true } }));
  } catch (error) {
    toastError(error);
  }
}
