// Talk: one conversation, or the start of one.

import { ask, newId, path, zone } from "./api.js";
import { showCards } from "./cards.js";
import { actions, changed, channel, setCurrent } from "./conversations.js";
import { Composer } from "./composer.js";
import { Exchange } from "./exchange.js";
import { content, filesOf, Upload } from "./files.js";
import { attempt, byId, closes, confirm, copy, dialog, entitle, fill, h, icon, iconButton, opens, parted, template, toast, trouble, waiting } from "./parts.js";
import { closeSide, does, tellsWhenDone } from "./shell.js";
import { language, t } from "./words.js";

const PAGE = 30; // runs that are shown at first, and more at a time
const LONG_RUN = 5; // seconds after which a run's end is told to someone who looks elsewhere
const place = byId("share", "more", "welcome", "who", "examples", "earlier", "exchanges", "composer", "said");

const root = document.documentElement;
let conversation = null; // {id, title, pinned, shared}
let exchanges = [];
let loading = 0;
let following = true; // whether the page goes along with what is written

const composer = new Composer(place.composer.firstElementChild, { send, hide, stop: () => exchanges.findLast((each) => each.going)?.stop() });
const end = iconButton("down.to-end", t("to_end"), { hidden: true, onclick: () => toEnd(true) });
const dock = place.composer.parentElement; // it covers the end of the page
place.composer.prepend(end);

const talk = {
  edit: async (exchange) => composer.edit(exchange.run.question.text, await uploads(exchange), exchange),
  again: async (exchange, mode) => {
    const files = await uploads(exchange);
    await Promise.all(files.map(({ done }) => done));
    send({ text: exchange.run.question.text, files, mode: mode || exchange.run.asked || "auto", editing: exchange });
  },
  version,
  grew: () => following && toEnd(false),
  ended,
};

/** Show another version of a question, and what was asked after it. */
async function version(wanted) {
  const found = await ask("GET", path`/v1/conversations/${conversation.id}?limit=1&at=${wanted}`).catch(() => null);
  return open(conversation.id, found?.runs.at(-1)?.newest[wanted] ?? wanted);
}

/** Open a conversation; an address can name a run in it, which may be of another branch, or long ago. */
async function arrive(id) {
  await open(id);
  const wanted = location.hash.slice(1);
  if (!wanted || !conversation) return;
  const there = () => exchanges.find(({ run }) => run.id === wanted)?.element;
  if (!there()) await version(wanted);
  if (!there()) await open(id, wanted);
  for (const each of document.querySelectorAll("dialog[open]")) each.close();
  following = false;
  Object.assign(there() ?? {}, { tabIndex: -1 }).focus?.();
  there()?.scrollIntoView();
}

// -- which conversation

const idOf = (path) => (path.startsWith("/c/") ? decodeURIComponent(path.slice(3)) : "");

/** Show the conversation at an address of this app without leaving the page. */
async function go(path) {
  closeSide();
  if (!(await leavesHidden())) return;
  if (path !== location.pathname) history.pushState(null, "", path);
  arrive(idOf(path));
}

/** What was said incognito is on this page alone: it goes only when that is meant. */
async function leavesHidden() {
  if (composer.hidden && exchanges.length && !(await confirm(t("incognito_leave"), t("incognito_leave_words"), t("incognito_end")))) return false;
  composer.setHidden(false);
  return true;
}

/** Be incognito, in a conversation of its own, or no longer. */
async function hide(hidden) {
  const text = composer.area.value;
  if (!hidden && !(await leavesHidden())) return;
  if (exchanges.length) {
    history.pushState(null, "", "/");
    await open("");
  }
  composer.setHidden(hidden);
  if (!exchanges.length && text) composer.area.value = text;
  composer.update();
  composer.area.focus();
}

async function open(id, at = "") {
  const round = (loading += 1);
  for (const each of exchanges) each.leave();
  setCurrent(id);
  if (!at) composer.open(id);
  if (!id) return welcome();
  place.welcome.hidden = true;
  const late = setTimeout(() => round === loading && place.exchanges.replaceChildren(waiting()), 150);
  const found = await ask("GET", path`/v1/conversations/${id}?render=html&limit=${PAGE}&at=${at}`).catch((error) => ({ error }));
  clearTimeout(late);
  if (round !== loading) return;
  const { error } = found;
  conversation = error ? null : found;
  if (!error) return show(found);
  exchanges = [];
  heading();
  place.exchanges.replaceChildren(h("div.empty", trouble(error, () => open(id, at)), h("a.button", { href: "/", "data-do": "new" }, icon("new"), t("new"))));
}

