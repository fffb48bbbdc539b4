// The lanes of a run: who works on what, since when, drawn against time; a lane opens to its draft.

import { stepName } from "./exchange.js";
import { dialog, folded, h, icon } from "./parts.js";
import { Rendered } from "./rendered.js";
import { compact, span, t } from "./words.js";

const COLOURS = 8;
const TICKS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

export class Lanes {
  constructor(run) {
    this.run = run;
    this.rows = new Map(); // key -> what is drawn of it
    this.drafts = new Map(); // lane id -> {element, rendered: Map}
    this.axis = h("div", { class: "lanes-axis", "aria-hidden": "true" });
    this.list = h("ul", { class: "lanes" });
    this.element = h("div", { class: "lanes-box" }, this.axis, this.list);
  }

  /** Words of a draft, as the server rendered them. */
  rendered(lane, value) {
    const draft = this.draft(lane);
    if (value.messageId?.endsWith("/reasoning")) return;
    let rendered = draft.messages.get(value.messageId);
    if (!rendered) {
      const place = h("div", { class: "message" });
      draft.element.append(place);
      draft.messages.set(value.messageId, (rendered = new Rendered(place)));
    }
    rendered.apply(value);
  }

  draft(lane) {
    let draft = this.drafts.get(lane);
    if (!draft) this.drafts.set(lane, (draft = { element: h("div", { class: "prose" }), messages: new Map() }));
    return draft;
  }

  /** Draw the state of the fold at `now` (milliseconds). */
  draw(fold, now, spentBy = new Map()) {
    const start = fold.started || now;
    const end = Math.max(fold.ended || now, start + 1);
    const length = end - start;
    this.ticks(length / 1000);
    const entries = [
      ...fold.steps.filter((step) => !step.silent).map((step, n) => ({ key: `step ${n}`, step, from: step.started, to: step.ended || now })),
      ...[...fold.lanes.values()].map((lane, n) => ({ key: lane.id, lane, n, from: lane.started, to: lane.ended || now })),
    ].sort((a, b) => a.from - b.from);
    entries.forEach((entry, place) => {
      let row = this.rows.get(entry.key);
      if (!row) {
        row = entry.lane ? this.laneRow(entry) : this.stepRow(entry);
        this.rows.set(entry.key, row);
      }
      if (this.list.children[place] !== row.element) this.list.insertBefore(row.element, this.list.children[place] ?? null);
      const left = Math.max(0, (entry.from - start) / length);
      const width = Math.max(0.004, (entry.to - entry.from) / length);
      row.bar.style.transform = `translateX(${(document.dir === "rtl" ? -left : left) * 100}%) scaleX(${width})`;
      if (entry.lane) this.drawLane(row, entry.lane, fold, now, spentBy.get(entry.lane.id.slice(this.run.length + 1)));
      else set(row.time, span((entry.to - entry.from) / 1000));
    });
  }

  stepRow({ step }) {
    const bar = h("i", { class: "step-bar" });
    const time = h("span", { class: "lane-spent" });
    const element = h("li", { class: "lane step" },
      h("span", { class: "lane-name" }, h("span", {}, stepName(step.name))), h("span", { class: "track" }, bar), time);
    return { element, bar, time };
  }

  laneRow({ lane, n }) {
    const bar = h("i", {});
    const time = h("span", { class: "lane-spent" });
    const now = h("span", { class: "lane-now" });
    const mark = h("i", {});
    const button = h("button", { type: "button", class: "lane", onclick: () => this.open(this.fold.lanes.get(lane.id)) },
      h("span", { class: "lane-title" }, h("span", { class: "lane-name" }, mark, h("span", {}, agentName(lane, n))), now),
      h("span", { class: "track" }, bar), time);
    const element = h("li", {}, button);
    element.style.setProperty("--lane", `var(--lane-${(n % COLOURS) + 1})`);
    return { element, bar, time, now, button };
  }

