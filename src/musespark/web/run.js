// Inside a run: lanes, budget, agreement, the answer; while it goes on and from a link afterwards.

import { ask, path } from "./api.js";
import { Exchange } from "./exchange.js";
import { Fold } from "./fold.js";
import { agentName, Lanes } from "./lanes.js";
import { button, dialog, h, icon, toast, toastError, trouble, waiting } from "./parts.js";
import { setCurrent } from "./conversations.js";
import "./shell.js";
import { follow } from "./stream.js";
import { compact, cost, number, span, t, whenExactly } from "./words.js";

const id = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const place = Object.fromEntries(["title", "back", "stop", "about", "spent", "work", "agreement", "answer", "said"].map((name) => [name, document.getElementById(name)]));
const fold = new Fold();
const lanes = new Lanes(id);
let run = null;
let exchange = null;
let spentBy = new Map();
let drawn = 0;
let offset = 0; // milliseconds that the server's clock is ahead of this one

const meters = Object.fromEntries(["tokens", "seconds", "money"].map((kind) => {
  const bar = h("i");
  const words = h("span");
  return [kind, { bar, words, element: h("div", { class: "budget" }, h("dt", {}, t(`budget_${kind}`)), h("dd", {}, words, h("div", { class: "meter", role: "progressbar", "aria-label": t(`budget_${kind}`), "aria-valuemin": "0", "aria-valuemax": "100" }, bar))) }];
}));
const change = button({ onclick: () => changeBudget() }, t("change_budget"));

async function begin() {
  place.about.replaceChildren(waiting());
  try {
    run = await ask("GET", path`/v1/runs/${id}`);
  } catch (error) {
    place.about.replaceChildren(trouble(error, begin));
    return;
  }
  const question = run.question?.text ?? run.messages?.findLast((message) => message.role === "user")?.parts?.filter((part) => part.type === "text" || part.text)?.map((part) => part.text).join("\n") ?? "";
  place.title.textContent = question.slice(0, 140) || t("title");
  document.title = `${place.title.textContent} · musespark`;
  place.back.href = path`/c/${run.conversation}`;
  setCurrent(run.conversation);
  tally();
  exchange = new Exchange({ ...run, question: { text: question, attachments: run.question?.attachments ?? [] }, versions: [], answer: null, sources: [], notices: [], state: "running" }, {});
  place.answer.replaceChildren(h("h2", {}, t("answer")), exchange.prose, exchange.notes, exchange.sources);
  exchange.fold = fold;
  place.work.replaceChildren(h("h2", {}, t("work")), lanes.element);
  place.spent.replaceChildren(h("dl", { class: "budgets" }, Object.values(meters).map((meter) => meter.element)), change);
  if (run.state !== "running") place.stop.hidden = change.hidden = true;
  place.stop.hidden = run.state !== "running";
  requestAnimationFrame(tick);
  try {
    await follow(id, null, take, { lost: (gone) => exchange.showLost(gone) });
  } catch (error) {
    toastError(error);
  }
  exchange.run.state = fold.state === "running" ? run.state : fold.state;
  exchange.run.error = fold.error ?? run.error;
  exchange.prose.classList.remove("caret");
  exchange.showEnd();
  exchange.foot.remove();
  place.said.textContent = t(`state_${exchange.run.state}`);
  run = await ask("GET", path`/v1/runs/${id}`).catch(() => run);
  tally();
  draw();
  place.stop.hidden = change.hidden = true;
}

/** Tokens and cost by lane, from the journal's steps. */
function tally() {
  spentBy = new Map();
  for (const step of run.steps ?? []) {
    const lane = step.path.split("/")[0];
    const own = spentBy.get(lane) ?? { tokens: 0, cost: 0 };
    own.tokens += (step.usage?.input ?? 0) + (step.usage?.output ?? 0);
    own.cost += step.usage?.cost ?? 0;
    spentBy.set(lane, own);
  }
}

