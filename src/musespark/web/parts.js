// The parts that pages are made of: elements, icons, menus, dialogs, toasts. No markup from strings.

import { t, when, whenExactly } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const sprite = new URL("./icons.svg", import.meta.url).pathname;

export const byId = (...names) => Object.fromEntries(names.map((name) => [name, document.getElementById(name)]));
export const { content, doings } = byId("content", "doings"); // of a page of Manage

export const template = (id) => document.importNode(document.getElementById(id).content, true).firstElementChild;

/** The elements that a piece of a template names with data-part. */
export const parted = (root) => Object.fromEntries([...root.querySelectorAll("[data-part]")].map((each) => [each.dataset.part, each]));

/** A template with what belongs into its parts: words, elements, what a button does; a part of
 *  nothing is hidden. */
export function filled(id, parts) {
  const made = template(id);
  for (const [name, part] of Object.entries(parted(made))) {
    const given = parts[name];
    part.hidden = !given;
    if (typeof given === "function") part.onclick = given;
    else if (given) part.append(...[given].flat().filter(Boolean));
  }
  return made;
}

/** An element, its properties if it has some, and what is in it: `h("a.button", {href: "/", onclick, "--part": 0.5}, "words", child)`. */
export function h(kind, ...children) {
  const [tag, ...classes] = kind.split(".");
  const made = document.createElement(tag);
  const props = children[0]?.constructor === Object ? children.shift() : {};
  if (tag === "button") made.type = "button";
  for (const [name, value] of Object.entries(props)) {
    if (value == null || value === false) continue;
    if (name.startsWith("--")) made.style.setProperty(name, value);
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && typeof value !== "string") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.classList.add(...classes);
  made.append(...children.flat().filter((child) => child || child === 0));
  return made;
}

export function icon(name) {
  const [made, use] = ["svg", "use"].map((tag) => document.createElementNS(SVG, tag));
  use.setAttribute("href", `${sprite}#${name}`);
  made.classList.add("icon");
  made.ariaHidden = true;
  made.append(use);
  return made;
}

/** Show another icon in what holds one. */
export const setIcon = (place, name) => place.querySelector("svg").replaceWith(icon(name));

/** What a button does may stand in place of its properties. */
const pressed = (props) => (typeof props === "function" ? { onclick: props } : props);

/** A button, or a link, that is an icon alone: `iconButton("close.small", "Close", leave)`. */
export function iconButton(kind, label, props) {
  const [name] = kind.split(".");
  return h(`${props.href ? "a" : "button"}.icon-button${kind.slice(name.length)}`, { "aria-label": label, title: label, ...pressed(props) }, icon(name));
}

/** The properties of a button that opens a menu; `rows` gives them then. */
export const opens = (rows) => ({ "aria-haspopup": "menu", "aria-expanded": "false", onclick: ({ currentTarget }) => menu(currentTarget, rows()) });

/** A menu at a button: {icon, words, hint, checked, bad, act} for each. */
function menu(button, rows) {
  const open = document.querySelector(".menu:popover-open");
  if (open) {
    const same = open.owner === button;
    open.hidePopover();
    if (same) return;
  }
  const made = h("div.menu", { role: "menu", popover: "auto", ontoggle: closed, onkeydown: move },
    rows.map((row) => h("button", {
      role: "checked" in row ? "menuitemradio" : "menuitem", class: row.bad ? "bad" : "",
      "aria-checked": row.checked?.toString(),
      onclick: () => { made.hidePopover(); row.act(); },
    }, icon(row.icon), h("span", h("span", row.words), row.hint && h("small", row.hint)))));
  made.owner = button;
  function closed({ newState }) {
    if (newState === "open") return;
    button.ariaExpanded = false;
    if (made.contains(document.activeElement) || document.activeElement === document.body) button.focus();
    made.remove();
  }
  function move(event) {
    const items = [...made.children];
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    items.at(to % items.length).focus();
  }
  (button.closest("main, nav, header, dialog") ?? document.body).append(made);
  made.showPopover();
  const box = button.getBoundingClientRect();
  const size = made.getBoundingClientRect();
  const left = document.dir === "rtl" ? box.right - size.width : box.left;
  const below = box.bottom + size.height < innerHeight - 12;
  made.style.left = `${Math.max(8, Math.min(left, innerWidth - size.width - 8))}px`;
  made.style.top = `${below ? box.bottom + 4 : Math.max(8, box.top - size.height - 4)}px`;
  button.ariaExpanded = true;
  made.firstChild.focus();
}

/** A dialog; gives the element. It is removed when it closes. `done(value)` gets what closed it. */
export function dialog(title, body, foot = [], { wide = false, done = () => {} } = {}) {
  const made = h("dialog", { class: wide ? "wide" : "", "aria-label": title, closedby: "any", onclose: () => { made.remove(); done(made.returnValue); } },
    h("form", { method: "dialog", class: "dialog-body", novalidate: true },
      h("h2", title), body, h("div.dialog-foot", foot)));
  document.body.append(made);
  made.showModal();
  return made;
}

/** A button with words, `button(save, "Save")`, and its kind: "act", "bad", "plain". */
export const button = (props, ...children) => h("button.button", pressed(props), ...children);

/** A dialog's button that closes it and says `value`; Enter in a field presses the first of them. */
export const closes = (words, kind = "act", value = "yes") => button({ type: "submit", class: kind, value }, words);
export const cancels = () => button({ onclick: ({ target }) => target.closest("dialog").close("") }, t("cancel"));

