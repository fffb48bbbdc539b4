// Talk: one conversation, or the start of one.

import { ask, language, newId, path, zone } from "./api.js";
import { actions, changed, channel, refresh, setCurrent } from "./conversations.js";
import { Composer, content } from "./composer.js";
import { Exchange } from "./exchange.js";
import { button, copy, dialog, h, icon, iconButton, menu, toast, toastError, trouble, waiting } from "./parts.js";
import { closeSide, does, tellsWhenDone } from "./shell.js";
import { t } from "./words.js";

const PAGE = 30; // runs that are shown at first, and more at a time
const LONG_RUN = 15; // seconds after which a run's end is told to someone who looks elsewhere
const place = Object.fromEntries(["title", "share", "more", "welcome", "who", "examples", "earlier", "exchanges", "composer", "said"].map((id) => [id, document.getElementById(id)]));

let conversation = null; // {id, title, pinned, shared}
let exchanges = [];
let loading = 0;
let following = true; // whether the page goes along with what is written

const composer = new Composer({ send, stop: () => exchanges.findLast((each) => each.going)?.stop() });
const end = iconButton("down", t("to_end"), { class: "to-end", hidden: true, onclick: () => toEnd(true) });
place.composer.append(composer.element);
place.composer.style.position = "relative";
place.composer.prepend(end);

const talk = {
  edit: async (exchange) => composer.edit(exchange.run.question.text, await filesOf(exchange), exchange),
  again: async (exchange, mode) => send({ text: exchange.run.question.text, files: await filesOf(exchange), mode: mode || exchange.run.asked || "auto", editing: exchange }),
  version,
  grew: () => following && toEnd(false),
  ended,
};

/** Show another version of a question, and what was asked after it. */
async function version(run, wanted) {
  let leaf = run.newest?.[wanted];
  if (!leaf) {
    const found = await ask("GET", path`/v1/conversations/${conversation.id}?limit=1&at=${wanted}`).catch(() => null);
    leaf = found?.runs.at(-1)?.newest?.[wanted];
  }
  open(conversation.id, leaf ?? wanted);
}

// -- which conversation -------------------------------------------------------------------------

function idOf(path) {
  return path.startsWith("/c/") ? decodeURIComponent(path.slice(3)) : "";
}

/** Show the conversation at an address of this app without leaving the page. */
function go(path, push = true) {
  closeSide();
  if (push && path !== location.pathname) history.pushState(null, "", path);
  open(idOf(path));
}

async function open(id, at = "") {
  const round = (loading += 1);
  for (const each of exchanges) each.leave();
  setCurrent(id);
  if (!at) composer.open(id);
  if (!id) return welcome();
  place.welcome.hidden = true;
  const late = setTimeout(() => { if (round === loading) place.exchanges.replaceChildren(waiting()); }, 150);
  try {
    const found = await ask("GET", path`/v1/conversations/${id}?render=html&limit=${PAGE}&at=${at}`);
    if (round !== loading) return;
    clearTimeout(late);
    conversation = found;
    show(found);
  } catch (error) {
    if (round !== loading) return;
    clearTimeout(late);
    conversation = null;
    exchanges = [];
    heading();
    place.exchanges.replaceChildren(h("div", { class: "empty" }, trouble(error, () => open(id, at)), h("a", { class: "button", href: "/", "data-do": "new" }, icon("new"), t("new"))));
  }
}

function show(found) {
  exchanges = found.runs.map((run) => new Exchange(run, talk));
  place.exchanges.replaceChildren(...exchanges.map((each) => each.element));
  earlier(found);
  heading();
  composer.setGoing(exchanges.some((each) => each.going));
  for (const each of exchanges) if (each.going) each.join();
  following = true;
  toEnd(true);
}

function earlier(found) {
  place.earlier.replaceChildren();
  if (!found.more) return;
  const watch = new IntersectionObserver(async ([entry]) => {
    if (!entry.isIntersecting) return;
    watch.disconnect();
    const first = exchanges[0];
    const address = path`/v1/conversations/${conversation.id}?render=html&limit=${PAGE}&at=${exchanges.at(-1).run.id}&before=${first.run.id}`;
    try {
      const older = await ask("GET", address);
      const made = older.runs.map((run) => new Exchange(run, talk));
      const height = document.documentElement.scrollHeight;
      exchanges = [...made, ...exchanges];
      place.exchanges.prepend(...made.map((each) => each.element));
      scrollBy(0, document.documentElement.scrollHeight - height);
      earlier(older);
    } catch (error) {
      place.earlier.replaceChildren(trouble(error, () => earlier(found)));
    }
  }, { rootMargin: "600px" });
  place.earlier.append(h("p", { class: "quiet" }, t("earlier")));
  setTimeout(() => watch.observe(place.earlier), 300);
}

