// Keys: who may use this server from elsewhere.

import { ask, path } from "./api.js";
import { button, confirm, copy, dialog, fill, h, icon, toast, toastError } from "./parts.js";
import "./shell.js";
import { t, when, whenExactly } from "./words.js";

const place = document.getElementById("content");
const load = () => fill(place, () => ask("GET", "/v1/keys"), show);

document.getElementById("doings").append(button({ class: "act", onclick: create }, icon("plus"), t("create")));

function show({ data }) {
  const valid = data.filter((key) => !key.revoked);
  if (!data.length) return h("div", { class: "empty" }, h("h2", {}, t("none")), h("p", { class: "soft" }, t("none_words")));
  return [
    !valid.length && h("div", { class: "note warn" }, icon("warn"), h("p", {}, t("all_revoked"))),
    h("ul", { class: "rows" }, data.map((key) => h("li", {},
      icon("keys"),
      h("div", { class: "row-main" }, h("h2", {}, key.name || t("unnamed")), h("p", {}, `…${key.hint} · `, t("created", { when: when(key.created) }), " · ", key.used ? t("used_at", { when: when(key.used) }) : t("never_used"), key.current ? ` · ${t("current")}` : "")),
      key.revoked ? h("span", { class: "badge", title: whenExactly(key.revoked) }, t("revoked"))
        : button({ "aria-label": t("revoke_name", { name: key.name }), onclick: () => revoke(key) }, t("revoke"))))),
  ].filter(Boolean);
}

function create() {
  const name = h("input", { class: "input", id: "name", maxlength: "200", required: true, placeholder: t("name_example") });
  const fault = h("p", { class: "fault", role: "alert" });
  const made = dialog(t("create"), h("div", { class: "field" }, h("label", { for: "name" }, t("name")), name, h("p", { class: "hint" }, t("name_hint")), fault), [
    button({ onclick: () => made.close("") }, t("cancel")),
    button({ class: "act", onclick: async () => {
      try {
        const key = await ask("POST", "/v1/keys", { name: name.value.trim() || t("unnamed") });
        made.close("");
        reveal(key);
        load();
      } catch (error) { fault.textContent = error.message || t("unreachable"); }
    } }, t("create")),
  ]);
}

function reveal({ key }) {
  const shown = h("input", { class: "input", readonly: true, value: key, "aria-label": t("title"), onfocus: (event) => event.target.select() });
  dialog(t("made"), h("div", { class: "form" }, h("p", {}, t("made_words")), shown), [
    button({ onclick: () => copy(key) }, icon("copy"), t("copy")),
    h("button", { class: "button act", value: "" }, t("done"))]);
}

async function revoke(key) {
  if (!(await confirm(t("revoke_title"), t("revoke_words", { name: key.name || t("unnamed") }), t("revoke")))) return;
  await ask("DELETE", path`/v1/keys/${key.id}`).catch((error) => toastError(error));
  load();
}

load();
