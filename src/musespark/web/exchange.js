// A question and its answer: one run of a conversation, kept or under way.

import { ask, path } from "./api.js";
import { showEvidence } from "./evidence.js";
import { filesOf, shownFile } from "./files.js";
import { Fold } from "./fold.js";
import { attempt, button, copy, h, icon, iconButton, line, note, opens, parted, say, shows, template } from "./parts.js";
import { Messages } from "./rendered.js";
import { follow } from "./stream.js";
import { cost, span, t, tokenCount, when, whenExactly } from "./words.js";

export const MODES = ["auto", "instant", "thinking", "contemplating"];
const LONG = 900; // characters of a question that are shown at first

/** The rows of a menu that choose a mode. */
export function modeRows(chosen, act, modes = MODES) {
  return modes.map((mode) => ({
    icon: mode, words: t(`mode_${mode}`), hint: t(`mode_${mode}_hint`), checked: mode === chosen, act: () => act(mode),
  }));
}

/**
 * `run` is a run as GET /v1/conversations/{id} gives it; `talk` is the page: `edit(exchange)`,
 * `again(exchange, mode)`, `version(run)`, `ended(exchange)`; `files` are those that were just given.
 */
export class Exchange {
  constructor(run, talk, files = null) {
    this.run = run;
    this.talk = talk;
    this.files = files;
    this.fold = null;
    this.words = "";
    this.frame = 0; // the picture in which the news will be drawn
    this.stopping = new AbortController();
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
    this.question.textContent = text;
    this.more.hidden = !this.question.classList.toggle("long", text.length > LONG);
    this.more.onclick = () => { this.more.textContent = t(this.question.classList.toggle("long") ? "show_all" : "show_less"); };
    if (this.talk.edit) this.change.onclick = () => this.talk.edit(this);
    else this.change.remove();
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
    const answer = run.answer;
    this.words = answer?.text ?? "";
    if (answer?.html) listings(this.messages.apply({ end: true, whole: answer.html }));
    this.showSources(run.sources ?? []);
    this.showNotes(run.notices ?? []);
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
    this.prose.setAttribute("aria-busy", "true");
    this.showFoot();
    try {
      await follow(this.run.id, begin, (events) => this.take(events), {
        signal: this.stopping.signal,
        lost: (gone) => this.showLost(gone),
      });
    } catch (error) {
      if (error.name === "AbortError") return;
      this.run.state = "failed";
      this.run.error = { message: error.status === 0 ? t("unreachable_unsent") : error.message, code: error.code };
      this.run.unsent = begin !== null; // refused before it began
    }
    if (this.stopping.signal.aborted) return;
    const fold = this.fold;
    if (!fold.going) {
      this.run.state = fold.state;
      this.run.error = fold.error;
      this.run.mode = fold.mode || this.run.mode;
      this.run.seconds = fold.started ? (fold.ended - fold.started) / 1000 : null;
      this.run.usage = fold.usage;
    }
    this.prose.removeAttribute("aria-busy");
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
    for (const event of events) {
      if (event.subagentRunId) continue;
      if (event.type === "TEXT_MESSAGE_CONTENT") this.words += event.delta;
      else if (event.name === "musespark.html") this.rendered(event.value);
      else if (event.name === "musespark.discarded") this.messages.discard(event.value.messageId);
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
    if (!this.fold && fetching) {
      const kept = new Fold();
      try {
        await follow(this.run.id, null, (events) => kept.take(events), { signal: this.stopping.signal });
      } catch (error) {
        return this.steps.querySelector("ol").replaceChildren(h("li", error.message));
      }
      this.fold = kept;
      this.offerSteps(summary(kept));
    }
    if (!this.fold) return;
    showRows(this.steps.querySelector("ol"), this.fold.steps.flatMap((step) => [
      !step.silent && { bold: stepName(step.name), said: step.task, state: step.ended ? "" : "going", time: step.ended ? (step.ended - step.started) / 1000 : null },
      ...step.parts.map(partRow),
    ]).filter(Boolean));
  }

  showInside() {
    const lanes = [...this.fold.lanes.values()];
    const done = lanes.filter((lane) => lane.state === "done").length;
    const words = t("agents_at_work", { n: lanes.length, done });
    if (shows(this.inside, words)) return;
    this.inside.hidden = false;
    this.inside.replaceChildren(icon("contemplating"), h("span", words), h("a", { href: path`/runs/${this.run.id}` }, t("look_inside")));
  }

  showSources(sources) {
    if (shows(this.sources, sources)) return;
    this.found = sources;
    this.sources.hidden = !sources.length;
    this.sources.replaceChildren(...sources.map(sourceRow));
  }

  showNotes(notices) {
    this.notes.replaceChildren(...notices.filter((notice) => notice.text).map((notice) => line("info", notice.text)));
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
      this.notes.append(note("bad", "warn", h("p", run.error?.message || t("interrupted")),
        this.talk.again && h("div.buttons", button(() => this.talk.again(this, ""), icon("again"), t("try_again")))));
    } else if (run.state === "cancelled") this.notes.append(line("stop", t("stopped")));
    if (!this.prose.firstChild && this.words) this.prose.replaceChildren(h("p", this.words));
    this.showFoot();
  }

