// What you allow: each purpose, what it changes, and how it is without and with it.

import { ask, path } from "./api.js";
import { attempt, badge, cancels, closes, content, dialog, fill, h, template, toast } from "./parts.js";
import "./shell.js";
import { language, t, when } from "./words.js";

// What an answer or a feed looks like, line by line: how long it is, and what is yours in it.
const DRAWN = {
  memory: [["asked 56", "34"], ["asked 56", "own 82", "small own 30"]],
  feed: [["dot 70", "dot 52", "dot 64"], ["dot own 52", "small own 38", "dot 70", "dot 64"]],
  shop: [["asked 48", "box 60", "box 60"], ["asked 48", "box own 60", "small own 44"]],
  ads: [["dot 62", "marked 48", "dot 70"], ["dot 62", "marked own 48", "dot 70"]],
  improve: [["asked 56", "66"], ["asked 56", "66", "small own 52"]],
};
const ORDER = Object.keys(DRAWN);
const address = (rest = "") => `/v1/me/consents${rest}?language=${language}`;
const load = () => fill(content, () => ask("GET", address()), ({ data }) => h("ul.purposes", data.sort((one, other) => ORDER.indexOf(one.purpose) - ORDER.indexOf(other.purpose)).map(shown)));

function shown(row) {
  const { purpose, title, changes, allowed, since, used } = row;
  const input = h("input", { type: "checkbox", role: "switch", checked: allowed, onchange: () => change(row, input) });
  const state = t(allowed ? "allowed_since" : row.state === "undecided" ? "never_said" : "refused_since", { when: since ? when(since) : "" });
  return h("li", { "data-purpose": purpose },
    h("label.switch", h("h2", title), input),
    h("p", changes),
    h("div.before-after", drawn(row, 0, !allowed), drawn(row, 1, allowed)),
    h("p.small", h("span.quiet", state), !used && badge("", t("not_yet_used"))));
}

function drawn({ purpose, ...said }, at, present) {
  const lines = (DRAWN[purpose] ?? DRAWN.memory)[at].map((line) => {
    const [width, ...kinds] = line.split(" ").reverse();
    return h("i", { class: kinds.join(" "), "--part": width / 100 });
  });
  const words = ["without", "with"][at];
  return h("figure", { class: present ? "present" : "" }, h("div.drawn", { ariaHidden: true }, lines),
    h("figcaption", h("b", t(words), present && h("span.badge.good", t("so_it_is"))), said[words]));
}

async function change(row, input) {
  const allowed = input.checked;
  input.disabled = true;
  const backwards = allowed ? "" : await withdrawn(row.title);
  if (backwards !== null && (await attempt(() => ask("PUT", address(path`/${row.purpose}`), { allowed, context: "you", ...(backwards === "all" && { backwards: true }) })))) {
    toast(t(allowed ? "now_allowed" : "now_refused", { title: row.title }));
    await load();
    content.querySelector(`[data-purpose="${row.purpose}"] input`)?.focus();
  } else Object.assign(input, { checked: !allowed, disabled: false });
}

/** How a withdrawal is to count: "now" or "all"; null when it is not meant. */
function withdrawn(title) {
  const form = template("withdraw-form");
  return new Promise((answer) => {
    dialog(t("withdraw_title", { title }), form, [cancels(), closes(t("withdraw"))], {
      done: (value) => answer(value === "yes" ? form.querySelector(":checked").value : null),
    });
  });
}

load();
