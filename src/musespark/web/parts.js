// The parts that pages are made of: elements, icons, menus, dialogs, toasts. No markup from strings.

import { t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const sprite = new URL("./icons.svg", import.meta.url).pathname;

/** An element: `h("a", {href: "/", class: "button", onclick}, "words", child, …)`. */
export function h(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (name in made && typeof value !== "string") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child != null && child !== false && child !== ""));
  return made;
}

export function icon(name, kind = "icon") {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("class", kind);
  made.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${sprite}#${name}`);
  made.append(use);
  return made;
}

/** A shape of SVG, for what is drawn: `shape("rect", {x: 0, width: 4})`. */
export function shape(tag, props = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props)) if (value != null) made.setAttribute(name, value);
  made.append(...children.flat().filter((child) => child != null));
  return made;
}

export function iconButton(name, label, props = {}) {
  const { class: kind = "", ...rest } = props;
  return h("button", { type: "button", class: `icon-button ${kind}`, "aria-label": label, title: label, ...rest }, icon(name));
}

/** A menu at a button: rows of {icon, words, hint, checked, bad, act} or "-" for a line. */
export function menu(button, rows) {
  const open = document.querySelector(".menu:popover-open");
  if (open) {
    const same = open.owner === button;
    open.hidePopover();
    if (same) return;
  }
  const kind = rows.some((row) => "checked" in row) ? "menuitemradio" : "menuitem";
  const made = h("div", { class: "menu", role: "menu", popover: "auto" },
    rows.map((row) => row === "-" ? h("hr") : h(row.href ? "a" : "button", {
      role: kind, type: row.href ? null : "button", href: row.href, class: row.bad ? "bad" : "",
      "aria-checked": "checked" in row ? String(row.checked) : null,
      onclick: () => { made.hidePopover(); row.act?.(); },
    }, row.icon && icon(row.icon), h("span", {}, h("span", {}, row.words), row.hint && h("small", {}, row.hint)))));
  made.owner = button;
  made.addEventListener("toggle", (event) => {
    if (event.newState === "open") return;
    button.setAttribute("aria-expanded", "false");
    if (made.contains(document.activeElement) || document.activeElement === document.body) button.focus();
    made.remove();
  });
  made.addEventListener("keydown", (event) => {
    const items = [...made.querySelectorAll("button, a")];
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    items.at(((to % items.length) + items.length) % items.length).focus();
  });
  (button.closest("main, nav, header, dialog") ?? document.body).append(made);
  made.showPopover();
  const box = button.getBoundingClientRect();
  const size = made.getBoundingClientRect();
  const rtl = document.dir === "rtl";
  let left = rtl ? box.right - size.width : box.left;
  left = Math.max(8, Math.min(left, innerWidth - size.width - 8));
  const below = box.bottom + 4 + size.height < innerHeight - 8;
  const top = below ? box.bottom + 4 : Math.max(8, box.top - size.height - 4);
  made.style.left = `${left}px`;
  made.style.top = `${top}px`;
  button.setAttribute("aria-expanded", "true");
  made.querySelector("button, a")?.focus();
}

/** A dialog; gives the element. It is removed when it closes. `done(value)` gets what closed it. */
export function dialog(title, body, foot = [], { wide = false, done = () => {} } = {}) {
  const id = `dialog-${Math.random().toString(36).slice(2)}`;
  const made = h("dialog", { class: wide ? "wide" : "", "aria-labelledby": id },
    h("form", { method: "dialog", class: "dialog-body", novalidate: true },
      h("h2", { id }, title), body, h("div", { class: "dialog-foot" }, foot)));
  made.addEventListener("close", () => { made.remove(); done(made.returnValue); });
  made.addEventListener("click", (event) => { if (event.target === made) made.close(""); });
  document.body.append(made);
  made.showModal();
  return made;
}

/** Ask before something is done that cannot be undone. */
export function confirm(title, words, yes) {
  return new Promise((answer) => {
    dialog(title, h("p", {}, words), [
      h("button", { class: "button", value: "" }, t("cancel")),
      h("button", { class: "button bad", value: "yes" }, yes),
    ], { done: (value) => answer(value === "yes") });
  });
}

/** A button with words; `class` is what kind: "act", "bad", "plain". */
export function button(props, ...children) {
  return h("button", { type: "button", ...props, class: `button ${props.class ?? ""}` }, ...children);
}

/** One of several, as buttons side by side: `options` are [value, words]; `act(value)` is told. */
export function choices(label, options, chosen, act) {
  const made = h("div", { class: "choices", role: "group", "aria-label": label }, options.map(([value, words]) =>
    h("button", { type: "button", "aria-pressed": String(value === chosen), onclick: ({ currentTarget }) => {
      for (const each of made.children) each.setAttribute("aria-pressed", String(each === currentTarget));
      act(value);
    } }, words)));
  return made;
}

/** Something folded away under its words. */
export function folded(words, ...children) {
  return h("details", { class: "steps" }, h("summary", {}, icon("right"), h("span", {}, words)), children);
}

/** A line that tells of something and goes by itself. */
export function toast(words, action) {
  const made = h("div", { class: "toast" }, h("span", {}, words),
    action && h(action.href ? "a" : "button", { href: action.href, type: action.href ? null : "button", onclick: () => { made.remove(); action.act?.(); } }, action.words));
  document.getElementById("toasts").append(made);
  setTimeout(() => made.remove(), action ? 10_000 : 5_000);
}

export const toastError = (error) => toast(error.message || t("unreachable"));

/** What went wrong, as a note with what to do next. */
export function trouble(error, again) {
  const words = error?.status === 0 ? t("unreachable") : error?.message || String(error);
  return h("div", { class: "note bad", role: "alert" }, icon(error?.status === 0 ? "offline" : "warn"),
    h("div", {}, h("p", {}, words), again && h("div", { class: "buttons" }, h("button", { type: "button", class: "button", onclick: again }, icon("again"), t("try_again")))));
}

export const waiting = () => h("div", { class: "wait", role: "status", "aria-label": t("loading") }, h("i"), h("i"), h("i"));

export async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h("textarea", { class: "unseen" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  if (!button) return toast(t("copied"));
  const use = button.querySelector("use");
  use.setAttribute("href", `${sprite}#check`);
  setTimeout(() => use.setAttribute("href", `${sprite}#copy`), 1500);
}

/** Fill an element with what a promise gives; meanwhile it waits, afterwards it may say what failed. */
export async function fill(place, load, show) {
  const late = setTimeout(() => place.replaceChildren(waiting()), 150);
  try {
    const found = await load();
    clearTimeout(late);
    place.replaceChildren(...[show(found)].flat());
    return found;
  } catch (error) {
    clearTimeout(late);
    if (error.name !== "AbortError") place.replaceChildren(trouble(error, () => fill(place, load, show)));
    return null;
  }
}
