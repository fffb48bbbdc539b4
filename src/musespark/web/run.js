// Inside a run: lanes, budget, agreement, the answer; while it goes on and from a link afterwards.

import { ask, path } from "./api.js";
import { Exchange } from "./exchange.js";
import { Fold } from "./fold.js";
import { agentName, Lanes } from "./lanes.js";
import { attempt, byId, cancels, closes, dialog, entitle, fill, h, icon, shows, stateBadge, template, toast } from "./parts.js";
import { setCurrent } from "./conversations.js";
import "./shell.js";
import { follow } from "./stream.js";
import { compact, cost, language, number, span, t, whenExactly } from "./words.js";

const COUNTED = 2000; // milliseconds after which, at the earliest, the server is asked again what was used
const ENDS = new Set(["TEXT_MESSAGE_END", "TOOL_CALL_END", "SUBAGENT_FINISHED", "SUBAGENT_ERROR", "STEP_FINISHED"]);
const id = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const place = byId("back", "stop", "about", "spent", "work", "agreement", "answer", "said");
const fold = new Fold();
const lanes = new Lanes();
let run = null; // as the server tells of it
let exchange = null;
let asking = 0; // the timer of the next question to the server
let most = 0; // tokens that were shown
let drawn = 0;
let offset = 0; // milliseconds that the server's clock is ahead of this one

const meters = [...place.spent.querySelectorAll(".budget")];
const change = place.spent.lastElementChild;

async function begin(found) {
  run = found;
  entitle(run.question.text.slice(0, 140) || t("title"));
  place.back.href = path`/c/${run.conversation}`;
  setCurrent(run.conversation);
  exchange = new Exchange({ ...run, versions: [], answer: null, sources: [], notices: [], state: "running" }, {});
  exchange.fold = fold;
  place.answer.replaceChildren(h("h2", t("answer")), exchange.prose, exchange.notes, exchange.sources);
  place.work.replaceChildren(h("h2", t("work")), lanes.element);
  place.stop.hidden = change.hidden = run.state !== "running";
  requestAnimationFrame(tick);
  await attempt(() => follow(id, null, take, { lost: (gone) => exchange.showLost(gone) }));
  exchange.run.state = fold.going ? run.state : fold.state;
  exchange.run.error = fold.error ?? run.error;
  exchange.prose.classList.remove("caret");
  exchange.showEnd();
  place.said.textContent = t(`state_${exchange.run.state}`);
  clearTimeout(asking);
  run = await look().catch(() => run);
  draw();
  place.stop.hidden = change.hidden = true;
}

const look = () => ask("GET", path`/v1/runs/${id}`);

/** What was used is known when a model's call has ended; until then the pieces that came are counted. */
function count() {
  asking ||= setTimeout(async () => {
    if (!document.hidden) run = await look().catch(() => run);
    asking = 0;
  }, COUNTED);
}

function take(events) {
  const live = events.findLast((event) => event.timestamp);
  if (live && run.state === "running") offset = Math.max(offset, live.timestamp - Date.now());
  for (const event of events) {
    if (event.type === "CUSTOM" && event.name === "musespark.html" && event.subagentRunId) lanes.draft(event.subagentRunId).apply(event.value);
  }
  exchange.take(events);
  if (fold.going && run.state === "running" && events.some(({ type }) => ENDS.has(type))) count();
}

function tick(now) {
  if (fold.going && run.state === "running") requestAnimationFrame(tick);
  if (now - drawn < 100) return; // ten pictures a second are enough for bars that grow
  drawn = now;
  draw();
}

function draw() {
  const now = fold.ended || Date.now() + offset;
  lanes.draw(fold, now, run.lanes);
  place.work.hidden = !lanes.rows.size;
  about();
  budget(now);
  agreement();
}

function tokens() {
  const told = Math.max(run.usage?.input + run.usage?.output || 0, fold.budget?.tokens[0] ?? 0);
  if (!fold.going) return told;
  const coming = [...fold.lanes.values()].reduce((sum, lane) => sum + lane.coming, fold.coming);
  return (most = Math.max(most, told + coming));
}

const seconds = (now) => (fold.started ? ((fold.ended || now) - fold.started) / 1000 : run.seconds);

function about() {
  const state = fold.going ? run.state : fold.state;
  const agents = fold.lanes.size;
  const mode = fold.mode || run.mode;
  if (shows(place.about, [state, agents, mode, fold.reason])) return;
  place.about.replaceChildren(
    h("p.how", mode && icon(mode), mode && h("b", t(`mode_${mode}`)), h("span", fold.reason || run.reason)),
    h("p.how", stateBadge(state), run.started && h("time", { datetime: run.started }, whenExactly(run.started)), agents > 0 && h("span", t("n_agents", { n: agents }))));
}

