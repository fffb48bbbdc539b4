// What stands around every page: the side, the palette (Ctrl K), the look, and whether there is a net.

import { ask } from "./api.js";
import { conversations } from "./conversations.js";
import { button, choices, dialog, h, icon, toast } from "./parts.js";
import { workerUrl } from "./trusted.js";
import { language, t } from "./words.js";

const root = document.documentElement;
const side = document.getElementById("side");
const doings = new Map();

/** What a button or link with data-do="name" does, or a key of the palette. */
export function does(name, act) {
  doings.set(name, act);
}

document.addEventListener("click", (event) => {
  const from = event.target.closest("[data-do]");
  const act = from && doings.get(from.dataset.do);
  if (!act || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  act(from);
});

let opener = null;
function openSide(from) {
  opener = from ?? document.activeElement;
  document.body.classList.add("side-open");
  side.querySelector("a, button").focus();
}
export function closeSide() {
  if (!document.body.classList.contains("side-open")) return;
  document.body.classList.remove("side-open");
  opener?.focus();
}
does("open-side", openSide);
does("close-side", closeSide);
does("palette", () => palette());
does("settings", () => look());

document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && key === "k") {
    event.preventDefault();
    palette();
  } else if ((event.ctrlKey || event.metaKey) && event.shiftKey && key === "o") {
    event.preventDefault();
    (doings.get("new") ?? (() => location.assign("/")))();
  } else if (event.key === "Escape") closeSide();
});

addEventListener("scroll", () => document.body.classList.toggle("scrolled", scrollY > 4), { passive: true });

/** A cookie that the server reads when it makes a page: the theme and the language. */
function choose(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=${value ? 31536000 : 0}; samesite=strict`;
}

function theme() {
  return root.dataset.theme ?? "";
}

function setTheme(value) {
  choose("theme", value);
  if (value) root.dataset.theme = value;
  else delete root.dataset.theme;
  document.querySelector("meta[name=color-scheme]").content = value || "light dark";
}

export const tellsWhenDone = () => localStorage.getItem("tell") === "yes" && globalThis.Notification?.permission === "granted";

function look() {
  closeSide();
  const themes = choices(t("theme"), [["", t("theme_device")], ["light", t("theme_light")], ["dark", t("theme_dark")]], theme(), setTheme);
  const names = JSON.parse(document.getElementById("languages").textContent);
  const languages = h("select", { class: "input", id: "look-language", onchange: (event) => {
    choose("language", event.target.value);
    location.reload();
  } }, Object.entries(names).map(([code, name]) => h("option", { value: code, lang: code, selected: code === language }, name)));
  const tell = h("input", { type: "checkbox", role: "switch", checked: tellsWhenDone(), onchange: async () => {
    if (tell.checked && (await globalThis.Notification?.requestPermission()) !== "granted") {
      tell.checked = false;
      toast(t("tell_refused"));
    }
    localStorage.setItem("tell", tell.checked ? "yes" : "");
  } });
  const out = button({ hidden: true, onclick: async () => {
    await ask("DELETE", "/v1/session").catch(() => {});
    location.assign("/sign-in");
  } }, icon("out"), t("sign_out"));
  ask("GET", "/v1/session", undefined, { alone: true }).then((session) => { out.hidden = session?.by !== "session"; }, () => {});
  dialog(t("look"), h("div", { class: "form" },
    h("div", { class: "field" }, h("span", { class: "label" }, t("theme")), themes),
    h("div", { class: "field" }, h("label", { for: "look-language" }, t("language_label")), languages),
    h("label", { class: "switch" }, tell, h("span", {}, t("tell_when_done")))),
  [out, h("button", { class: "button act", value: "" }, t("done"))]);
}

/** Everything by its name: pages, doings, and the conversations that hold the words. */
export function palette() {
  if (document.querySelector("dialog[open]")) return;
  closeSide();
  const go = (path) => () => location.assign(path);
  const fixed = [
    { icon: "new", words: t("new"), act: doings.get("new") ?? go("/") },
    { icon: "health", words: t("go_manage"), act: go("/manage") },
    { icon: "models", words: t("go_models"), act: go("/manage/models") },
    { icon: "tools", words: t("go_tools"), act: go("/manage/tools") },
    { icon: "runs", words: t("go_runs"), act: go("/manage/runs") },
    { icon: "usage", words: t("go_usage"), act: go("/manage/usage") },
    { icon: "keys", words: t("go_keys"), act: go("/manage/keys") },
    { icon: "look", words: t("look"), act: look },
    ...[...doings.entries()].filter(([, act]) => act.words).map(([, act]) => ({ icon: act.icon, words: act.words(), act })),
  ];
  const list = h("ul", { role: "listbox", id: "palette-list", "aria-label": t("results") });
  const input = h("input", { type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "palette-list", "aria-autocomplete": "list", "aria-label": t("search_everything"), placeholder: t("search_everything"), autocomplete: "off", spellcheck: false });
  const made = h("dialog", { class: "palette", "aria-label": t("search_everything") }, input, list);
  let rows = [];
  let at = 0;
  let asked = 0;
  const mark = () => {
    rows.forEach(({ element }, place) => element.setAttribute("aria-selected", String(place === at)));
    input.setAttribute("aria-activedescendant", rows[at]?.element.id ?? "");
    rows[at]?.element.scrollIntoView({ block: "nearest" });
  };
  const run = (row) => { made.close(); row?.act(); };
  const show = (groups) => {
    rows = [];
    list.replaceChildren(...groups.flatMap(([head, entries]) => entries.length ? [
      head && h("li", { class: "head", role: "presentation" }, head),
      ...entries.map((entry) => {
        const element = h("li", { role: "option", id: `palette-${rows.length}`, onclick: () => run(entry) }, icon(entry.icon), h("span", {}, entry.words));
        rows.push({ ...entry, element });
        return element;
      })].filter(Boolean) : []));
    if (!rows.length) list.append(h("li", { class: "head", role: "presentation" }, t("nothing_found")));
    at = 0;
    mark();
  };
  const look_up = async () => {
    const words = input.value.trim();
    const wanted = words.toLowerCase();
    const own = fixed.filter((entry) => entry.words.toLowerCase().includes(wanted));
    const round = (asked += 1);
    if (round === 1) show([["", own]]);
    const found = await ask("GET", `/v1/conversations?limit=8&q=${encodeURIComponent(words)}`).catch(() => ({ data: [] }));
    if (round !== asked) return;
    const talks = found.data.map(({ id, title }) => ({ icon: "quote", words: title || t("untitled"), act: () => (doings.get("go") ?? ((path) => location.assign(path)))(`/c/${id}`) }));
    show(words ? [[t("conversations"), talks], [t("go_to"), own]] : [["", own], [t("conversations"), talks]]);
  };
  let timer = 0;
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look_up, 80); });
  made.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      at = (at + (event.key === "ArrowDown" ? 1 : -1) + rows.length) % Math.max(rows.length, 1);
      mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(rows[at]);
    }
  });
  made.addEventListener("click", (event) => { if (event.target === made) made.close(); });
  made.addEventListener("close", () => made.remove());
  document.body.append(made);
  made.showModal();
  input.focus();
  look_up();
}

const place = document.getElementById("conversations");
if (place) conversations(place);

addEventListener("offline", () => toast(t("went_offline")));
addEventListener("online", () => toast(t("went_online")));

if ("serviceWorker" in navigator && isSecureContext) {
  addEventListener("load", () => navigator.serviceWorker.register(workerUrl()).catch(() => {}));
}