  showFoot() {
    const { run } = this;
    if (this.going) return this.foot.replaceChildren();
    const at = run.versions?.indexOf(run.id) ?? -1;
    const versions = run.versions?.length > 1 && h("span.versions", { role: "group", "aria-label": t("versions") },
      iconButton("left.small", t("version_before"), { disabled: at <= 0, onclick: () => this.talk.version(run.versions[at - 1]) }),
      h("span", t("version_of", { n: at + 1, all: run.versions.length })),
      iconButton("right.small", t("version_after"), { disabled: at >= run.versions.length - 1, onclick: () => this.talk.version(run.versions[at + 1]) }));
    const { input = 0, output = 0 } = run.usage ?? {};
    const spent = [span(run.seconds), input + output > 0 && tokenCount(input + output), cost(run.cost)].filter(Boolean).join(" · ");
    const usable = !run.unsent && this.talk.again;
    this.foot.replaceChildren(...[
      this.words && iconButton("copy.small", t("copy_answer"), (event) => copy(this.words, event.currentTarget)),
      this.talk.again && iconButton("again.small", t("again"), opens(() => modeRows("", (mode) => this.talk.again(this, mode)))),
      versions,
      usable && h("a.icon-button.small", { href: path`/runs/${run.id}`, title: t("look_inside"), "aria-label": t("look_inside") }, icon("runs")),
      h("span.spent", spent),
      run.started && h("time", { datetime: run.started, title: whenExactly(run.started) }, when(run.started)),
    ].filter(Boolean));
  }

  stop() {
    return attempt(() => ask("POST", path`/v1/runs/${this.run.id}/cancel`).catch((error) => {
      if (error.status !== 404) throw error; // it has just ended
    }));
  }

  clicked(event) {
    const cite = event.target.closest("a.cite");
    if (!cite) return;
    event.preventDefault();
    const at = this.found.findIndex(({ id }) => String(id) === cite.dataset.source);
    if (at >= 0) showEvidence(this.found, at);
  }
}

/** Listings get a button that copies them. */
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

export function stepName(name) {
  const [, base, number] = name.match(/^(\D+?)-?(\d+)?$/) ?? [null, name];
  const words = t(`step_${base}`, { n: number ? Number(number) : "" });
  return words === `step_${base}` ? name : words.trim();
}

/** A tool's call or a thought as a row. */
export function partRow(part) {
  if (part.kind === "tool") {
    const result = part.result.length > 2000 ? `${part.result.slice(0, 2000)} …` : part.result;
    return { bold: part.name, said: [part.arguments, result].filter(Boolean).join("\n→ "), state: part.ended ? "" : "going" };
  }
  return /^\s*[[{]/.test(part.text) ? null : { bold: t("thought"), said: part.text, state: "" }; // a form filled in for us
}

/** Show rows in a list, {bold, said, state, time} each; those that stand there already stay. */
export function showRows(list, rows) {
  rows.forEach((row, place) => {
    const item = list.children[place] ?? list.appendChild(h("li"));
    if (shows(item, row)) return;
    const said = row.said && h("span.said", { dir: "auto", tabindex: "0" }, row.said);
    item.replaceChildren(h("b", { class: row.state === "going" ? "badge going" : "" }, row.bold), row.time ? ` ${span(row.time)}` : "", said ?? "");
    if (said && row.state === "going") said.scrollTop = said.scrollHeight;
  });
  while (list.children.length > rows.length) list.lastChild.remove();
}

function summary(fold) {
  const steps = fold.steps.filter((step) => !step.silent).length;
  const { tools } = fold;
  const parts = [];
  if (steps) parts.push(t("n_steps", { n: steps }));
  if (tools) parts.push(t("n_tools", { n: tools }));
  if (!parts.length) parts.push(t("thought"));
  if (fold.ended && fold.started) parts.push(span((fold.ended - fold.started) / 1000));
  const open = fold.going && fold.steps.findLast((step) => !step.ended && !step.silent);
  return open ? `${stepName(open.name)}${open.task ? `: ${open.task}` : " …"}` : parts.join(" · ");
}
