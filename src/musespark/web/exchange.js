// A question and its answer: one run of a conversation, kept or under way.

import { ask, path } from "./api.js";
import { showCards } from "./cards.js";
import { showEvidence } from "./evidence.js";
import { filesOf, shownFile } from "./files.js";
import { Fold } from "./fold.js";
import { button, copy, h, icon, iconButton, line, moment, opens, parted, say, shows, template, toast, trouble } from "./parts.js";
import { Messages } from "./rendered.js";
import { follow } from "./stream.js";
import { cost, listed, named, span, t, tokenCount } from "./words.js";

export const MODES = ["auto", "instant", "thinking", "contemplating"];
const LONG = 900; // characters of a question that are shown at first

export function modeRows(chosen, act, modes = MODES) {
  return modes.map((mode) => ({
    icon: mode, words: t(`mode_${mode}`), hint: t(`mode_${mode}_hint`), checked: mode === chosen, act: () => act(mode),
  }));
}

/** `run` is a run as GET /v1/conversations/{id} gives it; `talk` is the page: `edit(exchange)`,
 *  `again(exchange, mode)`, `version(run)`, `ended(exchange)`; `files` are those that were just given. */
export class Exchange {
  constructor(run, talk, files = null) {
    Object.assign(this, { run, talk, files, fold: null, words: "", stopping: new AbortController() });
    this.frame = 0; // the picture in which the news will be drawn
    this.build();
    this.showKept();
  }

  get going() {
    return this.run.state === "running";
  }

  build() {
    const { text } = this.run.question;
    this.element = template("exchange");
    Object.assign(this, parted(this.element)); // question, how, steps, prose …
    this.element.dataset.run = this.run.id;
    const { question, more } = this;
    question.textContent = text;
    more.hidden = !question.classList.toggle("long", text.length > LONG);
    more.onclick = () => { more.textContent = t(question.classList.toggle("long") ? "show_all" : "show_less"); };
    this.change.onclick = () => this.talk.edit(this);
    if (!this.talk.edit) this.change.remove();
    this.given.append(...(this.files ?? filesOf(this.run)).map(shownFile));
    this.given.hidden = !this.given.firstChild;
    this.steps.ontoggle = () => this.steps.open && this.showSteps(true);
    this.messages = new Messages(this.prose);
    this.element.onclick = (event) => this.clicked(event);
  }

  /** What the server keeps of it. */
  showKept() {
    const { run } = this;
    this.showHow(run.mode, run.reason);
    const { text = "", html } = run.answer ?? {};
    this.words = text;
    if (html) this.rendered({ end: true, whole: html });
    this.showSources(run.sources ?? []);
    this.showNotes(run.notices ?? []);
    showCards(this.cards, { memory: run.memory }, run.id);
    if (!this.going) this.showEnd();
    if (run.mode === "thinking" || run.mode === "contemplating") this.offerSteps();
  }

  showHow(mode, reason) {
    if (!mode) return this.how.replaceChildren(h("span.badge.going", t("choosing_mode")));
    const change = this.talk.again && button({ class: "plain small", ...opens(() => modeRows(mode, (wanted) => this.talk.again(this, wanted), MODES.slice(1))) }, t("change_mode"));
    this.how.replaceChildren(icon(mode), h("b", t(`mode_${mode}`)), h("span", reason), change || "");
  }

  /** Follow the run while it goes on. `begin` is the request that starts it, or null to join it. */
  async join(begin = null) {
    this.run.state = "running";
    this.fold = new Fold();
    this.messages.clear();
    this.words = "";
    this.notes.replaceChildren();
    this.element.classList.add("open");
    this.prose.ariaBusy = true;
    this.showFoot();
    try {
      const { signal } = this.stopping;
      await follow(this.run.id, begin, (events) => this.take(events), { signal, lost: (gone) => this.showLost(gone) });
    } catch (error) {
      if (error.name === "AbortError") return;
      const { status, code, message } = error;
      const unsent = begin !== null; // refused before it began
      Object.assign(this.run, { state: "failed", unsent, error: { code, message: status === 0 ? t("unreachable_unsent") : message } });
    }
    if (this.stopping.signal.aborted) return;
    const { going, state, error, mode = this.run.mode, started, ended, usage } = this.fold;
    if (!going) Object.assign(this.run, { state, error, mode, usage, seconds: started ? (ended - started) / 1000 : null });
    this.prose.ariaBusy = null;
    this.draw();
    this.showEnd();
    this.talk.ended?.(this);
  }