const allowedOf = (kind) => fold.budget?.[kind]?.[1] ?? run.budget?.[kind]?.[1];

function budget(now) {
  const used = { tokens: tokens(), seconds: seconds(now), money: Math.max(run.cost ?? 0, fold.budget?.money?.[0] ?? 0) };
  const show = { tokens: compact, seconds: span, money: (value) => cost(value) || "0" };
  for (const meter of meters) {
    const { kind } = meter.dataset;
    const allowed = allowedOf(kind);
    const [words, bar] = meter.querySelectorAll("span, .meter");
    meter.hidden = allowed == null || (kind === "money" && !used.money);
    if (meter.hidden) continue;
    const part = Math.min(1, used[kind] / Math.max(allowed, 1e-9));
    bar.firstChild.style.setProperty("--part", part);
    bar.classList.toggle("full", part > 0.9);
    bar.ariaValueNow = Math.round(part * 100);
    words.textContent = t("used_of", { used: show[kind](used[kind]), allowed: show[kind](allowed) });
  }
  place.spent.hidden = meters[0].hidden && meters[1].hidden;
}

/** Raise or cut what the run may use, while it runs. */
function changeBudget() {
  const form = template("budget");
  const inputs = [...form.querySelectorAll("input")];
  form.firstElementChild.textContent = t("budget_words", { used: compact(tokens()) });
  for (const input of inputs) input.value = Math.round(allowedOf(input.name) ?? 1);
  dialog(t("change_budget"), form, [cancels(), closes(t("save"))], {
    done: async (value) => {
      const wanted = Object.fromEntries(inputs.map(({ name, value }) => [name, Math.max(1, Math.round(Number(value)))]));
      if (value && (await attempt(() => ask("PATCH", path`/v1/runs/${id}/budget`, wanted)))) toast(t("budget_changed"));
    },
  });
}

// -- agreement and disagreement, side by side

const HEADS = { agreed: "good", disputed: "warn", facts: "", open: "" };
const many = new Intl.ListFormat(language);

function agreement() {
  if (shows(place.agreement, [fold.vote, fold.workspace, fold.check, fold.confidence, [...fold.lanes.values()].map((lane) => lane.result)])) return;
  const parts = [votes(), workspace(), sureness()].filter(Boolean);
  place.agreement.hidden = !parts.length;
  place.agreement.replaceChildren(h("h2", t("agreement")), ...parts);
}

function votes() {
  if (!fold.vote?.votes) return;
  const { leader, votes: most, cast, others, probability } = fold.vote;
  const rows = [{ answer: leader, votes: most }, ...others];
  const by = (answer) => many.format([...fold.lanes.values()].filter((lane) => lane.result === answer).map(agentName));
  return h("div.votes", h("p.soft", t("votes_words", { votes: most, cast, percent: number(Math.round(probability * 100)) })),
    h("ul.sides", rows.map(({ answer, votes }, n) => h("li", { class: n ? "" : "leads" },
      h("b", { dir: "auto" }, String(answer)), h("div.meter", h("i", { "--part": votes / Math.max(cast, 1) })), h("span.quiet", t("n_votes", { n: votes })),
      h("span.quiet", by(answer))))));
}

/** The notes that all drafts were distilled into, split at their four headings. */
function workspace() {
  if (!fold.workspace) return;
  const found = {};
  let head;
  for (const line of fold.workspace.split("\n")) {
    const name = line.match(/^[#*\s_]*(agreed|disputed|facts|open)[:*_\s]*(.*)$/i);
    if (name) {
      head = name[1].toLowerCase();
      found[head] = name[2] ? [name[2]] : [];
    } else if (line.trim()) found[head]?.push(line.replace(/^\s*[-*•]\s*/, ""));
  }
  if (!head) return h("div.side-notes", h("p", { dir: "auto" }, fold.workspace));
  return h("div.notes", Object.entries(HEADS).filter(([name]) => found[name]?.length).map(([name, kind]) =>
    h("div.side-notes", h("h3", { class: `badge ${kind}` }, t(`notes_${name}`)), h("ul", found[name].map((line) => h("li", { dir: "auto" }, line.replaceAll("**", "")))))));
}

function sureness() {
  const { agreed, problems = [] } = fold.check ?? {};
  const check = agreed ? t("check_agreed") : problems.length ? t("check_problems", { problems: problems.join("; ") }) : t("check_disagreed");
  const unfinished = fold.confidence?.unfinished ?? [];
  const names = many.format(unfinished.map((name) => agentName(fold.lanes.get(`${id}/${name}`) ?? { id: name, name })));
  return (fold.check || names) && h("p.soft", fold.check && check, " ", names && t("unfinished", { names }));
}

change.onclick = changeBudget;
place.stop.onclick = () => exchange?.stop();
fill(place.about, look, (found) => void begin(found));
