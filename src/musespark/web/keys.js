// Keys: who may use this server from elsewhere, for what, and until when.

import { ask, path } from "./api.js";
import { attempt, badge, button, cancels, closes, confirm, content, dialog, doings, empty, fill, h, icon, note, parted, reveal, template } from "./parts.js";
import { session } from "./shell.js";
import { listed, t, when, whenExactly } from "./words.js";

const person = new URLSearchParams(location.search).get("person") ?? ""; // whose, where the owner asks
const load = () => fill(content, () => ask("GET", path`/v1/keys?person=${person}`), show);

doings.append(button({ class: "act", onclick: create }, icon("plus"), t("create")));
if (person) document.querySelector("h1").textContent = t("of", { person });

let keys = [];

function show({ data }) {
  keys = data;
  if (!data.length) return person ? empty(t("none"), t("none_of", { person })) : empty(t("none"), t("none_words"));
  return [
    !person && data.every(over) && note("warn", "warn", h("p", t("all_revoked"))),
    h("ul.rows", data.map(row)),
  ];
}

/** When a key came to its end, if it did. */
const over = ({ revoked, until }) => revoked ?? (until && new Date(until) < new Date() ? until : null);

function row(key) {
  const { name, hint, created, used, until, scopes, sessions, current } = key;
  const end = over(key);
  const facts = listed(`…${hint}`, t("created", { when: when(created) }), used ? t("used_at", { when: when(used) }) : t("never_used"),
    until && !end && t("ends", { when: when(until) }), sessions && t("n_browsers", { n: sessions }), current && t("current"));
  return h("li", icon("keys"),
    h("div.row-main", h("h2", { dir: "auto" }, name || t("unnamed")), h("p", facts),
      h("p", t("it_may"), " ", listed(...scopes.map((each) => t(each === "*" ? "all" : `scope_${each}`))))),
    end ? h("span", { title: whenExactly(end) }, badge("", t(key.revoked ? "revoked" : "ended")))
      : button({ "aria-label": t("revoke_name", { name }), onclick: () => revoke(key) }, t("revoke")));
}

async function create() {
  const { may, by } = (await session) ?? {};
  const form = template("key-form");
  const [name, days] = form.querySelectorAll("#name, #days");
  const { some, bounded, first } = parted(form);
  first.hidden = !(bounded.hidden = by === "machine" && keys.every(over)); // one with bounds would shut us out, too
  for (const each of form.querySelectorAll("[data-right]")) if (may?.includes(each.dataset.right) === false) each.remove();
  const scopes = () => (some.hidden ? ["*"] : [...form.querySelectorAll("[name=scope]:checked")].map(({ value }) => value));
  const make = closes(t("create"));
  form.oninput = () => {
    some.hidden = form.querySelector("[name=bounds]:checked").value === "*";
    make.disabled = !scopes().length;
  };
  dialog(t("create"), form, [cancels(), make], {
    done: (value) => value && attempt(async () => {
      const { key } = await ask("POST", "/v1/keys", { name: name.value.trim() || t("unnamed"), person, scopes: scopes(), days: Number(days.value) || null });
      reveal(t("made"), t("made_words"), key);
      load();
    }),
  });
}

async function revoke({ id, name }) {
  if (!(await confirm(t("revoke_title"), t("revoke_words", { name: name || t("unnamed") }), t("revoke")))) return;
  await attempt(() => ask("DELETE", path`/v1/keys/${id}?person=${person}`));
  load();
}

load();