  /** Look no longer: another branch or conversation is shown. The run itself goes on. */
  leave() {
    this.stopping.abort();
    cancelAnimationFrame(this.frame);
  }

  take(events) {
    this.fold.take(events);
    for (const { type, name, value, delta } of events.filter(({ subagentRunId }) => !subagentRunId)) {
      if (type === "TEXT_MESSAGE_CONTENT") this.words += delta;
      else if (name === "musespark.html") this.rendered(value);
      else if (name === "musespark.discarded") this.messages.discard(value.messageId);
    }
    if (!this.frame) this.frame = requestAnimationFrame(() => { this.frame = 0; this.draw(); });
  }

  rendered(value) {
    const place = this.messages.apply(value);
    if (place && value.end) listings(place);
  }

  /** What has to be looked at no more often than the screen shows it. */
  draw() {
    const { fold } = this;
    if (!fold) return;
    if (fold.mode && !shows(this.how, fold.mode)) this.showHow(fold.mode, fold.reason);
    const steps = fold.steps.filter((step) => !step.silent || step.parts.length);
    if (steps.length || fold.lanes.size) {
      this.offerSteps(summary(fold));
      if (this.steps.open) this.showSteps(false);
    }
    this.prose.classList.toggle("caret", this.going && fold.going && !this.prose.firstChild);
    showCards(this.cards, fold, this.run.id);
    if (fold.sources.length) this.showSources(fold.sources);
    if (!shows(this.notes, fold.notices)) this.showNotes(fold.notices);
    if (fold.lanes.size) this.showInside();
    this.talk.grew?.(this); // once a picture: it looks where things are
  }

  offerSteps(words = t("steps")) {
    this.steps.hidden = false;
    say(this.steps.querySelector("summary > span"), words);
  }

  /** The steps, folded from the events; those of a kept run are fetched when they are wanted. */
  async showSteps(fetching) {
    const list = this.steps.lastChild;
    if (!this.fold && fetching) {
      const kept = new Fold();
      try {
        await follow(this.run.id, null, (events) => kept.take(events), this.stopping);
      } catch (error) {
        return list.replaceChildren(h("li", error.message));
      }
      this.fold = kept;
      this.offerSteps(summary(kept));
    }
    if (!this.fold) return;
    showRows(list, this.fold.steps.flatMap((step) => [
      !step.silent && { bold: stepName(step.name), said: step.task, going: !step.ended, time: step.ended && (step.ended - step.started) / 1000 },
      ...step.parts.map(partRow),
    ]).filter(Boolean));
  }

  showInside() {
    const lanes = [...this.fold.lanes.values()];
    const done = lanes.filter((lane) => lane.state === "done").length;
    const words = t("agents_at_work", { n: lanes.length, done });
    if (shows(this.inside, words)) return;
    this.inside.hidden = false;
    this.inside.replaceChildren(icon("contemplating"), h("span", words), this.run.hidden ? "" : h("a", { href: path`/runs/${this.run.id}` }, t("look_inside")));
  }

  showSources(sources) {
    if (shows(this.sources, sources)) return;
    this.found = sources.map((each) => ({ ...each, place: each.page || !each.box ? each.place : "" })); // a box is drawn
    this.sources.hidden = !sources.length;
    this.sources.replaceChildren(...this.found.map(sourceRow));
  }

  showNotes(notices) {
    this.notes.replaceChildren(...notices.filter(({ text }) => text).map(({ text }) => line("info", text)));
  }

  showLost(gone) {
    if (gone) this.notes.append((this.lost ??= line("offline", t("connection_lost"))));
    else this.lost?.remove();
  }

  showEnd() {
    const { run } = this;
    this.lost?.remove();
    if (!run.mode) this.how.replaceChildren();
    if (run.state === "failed" || run.state === "interrupted") {
      const message = run.error?.message || t("interrupted");
      this.notes.append(trouble({ message }, this.talk.again && (() => this.talk.again(this, ""))));
    } else if (run.state === "cancelled") this.notes.append(line("stop", t("stopped")));
    if (!this.prose.firstChild && this.words) this.prose.replaceChildren(h("p", this.words));
    this.showFoot();
  }