function show(found) {
  exchanges = found.runs.map((run) => new Exchange(run, talk));
  place.exchanges.replaceChildren(...exchanges.map((each) => each.element));
  place.earlier.replaceChildren(earlier(found));
  heading();
  composer.setGoing(exchanges.some((each) => each.going));
  for (const each of exchanges) if (each.going) each.join();
  waitingFor(exchanges);
  following = true;
  toEnd(true);
}

/** What waits for a yes since before this page was opened, and what came of the others. */
async function waitingFor(those) {
  const { data } = await ask("GET", `/v1/approvals?state=all&limit=200&language=${language}`).catch(() => ({ data: [] }));
  for (const { run, cards, going } of those) {
    const approvals = data.filter((each) => each.run === run.id);
    if (approvals.length && !going) showCards(cards, { ...run, approvals }, run.id);
  }
}

/** What stands above the exchanges: words that fetch those before them when they come near. */
function earlier(found) {
  if (!found.more) return "";
  const words = h("p.quiet", t("earlier"));
  const watch = new IntersectionObserver(([entry]) => {
    if (!entry.isIntersecting) return;
    watch.disconnect();
    const [last, first] = [exchanges.at(-1), exchanges[0]].map(({ run }) => run.id);
    fill(place.earlier, () => ask("GET", path`/v1/conversations/${conversation.id}?render=html&limit=${PAGE}&at=${last}&before=${first}`), (older) => {
      const made = older.runs.map((run) => new Exchange(run, talk));
      const height = root.scrollHeight;
      exchanges = [...made, ...exchanges];
      place.exchanges.prepend(...made.map((each) => each.element));
      scrollBy(0, root.scrollHeight - height);
      return earlier(older);
    }, true);
  }, { rootMargin: "600px" });
  setTimeout(() => watch.observe(words), 300);
  return words;
}

function heading() {
  entitle(conversation?.title || t(conversation ? "untitled" : "title"));
  place.share.hidden = place.more.hidden = composer.hidden || !conversation || !exchanges.length;
}

// -- the first visit

function welcome() {
  conversation = null;
  exchanges = [];
  composer.setGoing(false);
  heading();
  place.earlier.replaceChildren();
  place.exchanges.replaceChildren();
  place.welcome.hidden = false;
  introduce();
  if (matchMedia("(pointer: fine)").matches) composer.area.focus();
}

for (const each of place.examples.children) {
  const { mode } = each.dataset;
  each.onclick = () => send({ text: each.querySelector("b").textContent, files: [], mode, insist: mode === "contemplating" });
}

/** Say who answers here; the small model in the box says how small it is. */
async function introduce() {
  const { data } = await ask("GET", "/v1/tiers").catch(() => ({ data: [] }));
  const card = data.find(({ tier }) => tier === "fast")?.card;
  if (card?.weak) place.who.replaceChildren(t("embedded_words"), " ", h("a", { href: "/manage/models" }, t("connect_model")));
  else if (card) place.who.textContent = t("model_words", { model: card.name || "?" });
}

// -- asking

function send({ text, files, mode, editing = null, insist = false }) {
  place.welcome.hidden = true;
  const fresh = !conversation;
  const { hidden } = composer;
  if (fresh) {
    conversation = { id: newId("conv"), title: text.slice(0, 80), pinned: false, shared: false };
    if (!hidden) {
      history.pushState(null, "", `/c/${conversation.id}`);
      composer.key = `draft:${conversation.id}`;
      setCurrent(conversation.id);
    }
  }
  const { after, versions = [] } = editing?.run ?? { after: exchanges.at(-1)?.run.id };
  if (editing) for (const each of exchanges.splice(exchanges.indexOf(editing))) { each.leave(); each.element.remove(); }
  const id = newId("run");
  const run = {
    id, after, hidden, versions: hidden ? [id] : [...versions, id], newest: {}, state: "running", mode: "", asked: mode, reason: "",
    question: { text, attachments: [] }, started: new Date().toISOString(),
  };
  const exchange = new Exchange(run, talk, files);
  const before = hidden ? exchanges.flatMap(said) : []; // the server keeps nothing that it could go on from
  exchanges.push(exchange);
  place.exchanges.append(exchange.element);
  room(exchange);
  heading();
  composer.setGoing(true);
  following = true;
  exchange.element.scrollIntoView({ block: "start" });
  const asks = !localStorage.getItem("language-of-answers");
  exchange.join({
    threadId: conversation.id, runId: id, state: {}, tools: [], context: [],
    messages: [...before, { id: newId("msg"), role: "user", content: content(text, files) }],
    forwardedProps: { musespark: { mode, insist, ...(hidden ? { incognito: true } : { after: after ?? "", keep: true }), render: "html", zone, ...(asks ? { language } : {}) } },
  });
  if (fresh && !hidden) setTimeout(changed, 400);
}

