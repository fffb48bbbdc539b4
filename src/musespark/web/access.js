// Sessions and sign-in: where you are signed in, and by what: password, passkeys, accounts elsewhere.

import { ask, path } from "./api.js";
import { attempt, badge, button, cancels, closes, confirm, content, dialog, fill, h, icon, parted, template, toast } from "./parts.js";
import { addPasskey, passkeys } from "./passkey.js";
import "./shell.js";
import { listed, t, when } from "./words.js";

const PARTS = ["sessions", "password", "passkeys", "accounts"];
const load = () => fill(content, () => Promise.all(PARTS.map((part) => ask("GET", `/v1/me/${part}`))), (found) => PARTS.map((part, n) => (
  h("section", { id: part }, h("h2", t(part)), h("p.soft", t(`${part}_words`)), shown[part](found[n])))));

/** Do what changes how you come in; one who signed in long ago has to do so again. */
const does = (act) => attempt(async () => {
  try {
    await act();
  } catch (error) {
    if (error.name === "NotAllowedError") return; // the device was told no
    if (error.code !== "prove_again" || !(await confirm(t("prove"), error.message, t("prove_do")))) throw error;
    location.assign("/sign-in?again=1&next=/you/access");
  }
  await load();
});

const row = (name, head, facts, ...more) => h("li", icon(name), h("div.row-main", h("h3", { dir: "auto" }, head), h("p", listed(...facts))), more);
const removes = (address, head) => button({ "aria-label": t("remove_name", { name: head }), onclick: async () => {
  if (await confirm(t("remove_title"), t("remove_words", { name: head }), t("remove"))) does(() => ask("DELETE", address));
} }, t("remove"));
const used = (at) => (at ? t("used", { when: when(at) }) : t("never"));

const shown = {
  sessions: ({ data }) => [
    data.length ? h("ul.rows", data.map(({ id, browser, way, used: at, current }) => row("access", browser || t("browser"), [t(`way_${way}`), used(at)],
      current ? badge("good", t("current")) : button({ "aria-label": t("end_name", { name: browser }), onclick: () => does(() => ask("DELETE", path`/v1/me/sessions/${id}`)) }, t("end")))))
      : h("p.quiet", t("no_sessions")),
    data.length > 1 && h("div.buttons", button({ class: "bad", onclick: async () => { if (await confirm(t("end_others"), t("end_others_words"), t("end_others"))) does(() => ask("DELETE", "/v1/me/sessions")); } }, t("end_others"))),
  ],
  password: ({ set, login, changed }) => [
    set && h("ul.rows", row("keys", login, [t("changed_at", { when: when(changed) })], removes("/v1/me/password", t("password")))),
    h("div.buttons", button(() => password(set, login), t(set ? "change_password" : "set_password"))),
  ],
  passkeys: ({ data }) => [
    data.length > 0 && h("ul.rows", data.map(({ id, name, used: at, created }) => row("keys", name, [t("made_at", { when: when(created) }), used(at)], removes(path`/v1/me/passkeys/${id}`, name)))),
    passkeys ? h("div.buttons", button(() => does(addPasskey), t("add_passkey"))) : h("p.quiet", t("no_devices")),
  ],
  accounts: ({ data, providers }) => (providers.length ? [
    data.length > 0 && h("ul.rows", data.map(({ id, name, provider, used: at }) => row("link", name || provider, [provider, used(at)], removes(path`/v1/me/accounts/${id}`, name || provider)))),
    h("div.buttons", providers.map(({ id: provider, name }) => button(() => does(async () => location.assign((await ask("POST", "/v1/me/accounts", { provider, next: "/you/access" })).url)), t("connect", { name })))),
  ] : h("p.quiet", t("no_providers"))),
};

function password(had, name) {
  const form = template("password-form");
  const [login, before, word] = form.querySelectorAll("input");
  login.value = name;
  parted(form).had.hidden = !had;
  dialog(t(had ? "change_password" : "set_password"), form, [cancels(), closes(t("save"))], { done: (value) => value && does(async () => {
    await ask("PUT", "/v1/me/password", { login: login.value.trim(), before: before.value, password: word.value });
    toast(t("password_set"));
  }) });
}

load();
