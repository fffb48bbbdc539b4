// Cost and tokens by day and mode, drawn.

import { ask } from "./api.js";
import { choices, content, doings, empty, figures, fill, folded, h, shape, table } from "./parts.js";
import "./shell.js";
import { compact, cost, dates, number, t } from "./words.js";

const MODES = ["exact", "instant", "thinking", "contemplating"];
const COLOUR = { exact: 3, instant: 1, thinking: 2, contemplating: 4 };
const MEASURES = { tokens: ({ tokens }) => tokens.input + tokens.output, cost: (row) => row.cost, runs: (row) => row.runs };
let days = 30;
let measure = "tokens";
let found = null;
let today = ""; // in the person's zone

doings.append(
  choices(t("measure"), [["tokens", t("tokens_label")], ["cost", t("cost")], ["runs", t("runs")]], measure, (value) => { measure = value; if (found) content.replaceChildren(...draw(found)); }),
  choices(t("span"), [[7, t("n_days", { n: 7 })], [30, t("n_days", { n: 30 })], [90, t("n_days", { n: 90 })]], days, (value) => { days = value; load(); }));

const load = () => fill(content, () => ask("GET", `/v1/usage?days=${days}`), (given) => { today = given.today; return draw((found = given.days)); });
const short = dates({ day: "numeric", month: "short", timeZone: "UTC" });
const nameOf = (day) => short.format(new Date(`${day}T00:00Z`));
const show = (value) => (measure === "cost" ? cost(value) || "0" : compact(value));
const sum = (rows) => rows.reduce((all, row) => all + MEASURES[measure](row), 0);

function draw(rows) {
  const total = (mode) => sum(rows.filter((row) => !mode || row.mode === mode));
  const modes = [...new Set([...MODES, ...rows.map((row) => row.mode)])].filter((mode) => mode && rows.some((row) => row.mode === mode));
  if (!rows.length) return [empty(t("none"), t("none_words"))];
  const cells = (row) => [nameOf(row.day), t(`mode_${row.mode}`), number(row.runs), compact(row.tokens.input), compact(row.tokens.output), cost(row.cost) || "–"];
  return [
    figures([[t("all"), show(total())], ...modes.map((mode) => [key(mode), show(total(mode))])]),
    chart(rows, modes),
    folded(t("as_table"), table(t("as_table"), ["day", "mode", "runs", "tokens_in", "tokens_out", "cost"].map((each) => t(each)),
      h("tbody", rows.map((row) => h("tr", cells(row).map((words, n) => h("td", { class: n > 1 ? "number" : "" }, words))))), (n) => n > 1)),
  ];
}

function key(mode) {
  return h("span.with-icon", h("i.key", { "--lane": `var(--lane-${COLOUR[mode] ?? 8})` }), t(`mode_${mode}`));
}

/** Stacked columns, a day each, from the first of the span to today. */
function chart(rows, modes) {
  const W = 920, H = 260, LEFT = 56, RIGHT = 24, BOTTOM = 24;
  const all = Array.from({ length: days }, (_, n) => new Date(Date.parse(`${today}T00:00Z`) - (days - 1 - n) * 86_400_000).toISOString().slice(0, 10));
  const sums = all.map((day) => modes.map((mode) => sum(rows.filter((row) => row.day === day && row.mode === mode))));
  const most = Math.max(...sums.map((parts) => parts.reduce((a, b) => a + b, 0)), 0) || 1;
  const step = nice(most / 4);
  const top = Math.ceil(most / step) * step;
  const y = (value) => H - BOTTOM - (value / top) * (H - BOTTOM - 12);
  const width = (W - LEFT - RIGHT) / days;
  const svg = shape("svg", { viewBox: `0 0 ${W} ${H}`, class: "chart", role: "img", "aria-label": t("chart_words", { measure: t(measure === "tokens" ? "tokens_label" : measure), n: days, all: show(sums.flat().reduce((a, b) => a + b, 0)) }) });
  for (let value = 0; value <= top + step / 2; value += step) {
    svg.append(shape("line", { x1: LEFT, x2: W - RIGHT, y1: y(value), y2: y(value), class: "grid" }), shape("text", { x: LEFT - 8, y: y(value) + 4, class: "tick", "text-anchor": "end" }, show(value)));
  }
  all.forEach((day, n) => {
    let base = 0;
    const group = shape("g", {}, shape("title", {}, `${nameOf(day)}: ${modes.map((mode, m) => `${t(`mode_${mode}`)} ${show(sums[n][m])}`).join(", ")}`),
      shape("rect", { x: LEFT + n * width, y: 0, width, height: H - BOTTOM, class: "hit" }));
    sums[n].forEach((value, m) => {
      if (!value) return;
      const bar = shape("rect", { x: LEFT + n * width + width * 0.14, width: width * 0.72, y: y(base + value), height: Math.max(1, y(base) - y(base + value)), rx: 1 });
      bar.style.fill = `var(--lane-${COLOUR[modes[m]] ?? 8})`;
      group.append(bar);
      base += value;
    });
    svg.append(group);
    if ((days - 1 - n) % Math.ceil(days / 8) === 0) svg.append(shape("text", { x: LEFT + (n + 0.5) * width, y: H - 6, class: "tick", "text-anchor": "middle" }, nameOf(day)));
  });
  return h("div.scroll", { tabindex: "0" }, svg);
}

function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].find((each) => each * power >= value) * power;
}

load();