/** A question and its answer as messages. */
const said = ({ run, files, words }) => [["user", content(run.question.text, files)], ["assistant", words]]
  .filter(([, content]) => content).map(([role, content]) => ({ id: newId("msg"), role, content }));

/** The newest exchange begins at the top of the window, so that its answer has room to grow into. */
function room(exchange) {
  for (const each of exchanges) each.element.style.minHeight = "";
  exchange.element.style.minHeight = `${innerHeight - dock.offsetHeight - 57}px`;
}

/** The files of a question, to be sent once more. */
function uploads({ run, files }) {
  return files ?? Promise.all(filesOf(run).map(async ({ id, name, url }) => {
    const blob = id ? new Blob() : await (await fetch(url)).blob();
    return new Upload(new File([blob], name, { type: blob.type }), () => {}, id);
  }));
}

function ended(exchange) {
  composer.setGoing(exchanges.some((each) => each.going));
  if (exchange.run.unsent) composer.restore(exchange.run.question.text, exchange.files ?? []);
  const { state } = exchange.run;
  place.said.textContent = state === "done" ? `${t("answer_there")} ${exchange.words.slice(0, 600)}` : t(state === "cancelled" ? "stopped" : "failed");
  if (exchange.run.hidden) return;
  channel.postMessage({ kind: "run", conversation: conversation?.id });
  changed();
  if (document.hidden && (exchange.run.seconds ?? 0) >= LONG_RUN) tell(exchange);
}

/** Tell someone who looks elsewhere that an answer is there: in the tab's title, and as a notice. */
async function tell(exchange) {
  document.title = `● ${document.title}`;
  document.addEventListener("visibilitychange", heading, { once: true });
  if (!tellsWhenDone()) return;
  const worker = await navigator.serviceWorker?.getRegistration(); // phones take notices from it alone
  const notice = { body: exchange.run.question.text.slice(0, 120), tag: exchange.run.id, data: location.pathname };
  if (worker?.active) worker.showNotification(t("answer_ready"), notice);
  else new Notification(t("answer_ready"), notice).onclick = () => focus();
}

// -- scrolling

const gap = () => root.scrollHeight - innerHeight - scrollY;

function toEnd(force) {
  if (force) following = true;
  const bottom = exchanges.at(-1)?.foot.getBoundingClientRect().bottom;
  if (bottom !== undefined && (force || bottom > innerHeight - dock.offsetHeight)) scrollTo(0, root.scrollHeight);
}

let lastY = 0;
addEventListener("scroll", () => {
  if (scrollY < lastY - 2) following = false;
  if (gap() < 24) following = true;
  lastY = scrollY;
  end.hidden = gap() < 240;
});

// -- doings

does("new", () => go("/"));
does("go", (from) => go(typeof from === "string" ? from : from.getAttribute("href")));
addEventListener("popstate", () => go(location.pathname));
addEventListener("conversation", ({ detail }) => {
  if (detail.id !== conversation?.id) return;
  if (detail.deleted) return go("/");
  Object.assign(conversation, detail);
  heading();
});
channel.addEventListener("message", ({ data }) => { // another tab asked something here: show it, unless this one is busy
  if (data.kind === "run" && data.conversation === conversation?.id && !exchanges.some((each) => each.going)) open(conversation.id);
});
addEventListener("storage", ({ key, newValue }) => {
  if (key === composer.key && document.activeElement !== composer.area) { composer.area.value = newValue ?? ""; composer.update(); }
});
place.more.onclick = opens(() => actions(conversation)).onclick;
place.share.onclick = share;
does("share", Object.assign(share, { words: t("share"), icon: "share" }));

function share() {
  if (!conversation || !exchanges.length) return toast(t("nothing_to_share"));
  const address = path`/v1/conversations/${conversation.id}/share`;
  const form = template("share-form");
  const { words, link, row, create, end } = parted(form);
  const draw = (shared, url = "") => {
    conversation.shared = shared;
    link.value = url && new URL(url, location).href;
    words.textContent = t(!shared ? "share_off_words" : link.value ? "share_on_words" : "share_is_on");
    row.hidden = !link.value;
    end.hidden = !shared;
    create.classList.toggle("act", !shared);
    create.lastChild.data = t(shared ? "share_anew" : "share_create");
  };
  link.onfocus = () => link.select();
  row.lastElementChild.onclick = () => copy(link.value);
  create.onclick = () => attempt(async () => {
    const { url } = await ask("POST", address, { at: exchanges.findLast((each) => !each.going)?.run.id });
    draw(true, url);
    link.select();
  });
  end.onclick = () => attempt(async () => {
    await ask("DELETE", address);
    draw(false);
  });
  draw(conversation.shared);
  dialog(t("share"), form, [closes(t("close"), "", "")]);
}

arrive(idOf(location.pathname));