  drawLane(row, lane, fold, now, spent) {
    this.fold = fold;
    const seconds = ((lane.ended || now) - lane.started) / 1000;
    const tokens = spent?.tokens || lane.pieces;
    set(row.time, `${t("tokens", { n: tokens, shown: compact(tokens) })} · ${span(seconds)}`);
    const doing = lane.state === "going" ? doingOf(lane) : lane.state === "done" ? lane.result ?? lane.task : lane.error || t(`lane_${lane.state}`);
    set(row.now, doing || lane.task);
    row.element.dataset.state = lane.state;
    if (row.state !== lane.state) {
      row.state = lane.state;
      row.button.setAttribute("aria-label", `${agentName(lane)}: ${lane.task}. ${t(`lane_${lane.state}`)}`);
    }
  }

  ticks(seconds) {
    const step = TICKS.find((each) => seconds / each <= 8) ?? Math.ceil(seconds / 8 / 3600) * 3600;
    const count = Math.floor(seconds / step);
    const wanted = `${step} ${count}`;
    if (this.axis.dataset.drawn !== wanted) {
      this.axis.dataset.drawn = wanted;
      this.axis.replaceChildren(h("span"), h("span", { class: "track" }, Array.from({ length: count }, (_, n) => h("i", {}, h("span", {}, span((n + 1) * step))))), h("span"));
    }
    [...(this.axis.children[1]?.children ?? [])].forEach((tick, n) => {
      const part = ((n + 1) * step) / seconds;
      tick.style.insetInlineStart = `${part * 100}%`;
      tick.hidden = part > 0.98;
    });
  }

  /** A lane from near: its task, its draft as it stands, tools and what they gave. */
  open(lane) {
    if (!lane) return;
    const tools = lane.parts.filter((part) => part.kind === "tool");
    const thoughts = lane.parts.filter((part) => part.kind === "thought" && part.text.trim());
    const draft = this.draft(lane.id).element;
    dialog(agentName(lane), h("div", { class: "form" },
      h("p", { class: "soft", dir: "auto" }, lane.task),
      h("p", { class: "how" }, h("span", { class: `badge ${{ done: "good", failed: "bad", cut: "warn", going: "going" }[lane.state]}` }, t(`lane_${lane.state}`)), lane.error && h("span", {}, lane.error)),
      lane.check && h("p", { class: "note warn" }, icon("warn"), h("span", {}, t("wrong_sums"))),
      draft.firstChild || lane.text ? draft : h("p", { class: "quiet" }, t("no_words_yet")),
      thoughts.length ? folded(t("thought"), h("ol", {}, thoughts.map((part) => h("li", {}, h("span", { class: "said", dir: "auto", tabindex: "0" }, part.text))))) : null,
      tools.length ? folded(t("n_tools", { n: tools.length }), h("ol", {}, tools.map((tool) => h("li", {}, h("b", {}, tool.name), h("span", { class: "said", dir: "auto", tabindex: "0" }, [tool.arguments, tool.result.slice(0, 4000)].filter(Boolean).join("\n→ ")))))) : null,
    ), [h("button", { class: "button", value: "" }, t("close"))], { wide: true });
    if (!draft.firstChild && lane.text) draft.append(h("p", {}, lane.text));
  }
}

export function agentName(lane) {
  const own = lane.id.split("/").pop();
  const [, base, number] = own.match(/^(.*?)-?0*(\d+)$/) ?? [null, own, ""];
  const words = t(`lane_name_${base}`, { n: number });
  return words.startsWith("lane_name_") ? `${t(`agent_${lane.name}`).replace(/^agent_/, "")} ${number}`.trim() : words;
}

function doingOf(lane) {
  if (lane.now === "writes") return `${t("writes")} ${lane.text.slice(-80).replace(/\s+/g, " ")}`;
  if (lane.now === "thinks" || !lane.now) return t("thinks");
  return t("uses_tool", { tool: lane.now });
}

function set(element, words) {
  if (element.textContent !== words) element.textContent = words;
}
