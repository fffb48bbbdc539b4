// The lanes of a run: who works on what, since when, drawn against time; a lane opens to its draft.

import { partRow, showRows, sourceRow, stepName } from "./exchange.js";
import { badge, closes, dialog, folded, h, note, say, shows } from "./parts.js";
import { Messages } from "./rendered.js";
import { named, span, t, tokenCount } from "./words.js";

const COLOURS = 8;
const BADGES = { done: "good", failed: "bad", cut: "warn", going: "going" };
const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

export class Lanes {
  rows = new Map(); // key -> what is drawn of it
  drafts = new Map(); // lane id -> the Messages of its draft
  ruler = h("span.track");
  axis = h("div.lanes-axis", { ariaHidden: true }, h("span"), this.ruler, h("span"));
  list = h("ul.lanes");
  element = h("div.lanes-box", this.axis, this.list);

  draft(lane) {
    if (!this.drafts.has(lane)) this.drafts.set(lane, new Messages(h("div.prose")));
    return this.drafts.get(lane);
  }

  /** Draw the state of the fold at `now` (milliseconds); `told` is what the server tells of the lanes. */
  draw(fold, now, told) {
    Object.assign(this, { fold, told });
    const spent = new Map(told.map(({ id, tokens }) => [id, tokens.input + tokens.output]));
    const start = fold.started || now;
    const end = Math.max(fold.ended || now, start + 1);
    const length = end - start;
    this.ticks(length / 1000);
    const entries = [
      ...fold.steps.filter((step) => !step.silent).map((step, n) => ({ key: `step ${n}`, step, from: step.started, to: step.ended || now })),
      ...[...fold.lanes.values()].map((lane, n) => ({ key: lane.id, lane, n, from: lane.started, to: lane.ended || now })),
    ].sort((a, b) => a.from - b.from);
    entries.forEach((entry, place) => {
      if (!this.rows.has(entry.key)) this.rows.set(entry.key, entry.lane ? this.laneRow(entry) : this.stepRow(entry));
      const row = this.rows.get(entry.key);
      if (this.list.children[place] !== row.element) this.list.insertBefore(row.element, this.list.children[place] ?? null);
      const left = Math.max(0, (entry.from - start) / length);
      const width = Math.max(0.004, (entry.to - entry.from) / length);
      row.bar.style.transform = `translateX(${(document.dir === "rtl" ? -left : left) * 100}%) scaleX(${width})`;
      if (entry.lane) this.drawLane(row, entry.lane, now, spent.get(entry.lane.id) ?? 0);
      else say(row.time, span((entry.to - entry.from) / 1000));
    });
  }

  stepRow({ step }) {
    const bar = h("i.step-bar");
    const time = h("span.lane-spent");
    return { bar, time, element: h("li.lane.step", h("span.lane-name", h("span", stepName(step.name))), h("span.track", bar), time) };
  }

  laneRow({ lane, n }) {
    const bar = h("i");
    const time = h("span.lane-spent");
    const now = h("span.lane-now");
    const button = h("button.lane", { onclick: () => this.open(this.fold.lanes.get(lane.id)) },
      h("span.lane-title", h("span.lane-name", h("i"), h("span", agentName(lane))), now),
      h("span.track", bar), time);
    return { bar, time, now, button, element: h("li", { "--lane": `var(--lane-${(n % COLOURS) + 1})` }, button) };
  }

  drawLane(row, lane, now, spent) {
    const tokens = this.fold.going ? Math.max(row.tokens ?? 0, spent + lane.coming) : spent || row.tokens || 0;
    row.tokens = tokens;
    say(row.time, `${tokenCount(tokens)} · ${span(((lane.ended || now) - lane.started) / 1000)}`);
    const doing = lane.state === "going" ? doingOf(lane) : lane.state === "done" ? lane.result ?? lane.task : lane.error || t(`lane_${lane.state}`);
    say(row.now, doing || lane.task);
    row.element.dataset.state = lane.state;
    if (row.state !== lane.state) {
      row.state = lane.state;
      row.button.ariaLabel = `${agentName(lane)}: ${lane.task}. ${t(`lane_${lane.state}`)}`;
    }
  }

  ticks(seconds) {
    const step = TICKS.find((each) => seconds / each <= 8) ?? Math.ceil(seconds / 8 / 3600) * 3600;
    const count = Math.floor(seconds / step);
    if (!shows(this.axis, [step, count])) this.ruler.replaceChildren(...Array.from({ length: count }, (_, n) => h("i", h("span", span((n + 1) * step)))));
    [...this.ruler.children].forEach((tick, n) => {
      const part = ((n + 1) * step) / seconds;
      tick.style.insetInlineStart = `${part * 100}%`;
      tick.hidden = part > 0.98;
    });
  }

  /** A lane from near: its task, its draft as it stands, tools and what they gave. */
  open(lane) {
    if (!lane) return;
    const { sources = [] } = this.told.find(({ id }) => id === lane.id) ?? {};
    const steps = h("ol");
    showRows(steps, lane.parts.map(partRow).filter(Boolean));
    dialog(agentName(lane), h("div.form",
      h("p.soft", { dir: "auto" }, lane.task),
      h("p.how", badge(BADGES[lane.state], t(`lane_${lane.state}`)), lane.error && h("span", lane.error)),
      lane.check && note("warn", "warn", h("p", t("wrong_sums"))),
      this.draft(lane.id).element, h("p.quiet.none", t("no_words_yet")),
      sources.length > 0 && h("ol.sources", { "aria-label": t("sources") }, sources.map(sourceRow)),
      steps.firstChild && folded(t("steps"), steps),
    ), [closes(t("close"), "")], { wide: true });
  }
}

export function agentName(lane) {
  const own = lane.id.split("/").pop();
  const [number] = own.match(/[1-9]\d*$/) ?? [""];
  return named("lane_name", own) || `${named("agent", lane.name) || lane.name} ${number}`.trim();
}

function doingOf({ now, text }) {
  if (now === "writes") return `${t("writes")} ${text.slice(-80).replace(/\s+/g, " ")}`;
  return now && now !== "thinks" ? t("uses_tool", { tool: now }) : t("thinks");
}