function take(events) {
  const live = events.findLast((event) => event.timestamp);
  if (live && run.state === "running") offset = Math.max(offset, live.timestamp - Date.now());
  for (const event of events) {
    if (event.type === "CUSTOM" && event.name === "musespark.html" && event.subagentRunId) lanes.rendered(event.subagentRunId, event.value);
  }
  exchange.take(events);
}

function tick(now) {
  if (fold.going && run.state === "running") requestAnimationFrame(tick);
  if (now - drawn < 100) return; // ten pictures a second are enough for bars that grow
  drawn = now;
  draw();
}

function draw() {
  const now = fold.ended || Date.now() + offset;
  lanes.draw(fold, now, spentBy);
  lanes.element.hidden = !fold.lanes.size && !fold.steps.some((step) => !step.silent);
  place.work.hidden = lanes.element.hidden;
  about(now);
  budget(now);
  agreement();
}

function about(now) {
  const state = fold.going ? run.state : fold.state;
  const seconds = fold.started ? ((fold.ended || now) - fold.started) / 1000 : run.seconds;
  const tokens = fold.budget?.tokens?.[0] || (run.usage?.input ?? 0) + (run.usage?.output ?? 0) || fold.pieces;
  const facts = [[t("took"), span(seconds)], [t("used"), t("tokens", { n: tokens, shown: compact(tokens) })], [t("cost"), cost(run.cost)], [t("agents"), number(fold.lanes.size)]];
  const words = JSON.stringify([state, facts, fold.mode, fold.reason]);
  if (place.about.dataset.words === words) return;
  place.about.dataset.words = words;
  const mode = fold.mode || run.mode;
  place.about.replaceChildren(
    h("p", { class: "how" }, mode && icon(mode), mode && h("b", {}, t(`mode_${mode}`)), h("span", {}, fold.reason || run.reason)),
    h("p", { class: "how" }, h("span", { class: `badge ${{ running: "going", done: "good", failed: "bad", cancelled: "warn", interrupted: "warn" }[state] ?? ""}` }, t(`state_${state}`)),
      run.started && h("time", { datetime: run.started }, whenExactly(run.started))),
    h("dl", { class: "figures" }, facts.filter(([, value]) => value && value !== "0").map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))));
}

function budget(now) {
  const known = fold.budget ?? run.budget;
  place.spent.hidden = !known;
  if (!known) return;
  const show = { tokens: compact, seconds: span, money: (value) => cost(value) || "0" };
  for (const [kind, meter] of Object.entries(meters)) {
    let [used, allowed] = known[kind] ?? [0, null];
    if (kind === "seconds" && fold.started) used = ((fold.ended || now) - fold.started) / 1000;
    if (kind === "tokens") used = Math.max(used, fold.pieces);
    meter.element.hidden = allowed == null || (kind === "money" && !used);
    if (meter.element.hidden) continue;
    const part = Math.min(1, used / Math.max(allowed, 1e-9));
    const bar = meter.bar.parentElement;
    meter.bar.style.setProperty("--part", part);
    bar.classList.toggle("full", part > 0.9);
    bar.setAttribute("aria-valuenow", String(Math.round(part * 100)));
    meter.words.textContent = t("used_of", { used: show[kind](used), allowed: show[kind](allowed) });
  }
}

/** Raise or cut what the run may use, while it runs. */
function changeBudget() {
  const [used, allowed] = (fold.budget ?? run.budget)?.tokens ?? [fold.pieces, 0];
  const seconds = (fold.budget ?? run.budget)?.seconds?.[1] ?? 300;
  const tokens = h("input", { class: "input", id: "budget-tokens", type: "number", min: "1", step: "1000", value: String(allowed) });
  const time = h("input", { class: "input", id: "budget-seconds", type: "number", min: "1", step: "10", value: String(Math.round(seconds)) });
  const quick = (factor) => () => { tokens.value = String(Math.round(Number(tokens.value) * factor)); time.value = String(Math.round(Number(time.value) * factor)); };
  dialog(t("change_budget"), h("div", { class: "form" }, h("p", { class: "soft" }, t("budget_words", { used: compact(used) })),
    h("div", { class: "form-row" }, h("div", { class: "field" }, h("label", { for: "budget-tokens" }, t("budget_tokens")), tokens), h("div", { class: "field" }, h("label", { for: "budget-seconds" }, t("budget_seconds_s")), time)),
    h("div", { class: "buttons" }, [["× 0.5", 0.5], ["× 1.5", 1.5], ["× 2", 2]].map(([words, factor]) => button({ onclick: quick(factor) }, words)))),
  [button({ onclick: (event) => event.target.closest("dialog").close("") }, t("cancel")), h("button", { class: "button act", value: "yes" }, t("save"))], { done: async (value) => {
    if (value !== "yes") return;
    try {
      await ask("PATCH", path`/v1/runs/${id}/budget`, { tokens: Math.max(1, Math.round(Number(tokens.value))), seconds: Math.max(1, Number(time.value)) });
      toast(t("budget_changed"));
    } catch (error) { toastError(error); }
  } });
}

