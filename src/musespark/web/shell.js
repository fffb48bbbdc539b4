// What stands around every page: the side, the palette (Ctrl K), the look, and whether there is a net.

import { ask } from "./api.js";
import { conversations } from "./conversations.js";
import { button, choices, closes, dialog, h, icon, template, toast } from "./parts.js";
import { workerUrl } from "./trusted.js";
import { t } from "./words.js";

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
  opener = from;
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
does("palette", palette);
does("settings", look);

document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  const act = (event.ctrlKey || event.metaKey) && (key === "k" ? palette : key === "o" && event.shiftKey && (() => go("/")));
  if (act) {
    event.preventDefault();
    act();
  } else if (key === "escape") closeSide();
});

addEventListener("scroll", () => document.body.classList.toggle("scrolled", scrollY > 4));

/** Go to an address: without leaving the page, where it knows how. */
const go = (path) => (doings.get("go") ?? ((path) => location.assign(path)))(path);

/** A cookie that the server reads when it makes a page: the theme and the language. */
function choose(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=${value ? 31536000 : 0}; samesite=strict`;
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
  const form = template("look-form");
  const [languages, tell] = form.querySelectorAll("select, input");
  form.firstElementChild.append(choices(t("theme"), ["", "light", "dark"].map((each) => [each, t(`theme_${each || "device"}`)]), root.dataset.theme ?? "", setTheme));
  languages.onchange = () => {
    choose("language", languages.value);
    location.reload();
  };
  tell.checked = tellsWhenDone();
  tell.onchange = async () => {
    if (tell.checked && (await globalThis.Notification?.requestPermission()) !== "granted") {
      tell.checked = false;
      toast(t("tell_refused"));
    }
    localStorage.setItem("tell", tell.checked ? "yes" : "");
  };
  const out = button({ hidden: true, onclick: async () => {
    await ask("DELETE", "/v1/session").catch(() => {});
    location.assign("/sign-in");
  } }, icon("out"), t("sign_out"));
  session.then((found) => { out.hidden = found?.by !== "session"; });
  dialog(t("look"), form, [out, closes(t("done"))]);
}

/** Everything by its name: pages, doings, and the conversations that hold the words. */
function palette() {
  if (document.querySelector("dialog[open]")) return;
  closeSide();
  const fixed = [
    { icon: "new", words: t("new"), act: () => go("/") },
    ...[...document.getElementById("pages").content.children].map((each) => ({ icon: each.dataset.icon, words: each.textContent, act: () => location.assign(each.href) })),
    { icon: "look", words: t("look"), act: look },
    ...[...doings.values()].filter((act) => act.words).map((act) => ({ ...act, act })),
  ];
  const made = template("palette-form");
  const [input, list] = made.children;
  made.onclose = () => made.remove();
  made.onkeydown = pressed;
  let rows = [];
  let at = 0;
  let asked = 0;
  const mark = (to) => {
    at = to;
    rows.forEach((row, place) => Object.assign(row, { id: `palette-${place}`, ariaSelected: place === at }));
    input.setAttribute("aria-activedescendant", rows[at]?.id ?? "");
    rows[at]?.scrollIntoView({ block: "nearest" });
  };
  const header = (words) => h("li.head", { role: "presentation" }, words);
  const option = (entry) => h("li", { role: "option", onclick: () => { made.close(); entry.act(); } }, icon(entry.icon), h("span", entry.words));
  const show = (...groups) => {
    const shown = groups.filter(([, entries]) => entries.length).flatMap(([head, entries]) => [head && header(head), ...entries.map(option)]);
    list.replaceChildren(...(shown.length ? shown.filter(Boolean) : [header(t("nothing_found"))]));
    rows = [...list.querySelectorAll("[role=option]")];
    mark(0);
  };
  const find = async () => {
    const words = input.value.trim();
    const wanted = words.toLowerCase();
    const own = fixed.filter((entry) => entry.words.toLowerCase().includes(wanted));
    const round = (asked += 1);
    if (round === 1) show(["", own]);
    const found = await ask("GET", `/v1/conversations?limit=8&q=${encodeURIComponent(words)}`).catch(() => ({ data: [] }));
    if (round !== asked) return;
    const talks = found.data.map(({ id, title }) => ({ icon: "quote", words: title || t("untitled"), act: () => go(`/c/${id}`) }));
    const known = [t("conversations"), talks];
    if (words) show(known, [t("go_to"), own]);
    else show(["", own], known);
  };
  function pressed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, Enter: 0 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    if (!step) rows[at]?.click();
    else mark((at + step + rows.length) % Math.max(rows.length, 1));
  }
  input.oninput = find;
  document.body.append(made);
  made.showModal();
  find();
}

/** What is not for somebody's role does not stand at the side. */
export const session = ask("GET", "/v1/session", undefined, { alone: true }).catch(() => null);
session.then((found) => {
  for (const each of document.querySelectorAll("[data-may]")) each.hidden = found?.may?.includes(each.dataset.may) === false;
});

const place = document.getElementById("conversations");
if (place) conversations(place);

addEventListener("offline", () => toast(t("went_offline")));
addEventListener("online", () => toast(t("went_online")));

if ("serviceWorker" in navigator && isSecureContext) {
  addEventListener("load", () => navigator.serviceWorker.register(workerUrl()).catch(() => {}));
}