  showFoot() {
    const { run } = this;
    if (this.going) return this.foot.replaceChildren();
    const { versions = [] } = run;
    const at = versions.indexOf(run.id);
    const turn = (kind, label, to) => iconButton(kind, label, { disabled: !versions[to], onclick: () => this.talk.version(versions[to]) });
    const { input = 0, output = 0 } = run.usage ?? {};
    const spent = listed(span(run.seconds), input + output > 0 && tokenCount(input + output), cost(run.cost));
    this.foot.replaceChildren(...[
      this.words && iconButton("copy.small", t("copy_answer"), ({ currentTarget }) => copy(this.words, currentTarget)),
      this.talk.again && iconButton("again.small", t("again"), opens(() => modeRows("", (mode) => this.talk.again(this, mode)))),
      versions.length > 1 && h("span.versions", { role: "group", "aria-label": t("versions") },
        turn("left.small", t("version_before"), at - 1), h("span", t("version_of", { n: at + 1, all: versions.length })), turn("right.small", t("version_after"), at + 1)),
      !run.unsent && !run.hidden && this.talk.again && iconButton("runs.small", t("look_inside"), { href: path`/runs/${run.id}` }),
      h("span.spent", spent),
      run.started && moment(run.started),
    ].filter(Boolean));
  }

  stop() {
    const ended = ({ status, message }) => status === 404 || toast(message);
    return ask("POST", path`/v1/runs/${this.run.id}/cancel`).catch(ended);
  }

  clicked(event) {
    const cite = event.target.closest("a.cite");
    if (!cite) return;
    event.preventDefault();
    showEvidence(this.found, this.found.findIndex(({ id }) => String(id) === cite.dataset.source));
  }
}

function listings(place) {
  for (const head of place.querySelectorAll(".code-head:not(:has(.copy))")) {
    head.append(iconButton("copy.small.copy", t("copy"), ({ currentTarget }) => copy(head.nextSibling.textContent, currentTarget)));
  }
}

/** A source of an answer; its number opens it. */
export function sourceRow({ id, url = "", title, place, quote }, at, sources) {
  const name = title || url || t("attached_text");
  return h("li", h("button.cite", { "aria-haspopup": "dialog", "aria-label": t("open_evidence", { title: name }), onclick: () => showEvidence(sources, at) }, String(id)), h("div",
    /^https?:\/\//i.test(url) ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, name) : h("span", name),
    place && h("span.quiet", ` ${place}`), /^data:image\/svg\+xml;base64,/.test(url)
      ? h("img.chart", { src: url, alt: `${name}\n${quote ?? ""}` }) // a chart that a tool drew; in an <img> nothing runs
      : quote && h("q", { dir: "auto" }, quote)));
}

export const stepName = (name) => named("step", name) || name;

export function partRow({ kind, text, name, arguments: given, result, ended }) {
  if (kind === "thought") return !/^\s*[[{]/.test(text) && { bold: t("thought"), said: text }; // not a form filled in for us
  const got = result.length > 2000 ? `${result.slice(0, 2000)} …` : result;
  return { bold: name, said: [given, got].filter(Boolean).join("\n→ "), going: !ended };
}

/** Show rows in a list, {bold, said, going, time} each; those that stand there already stay. */
export function showRows(list, rows) {
  rows.forEach((row, place) => {
    const item = list.children[place] ?? list.appendChild(h("li"));
    if (shows(item, row)) return;
    const said = row.said && h("span.said", { dir: "auto", tabindex: "0" }, row.said);
    item.replaceChildren(h(row.going ? "b.badge.going" : "b", row.bold), row.time ? ` ${span(row.time)}` : "", said || "");
    if (said && row.going) said.scrollTop = said.scrollHeight;
  });
  while (list.children.length > rows.length) list.lastChild.remove();
}

function summary(fold) {
  const { tools, started, ended } = fold;
  const steps = fold.steps.filter((step) => !step.silent).length;
  const open = fold.going && fold.steps.findLast((step) => !step.ended && !step.silent);
  if (open) return `${stepName(open.name)}${open.task ? `: ${open.task}` : " …"}`;
  return listed(steps && t("n_steps", { n: steps }), tools && t("n_tools", { n: tools }), !steps && !tools && t("thought"), ended && started && span((ended - started) / 1000));
}