// -- agreement and disagreement, side by side ---------------------------------------------------

const HEADS = { agreed: "good", disputed: "warn", facts: "", open: "" };

function agreement() {
  const words = JSON.stringify([fold.votes, fold.workspace, fold.check, fold.confidence, [...fold.lanes.values()].map((lane) => lane.result)]);
  if (place.agreement.dataset.words === words) return;
  place.agreement.dataset.words = words;
  const parts = [votes(), workspace(), sureness()].filter(Boolean);
  place.agreement.hidden = !parts.length;
  place.agreement.replaceChildren(h("h2", {}, t("agreement")), ...parts);
}

function votes() {
  if (!fold.votes?.votes) return null;
  const { leader, votes: most, cast, others, probability } = fold.votes;
  const rows = [{ answer: leader, votes: most }, ...others];
  const by = (answer) => [...fold.lanes.values()].filter((lane) => lane.result === answer);
  return h("div", { class: "votes" }, h("p", { class: "soft" }, t("votes_words", { votes: most, cast, percent: number(Math.round(probability * 100)) })),
    h("ul", { class: "sides" }, rows.map(({ answer, votes }, n) => h("li", { class: n ? "" : "leads" },
      h("b", { dir: "auto" }, String(answer)), h("div", { class: "meter" }, bar(votes / Math.max(cast, 1))), h("span", { class: "quiet" }, t("n_votes", { n: votes })),
      h("span", { class: "quiet" }, by(answer).map((lane) => agentName(lane)).join(", "))))));
}

function bar(part) {
  const made = h("i");
  made.style.setProperty("--part", part);
  return made;
}

/** The notes that all drafts were distilled into, split at their four headings. */
function workspace() {
  if (!fold.workspace) return null;
  const found = new Map();
  let head = "";
  for (const line of fold.workspace.split("\n")) {
    const name = line.match(/^[#*\s_]*(agreed|disputed|facts|open)[:*_\s]*(.*)$/i);
    if (name) {
      head = name[1].toLowerCase();
      found.set(head, name[2] ? [name[2]] : []);
    } else if (line.trim() && head) found.get(head).push(line.replace(/^\s*[-*•]\s*/, ""));
  }
  if (!found.size) return h("div", { class: "side-notes" }, h("p", { dir: "auto" }, fold.workspace));
  return h("div", { class: "notes" }, Object.entries(HEADS).filter(([name]) => found.get(name)?.length).map(([name, kind]) =>
    h("div", { class: "side-notes" }, h("h3", { class: `badge ${kind}` }, t(`notes_${name}`)), h("ul", {}, found.get(name).map((line) => h("li", { dir: "auto" }, line.replaceAll("**", "")))))));
}

function sureness() {
  const parts = [];
  if (fold.check) parts.push(fold.check.agreed ? t("check_agreed") : fold.check.problems?.length ? t("check_problems", { problems: fold.check.problems.join("; ") }) : t("check_disagreed"));
  const unfinished = fold.confidence?.unfinished ?? [];
  if (unfinished.length) parts.push(t("unfinished", { names: unfinished.join(", ") }));
  return parts.length ? h("p", { class: "soft" }, parts.join(" ")) : null;
}

place.stop.addEventListener("click", () => exchange?.stop());
begin();