/** Ask before something is done that cannot be undone. */
export function confirm(title, words, yes) {
  return new Promise((answer) => {
    dialog(title, h("p", words), [closes(t("cancel"), "", ""), closes(yes, "bad")], { done: (value) => answer(value === "yes") });
  });
}

/** Show what is shown this once, to be copied. */
export function reveal(title, words, value) {
  const shown = h("input.input", { readonly: true, value, "aria-label": title, onfocus: ({ target }) => target.select() });
  dialog(title, h("div.form", h("p", words), shown), [button(() => copy(value), icon("copy"), t("copy")), closes(t("done"))]);
}

/** Look again a moment after what is typed in the fields of a form. */
export function looksAgain(form, load) {
  let timer;
  form.oninput = () => { clearTimeout(timer); timer = setTimeout(load, 250); };
  form.onsubmit = (event) => event.preventDefault();
}

/** Do what may be refused; what was refused is told. Gives whether it was done. */
export async function attempt(act) {
  try {
    await act();
    return true;
  } catch (error) {
    toast(error.message);
  }
}

export const badge = (kind, ...words) => h("span", { class: `badge ${kind}` }, ...words);
const STATES = { running: "going", done: "good", failed: "bad", cancelled: "warn", interrupted: "warn" };
export const stateBadge = (state) => badge(STATES[state] ?? "", t(`state_${state}`));

export const line = (name, words) => h("div.how", icon(name), h("span", words));

/** When something was, in short; exactly where one points at it. */
export const moment = (at) => h("time", { datetime: at, title: whenExactly(at) }, when(at));

export const note = (kind, name, ...children) => h("div", { class: `note ${kind}`, role: kind === "bad" ? "alert" : null }, icon(name), h("div", ...children));

export const empty = (title, words) => h("div.empty", h("h2", title), h("p.soft", words));

/** The title of what the page shows, in its bar and in the browser's. */
export function entitle(words) {
  document.getElementById("title").textContent = words;
  document.title = `${words} · musespark`;
}

/** Put words into an element, unless they stand there. */
export function say(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/** Whether an element shows this already; else it is remembered that it is going to. */
export function shows(element, what) {
  const words = JSON.stringify(what);
  const same = element.dataset.words === words;
  element.dataset.words = words;
  return same;
}

/** Figures side by side: [name, value] each, where there is a value. */
export const figures = (pairs) => h("dl.figures", pairs.filter(([, value]) => value).map(([name, value]) => h("div", h("dt", name), h("dd", value))));

export const facts = (pairs) => h("dl.facts", pairs.flatMap(([name, value]) => [h("dt", name), h("dd", value)]));

/** A table that may be wider than the page; columns from `numbers` on hold numbers. */
export function table(label, heads, body, numbers) {
  return h("div.scroll", { tabindex: "0", role: "region", "aria-label": label }, h("table.data",
    h("thead", h("tr", heads.map((words, n) => h("th", { scope: "col", class: numbers(n) ? "number" : null }, words)))), body));
}

/** A button that shows more of a list, as long as there is `more`: `page(last row)` fetches it. */
export function paged(found, page, show) {
  const further = button({ onclick: async () => {
    further.disabled = true;
    if (await attempt(async () => { found = await page(found.data.at(-1)); })) next();
    further.disabled = false;
  } }, t("show_more"));
  const next = () => { show(found.data); further.hidden = !found.more; };
  next();
  return further;
}

/** One of several, as buttons side by side: `options` are [value, words]; `act(value)` is told. */
export function choices(label, options, chosen, act) {
  const made = h("div.choices", { role: "group", "aria-label": label }, options.map(([value, words]) =>
    h("button", { "aria-pressed": String(value === chosen), onclick: ({ currentTarget }) => {
      for (const each of made.children) each.ariaPressed = each === currentTarget;
      act(value);
    } }, words)));
  return made;
}

export const folded = (words, ...children) => h("details.steps", h("summary", icon("right"), h("span", words)), children);

/** A line that tells of something and goes by itself. */
export function toast(words) {
  const made = h("div.toast", words);
  document.getElementById("toasts").append(made);
  setTimeout(() => made.remove(), 5_000);
}

export const trouble = (error, again) => note("bad", error.status === 0 ? "offline" : error.status === 403 ? "keys" : "warn",
  h("p", error.status === 404 ? t("not_here") : error.message), again && error.status !== 404 && h("div.buttons", button(again, icon("again"), t("try_again"))));

export const waiting = () => h("div.wait", { role: "status", "aria-label": t("loading"), "data-slow": t("slow") }, h("i"), h("i"), h("i"));

export async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h("textarea.unseen", text);
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  if (!button) return toast(t("copied"));
  setIcon(button, "check");
  setTimeout(() => setIcon(button, "copy"), 1500);
}

/** Fill an element with what a promise gives; meanwhile it waits (where there is nothing that stays
 *  `again`), afterwards it may say what failed. */
export async function fill(place, load, show, again = false) {
  const late = setTimeout(() => again || place.replaceChildren(waiting()), 150);
  try {
    place.replaceChildren(...[show(await load())].flat().filter(Boolean));
  } catch (error) {
    place.replaceChildren(trouble(error, () => fill(place, load, show)));
  }
  clearTimeout(late);
}
