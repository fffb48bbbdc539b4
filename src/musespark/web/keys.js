// Keys: who may use this server from elsewhere.

import { ask, path } from "./api.js";
import { attempt, button, cancels, closes, confirm, content, dialog, doings, empty, fill, h, icon, note, reveal, template } from "./parts.js";
import "./shell.js";
import { listed, t, when, whenExactly } from "./words.js";

const load = () => fill(content, () => ask("GET", "/v1/keys"), show);

doings.append(button({ class: "act", onclick: create }, icon("plus"), t("create")));

function show({ data }) {
  if (!data.length) return empty(t("none"), t("none_words"));
  return [
    data.every((key) => key.revoked) && note("warn", "warn", h("p", t("all_revoked"))),
    h("ul.rows", data.map(row)),
  ];
}

function row(key) {
  const facts = listed(`…${key.hint}`, t("created", { when: when(key.created) }), key.used ? t("used_at", { when: when(key.used) }) : t("never_used"), key.current && t("current"));
  return h("li", icon("keys"),
    h("div.row-main", h("h2", key.name || t("unnamed")), h("p", facts)),
    key.revoked ? h("span.badge", { title: whenExactly(key.revoked) }, t("revoked"))
      : button({ "aria-label": t("revoke_name", { name: key.name }), onclick: () => revoke(key) }, t("revoke")));
}

function create() {
  const form = template("name-form");
  const name = form.querySelector("input");
  dialog(t("create"), form, [cancels(), closes(t("create"))], {
    done: (value) => value && attempt(async () => {
      const { key } = await ask("POST", "/v1/keys", { name: name.value.trim() || t("unnamed") });
      reveal(t("made"), t("made_words"), key);
      load();
    }),
  });
}

async function revoke(key) {
  if (!(await confirm(t("revoke_title"), t("revoke_words", { name: key.name || t("unnamed") }), t("revoke")))) return;
  await attempt(() => ask("DELETE", path`/v1/keys/${key.id}`));
  load();
}

load();