function heading() {
  const title = conversation?.title || (conversation ? t("untitled") : t("title"));
  place.title.textContent = title;
  document.title = `${title} · musespark`;
  place.share.hidden = place.more.hidden = !conversation || !exchanges.length;
}

// -- the first visit ----------------------------------------------------------------------------

function welcome() {
  conversation = null;
  exchanges = [];
  composer.setGoing(false);
  heading();
  place.earlier.replaceChildren();
  place.exchanges.replaceChildren();
  place.welcome.hidden = false;
  if (!place.examples.firstChild) {
    for (const [mode, words, kind] of [["exact", t("example_exact"), "auto"], ["thinking", t("example_thinking"), "thinking"], ["contemplating", t("example_contemplating"), "contemplating"]]) {
      place.examples.append(h("button", { type: "button", onclick: () => send({ text: words, files: [], mode: kind, insist: kind === "contemplating" }) },
        h("span", {}, icon(mode), t(`mode_${mode}`)), h("b", {}, words), icon("enter")));
    }
    introduce();
  }
  if (matchMedia("(pointer: fine)").matches) composer.area.focus();
}

/** Say who answers here; the small model in the box says how small it is. */
async function introduce() {
  const tiers = await ask("GET", "/v1/tiers").catch(() => null);
  const fast = tiers?.data?.find((tier) => tier.tier === "fast");
  if (!fast) return;
  if (fast.card?.weak) {
    place.who.replaceChildren(t("embedded_words"), " ", h("a", { href: "/manage/models" }, t("connect_model")));
  } else place.who.textContent = t("model_words", { model: fast.card?.name || fast.name || "?" });
}

// -- asking -------------------------------------------------------------------------------------

function send({ text, files, mode, editing = null, insist = false }) {
  place.welcome.hidden = true;
  const fresh = !conversation;
  if (fresh) {
    conversation = { id: newId("conv"), title: text.slice(0, 80), pinned: false, shared: false };
    history.pushState(null, "", `/c/${conversation.id}`);
    composer.key = `draft:${conversation.id}`;
    setCurrent(conversation.id);
  }
  let after = exchanges.at(-1)?.run.id ?? "";
  let versions = [];
  if (editing) {
    const at = exchanges.indexOf(editing);
    after = editing.run.after ?? "";
    versions = editing.run.versions?.length ? editing.run.versions : [editing.run.id];
    for (const each of exchanges.splice(at)) { each.leave(); each.element.remove(); }
  }
  const run = {
    id: newId("run"), after, versions: [], newest: {}, state: "running", mode: "", asked: mode, reason: "",
    question: { text, attachments: files.map((file) => ({ kind: file.kind, name: file.name, url: file.url })) }, started: new Date().toISOString(),
  };
  run.versions = versions.length ? [...versions, run.id] : [run.id];
  const exchange = new Exchange(run, talk);
  exchange.files = files;
  exchanges.push(exchange);
  place.exchanges.append(exchange.element);
  room(exchange);
  heading();
  composer.setGoing(true);
  following = true;
  exchange.element.scrollIntoView({ block: "start" });
  const asks = !localStorage.getItem("language-of-answers");
  exchange.join({
    threadId: conversation.id, runId: run.id, state: {}, tools: [], context: [],
    messages: [{ id: newId("msg"), role: "user", content: content(text, files) }],
    forwardedProps: { musespark: { mode, insist, after, keep: true, render: "html", zone, ...(asks ? { language } : {}) } },
  });
  if (fresh) setTimeout(changed, 400);
}

/** The newest exchange begins at the top of the window, so that its answer has room to grow into. */
function room(exchange) {
  for (const each of exchanges) each.element.style.minHeight = "";
  const foot = document.querySelector(".composer-place").offsetHeight;
  exchange.element.style.minHeight = `${Math.max(0, innerHeight - foot - 57)}px`;
}

async function filesOf(exchange) {
  if (exchange.files) return exchange.files;
  return Promise.all((exchange.run.question.attachments ?? []).map(async (each, n) => {
    const response = await fetch(each.url ?? path`/v1/runs/${exchange.run.id}/attachments/${each.n ?? n}`);
    const blob = await response.blob();
    const url = await new Promise((done) => { const reader = new FileReader(); reader.onload = () => done(reader.result); reader.readAsDataURL(blob); });
    return { kind: each.kind, name: each.name, url, media: blob.type, bytes: blob.size, state: "ready" };
  }));
}

