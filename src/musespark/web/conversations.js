// The list of conversations at the side: newest first, pinned ones before; rename, pin, delete.

import { ask, path } from "./api.js";
import { attempt, cancels, closes, confirm, dialog, h, iconButton, opens, toast, trouble, waiting } from "./parts.js";
import { t } from "./words.js";

const PAGE = 60;
export const channel = new BroadcastChannel("musespark");
channel.addEventListener("message", ({ data }) => data.kind === "forgotten" && location.replace("/farewell"));
let list = null;
let current = "";
let more = false;
let rows = [];

export function setCurrent(id) {
  current = id;
  for (const link of list?.querySelectorAll("a") ?? []) link.ariaCurrent = link.dataset.id === id ? "page" : null;
}

function refresh() {
  if (list) load(Math.max(PAGE, rows.length), "", []).catch((error) => rows.length || list.replaceChildren(trouble(error, refresh)));
}

/** Show those that are known and up to so many `before` one of them. */
async function load(limit, before, known) {
  const found = await ask("GET", path`/v1/conversations?limit=${limit}&before=${before}`);
  rows = [...known, ...found.data.filter(({ id }) => !known.some((row) => row.id === id))];
  more = Boolean(found.more);
  draw();
}

export function conversations(place) {
  list = place;
  place.replaceChildren(waiting());
  refresh();
  channel.addEventListener("message", ({ data }) => data.kind === "conversations" && refresh());
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  place.onscroll = () => {
    if (!more || place.scrollTop + place.clientHeight < place.scrollHeight - 200) return;
    more = false;
    load(PAGE, rows.at(-1).id, rows).catch(() => { more = true; });
  };
}

/** Tell this tab and the others that the list is another one now. */
export function changed() {
  refresh();
  channel.postMessage({ kind: "conversations" });
}

const GROUPS = { today: 0, yesterday: 1, week: 7, older: Infinity }; // days since midnight, at most
function group(row) {
  const days = (new Date().setHours(0, 0, 0, 0) - new Date(row.updated)) / 86_400_000;
  return row.pinned ? "pinned" : Object.keys(GROUPS).find((name) => days <= GROUPS[name]);
}

function draw() {
  if (!rows.length) return list.replaceChildren(h("p.quiet.side-head", t("no_conversations")));
  list.replaceChildren(...["pinned", ...Object.keys(GROUPS)].flatMap((name) => {
    const inside = rows.filter((row) => group(row) === name);
    return inside.length ? [h("h2.side-head", t(`group_${name}`)), h("ul", inside.map(item))] : [];
  }));
}

function item(row) {
  const more = iconButton("more.small", t("more_of", { title: row.title || t("untitled") }), opens(() => actions(row)));
  return h("li.side-item",
    h("a.side-row", { href: `/c/${row.id}`, "data-do": "go", "data-id": row.id, title: row.title, "aria-current": row.id === current ? "page" : null },
      row.running && h("i.running", { title: t("still_running") }), h("span", row.title || t("untitled"))), more);
}

/** What can be done with a conversation, as rows of a menu. */
export function actions(row) {
  return [
    { icon: "pin", words: row.pinned ? t("unpin") : t("pin"), act: () => change(row, { pinned: !row.pinned }) },
    { icon: "edit", words: t("rename"), act: () => rename(row) },
    { icon: "trash", words: t("delete"), bad: true, act: () => remove(row) },
  ];
}

/** Change or delete a conversation; the page that shows it is told. */
async function change(row, to) {
  const address = path`/v1/conversations/${row.id}`;
  if (!(await attempt(() => (to.deleted ? ask("DELETE", address) : ask("PATCH", address, to))))) return;
  changed();
  dispatchEvent(new CustomEvent("conversation", { detail: { id: row.id, ...to } }));
  if (to.deleted) toast(t("deleted"));
}

function rename(row) {
  const input = h("input.input", { id: "rename", value: row.title ?? "", maxlength: "200", autofocus: true });
  input.select();
  dialog(t("rename"), h("label.field", h("span.label", t("title_label")), input), [cancels(), closes(t("save"))], {
    done: (value) => value && input.value.trim() && change(row, { title: input.value.trim() }),
  });
}

async function remove(row) {
  if (await confirm(t("delete_title"), t("delete_words", { title: row.title || t("untitled") }), t("delete"))) change(row, { deleted: true });
}
