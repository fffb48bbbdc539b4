// Cost and tokens by day and mode, drawn.

import { ask } from "./api.js";
import { choices, content, doings, empty, figures, fill, folded, h, table } from "./parts.js";
import "./shell.js";
import { compact, cost, dates, number, t } from "./words.js";

const COLOUR = { exact: 3, instant: 1, thinking: 2, contemplating: 4 };
const MEASURES = { tokens: ({ tokens }) => tokens.input + tokens.output, cost: (row) => row.cost, runs: (row) => row.runs };
let days = 30;
let measure = "tokens";
let found = null;

doings.append(
  choices(t("measure"), [["tokens", t("tokens_label")], ["cost", t("cost")], ["runs", t("runs")]], measure, (value) => { measure = value; if (found) content.replaceChildren(...draw(found)); }),
  choices(t("span"), [7, 30, 90].map((n) => [n, t("n_days", { n })]), days, (value) => { days = value; load(); }));

const load = () => fill(content, () => ask("GET", `/v1/usage?days=${days}`), (given) => draw((found = given)));
const short = dates({ day: "numeric", month: "short", timeZone: "UTC" });
const nameOf = (day) => short.format(new Date(`${day}T00:00Z`));
const show = (value) => (measure === "cost" ? cost(value) || "0" : compact(value));
const sum = (rows) => rows.reduce((all, row) => all + MEASURES[measure](row), 0);

function draw({ days: rows, today }) {
  const total = (mode) => sum(rows.filter((row) => row.mode === mode));
  const modes = [...new Set([...Object.keys(COLOUR), ...rows.map((row) => row.mode)])].filter((mode) => mode && rows.some((row) => row.mode === mode));
  if (!rows.length) return [empty(t("none"), t("none_words"))];
  const cells = (row) => [nameOf(row.day), t(`mode_${row.mode}`), number(row.runs), compact(row.tokens.input), compact(row.tokens.output), cost(row.cost) || "–"];
  return [
    figures([[t("all"), show(sum(rows))], ...modes.map((mode) => [key(mode), show(total(mode))])]),
    chart(rows, modes, today),
    folded(t("as_table"), table(t("as_table"), ["day", "mode", "runs", "tokens_in", "tokens_out", "cost"].map((each) => t(each)),
      h("tbody", rows.map((row) => h("tr", cells(row).map((words, n) => h("td", { class: n > 1 ? "number" : "" }, words))))), (n) => n > 1)),
  ];
}

const colour = (mode) => `var(--lane-${COLOUR[mode] ?? 8})`;
const key = (mode) => h("span.with-icon", h("i.key", { "--lane": colour(mode) }), t(`mode_${mode}`));

/** Stacked columns, a day each, from the first of the span to `today` in the person's zone. */
function chart(rows, modes, today) {
  const columns = Array.from({ length: days }, (_, n) => {
    const day = new Date(Date.parse(`${today}T00:00Z`) - (days - 1 - n) * 86_400_000).toISOString().slice(0, 10);
    return { day, of: rows.filter((row) => row.day === day) };
  });
  const most = Math.max(...columns.map(({ of }) => sum(of))) || 1;
  const step = nice(most / 4);
  const lines = Math.ceil(most / step);
  const label = t("chart_words", { measure: t(measure === "tokens" ? "tokens_label" : measure), n: days, all: show(sum(rows)) });
  return h("div.scroll", { tabindex: "0" }, h("div.columns", { role: "img", "aria-label": label },
    Array.from({ length: lines + 1 }, (_, n) => h("b", { "--part": n / lines }, show(n * step))),
    columns.map(({ day, of }, n) => {
      const parts = modes.map((mode) => [mode, sum(of.filter((row) => row.mode === mode))]);
      return h("div", { title: `${nameOf(day)}: ${parts.map(([mode, value]) => `${t(`mode_${mode}`)} ${show(value)}`).join(", ")}` },
        parts.map(([mode, value]) => value > 0 && h("i", { "--part": value / (lines * step), "--lane": colour(mode) })),
        (days - 1 - n) % Math.ceil(days / 8) === 0 && h("small", nameOf(day)));
    })));
}

function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].find((each) => each * power >= value) * power;
}

load();