function ended(exchange) {
  composer.setGoing(exchanges.some((each) => each.going));
  if (exchange.run.unsent) {
    composer.restore(exchange.run.question.text, exchange.files ?? []);
    if (exchanges.length === 1) conversation.unsent = true;
  }
  const { state } = exchange.run;
  place.said.textContent = state === "done" ? `${t("answer_there")} ${exchange.words.slice(0, 600)}` : t(state === "cancelled" ? "stopped" : "failed");
  channel.postMessage({ kind: "run", conversation: conversation?.id });
  changed();
  if (document.hidden && (exchange.run.seconds ?? 0) >= LONG_RUN) {
    if (tellsWhenDone()) {
      const told = new Notification(t("answer_ready"), { body: exchange.run.question.text.slice(0, 120), tag: exchange.run.id });
      told.onclick = () => { focus(); told.close(); };
    }
    document.title = `● ${document.title.replace(/^● /, "")}`;
    document.addEventListener("visibilitychange", () => heading(), { once: true });
  }
}

// -- where the page is scrolled to --------------------------------------------------------------

function gap() {
  return document.documentElement.scrollHeight - innerHeight - scrollY;
}

function toEnd(force) {
  if (force) following = true;
  const last = exchanges.at(-1);
  if (!last) return;
  const bottom = last.foot.getBoundingClientRect().bottom;
  const edge = innerHeight - document.querySelector(".composer-place").offsetHeight;
  if (force || bottom > edge) scrollTo(0, document.documentElement.scrollHeight);
}

let lastY = 0;
addEventListener("scroll", () => {
  if (scrollY < lastY - 2) following = false;
  if (gap() < 24) following = true;
  lastY = scrollY;
  end.hidden = gap() < 240;
}, { passive: true });

// -- doings -------------------------------------------------------------------------------------

const fresh = () => go("/");
does("new", fresh);
does("go", (from) => go(typeof from === "string" ? from : from.getAttribute("href")));
addEventListener("popstate", () => go(location.pathname, false));
addEventListener("conversation", ({ detail }) => {
  if (detail.id !== conversation?.id) return;
  if (detail.deleted) return go("/");
  Object.assign(conversation, detail);
  heading();
});
channel.addEventListener("message", ({ data }) => {
  // Another tab asked something in this conversation: show it here too, unless this one is busy.
  if (data.kind === "run" && data.conversation === conversation?.id && !exchanges.some((each) => each.going)) open(conversation.id);
});
addEventListener("storage", ({ key, newValue }) => {
  if (key === composer.key && document.activeElement !== composer.area) { composer.area.value = newValue ?? ""; composer.update(); }
});
place.more.addEventListener("click", () => menu(place.more, actions(conversation)));
place.share.addEventListener("click", share);
const shareIt = () => share();
shareIt.words = () => t("share");
shareIt.icon = "share";
does("share", shareIt);

async function share() {
  if (!conversation || !exchanges.length) return toast(t("nothing_to_share"));
  const { id } = conversation;
  const link = h("input", { class: "input", readonly: true, "aria-label": t("shared_link"), onfocus: (event) => event.target.select() });
  const state = h("div", { class: "form" });
  const draw = (shared) => {
    state.replaceChildren(h("p", { class: "soft" }, t(shared ? "share_on_words" : "share_off_words")), ...(shared ? [h("div", { class: "buttons" }, link, button({ onclick: () => copy(link.value) }, icon("copy"), t("copy"))),
      h("div", { class: "buttons" }, button({ onclick: create }, icon("again"), t("share_anew")), button({ class: "bad", onclick: end }, t("share_end")))]
      : [h("div", { class: "buttons" }, button({ class: "act", onclick: create }, icon("link"), t("share_create")))]));
  };
  const create = async () => {
    try {
      const made = await ask("POST", path`/v1/conversations/${id}/share`, { at: exchanges.findLast((each) => !each.going)?.run.id });
      link.value = new URL(made.url, location.origin).href;
      conversation.shared = true;
      draw(true);
      link.select();
    } catch (error) { toastError(error); }
  };
  const end = async () => {
    try {
      await ask("DELETE", path`/v1/conversations/${id}/share`);
      conversation.shared = false;
      draw(false);
    } catch (error) { toastError(error); }
  };
  if (conversation.shared) state.replaceChildren(h("p", { class: "soft" }, t("share_is_on")), h("div", { class: "buttons" }, button({ onclick: create }, icon("again"), t("share_anew")), button({ class: "bad", onclick: end }, t("share_end"))));
  else draw(false);
  dialog(t("share"), state, [h("button", { class: "button", value: "" }, t("close"))]);
}

composer.open(idOf(location.pathname));
open(idOf(location.pathname));
refresh();
