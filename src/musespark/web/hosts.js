// Host apps: registered with their public keys, tried with a token, ended.

import { ask, path } from "./api.js";
import { attempt, badge, button, cancels, closes, confirm, content, dialog, doings, empty, facts, fill, h, icon, iconButton, opens, note, parted, template } from "./parts.js";
import "./shell.js";
import { listed, t } from "./words.js";

doings.append(button({ class: "act", onclick: () => edit() }, icon("plus"), t("register")));

const load = () => fill(content, () => ask("GET", "/v1/hosts"), ({ data }) => (data.length ? h("ul.rows", data.map(row)) : empty(t("none"), t("none_words"))));

function row(host) {
  const { name, issuer, audience, algorithms = [], keys = [], jwks_url: url, ended, problem } = host;
  const rows = () => [
    { icon: "check", words: t("try_token"), act: () => attemptToken(host) },
    { icon: "edit", words: t("change"), act: () => edit(host) },
    { icon: "trash", words: t("end"), bad: true, act: () => end(host) },
  ];
  return h("li", icon("hosts"),
    h("div.row-main", h("h2", name), h("p", listed(issuer, audience, algorithms.join(", "), url || t("n_keys", { n: keys.length }))), problem && h("p.fault", problem)),
    ended ? badge("bad", t("ended")) : badge("good", t("accepted")), !ended && iconButton("more.small", t("more_of", { title: name }), opens(rows)));
}

/** Keys as they were pasted: an address, a JWK set, or PEM. */
function keysOf(text) {
  if (/^https:\/\//.test(text)) return { jwks_url: text };
  if (text.startsWith("{") || text.startsWith("[")) return { keys: JSON.parse(text) };
  return text && { pem: text };
}

function edit(host) {
  const form = template("host-form");
  const { fault } = parted(form);
  const fields = Object.fromEntries([...form.querySelectorAll("[name]")].map((each) => [each.name, each]));
  if (host) {
    for (const each of ["name", "issuer", "audience", "role"]) fields[each].value = host[each];
    fields.name.disabled = true;
    fields.keys.value = host.jwks_url || "";
  }
  const save = async (event) => {
    event.preventDefault();
    if (!save.form.reportValidity()) return;
    const { name, issuer, audience, role, keys } = fields;
    const body = { issuer: issuer.value.trim(), audience: audience.value.trim(), role: role.value };
    try {
      Object.assign(body, keysOf(keys.value.trim()));
      await (host ? ask("PATCH", path`/v1/hosts/${host.name}`, body) : ask("POST", "/v1/hosts", { name: name.value.trim(), ...body }));
      shown.close();
      load();
    } catch (error) {
      fault.textContent = error instanceof SyntaxError ? t("no_json") : error.message;
    }
  };
  const shown = dialog(t(host ? "change" : "register"), form, [cancels(), button({ type: "submit", class: "act", onclick: save }, t("save"))], { wide: true });
  save.form = shown.querySelector("form");
}

function attemptToken({ name }) {
  const form = template("token-form");
  const { result } = parted(form);
  const token = form.querySelector("textarea");
  dialog(t("try_token"), form, [closes(t("close"), "", ""), button({ class: "act", onclick: () => fill(result, () => ask("POST", path`/v1/hosts/${name}/test`, { token: token.value.trim() }), ({ good, person, claims, problem }) => (
    good ? [note("", "check", h("p", t("token_good"))), facts([[t("person"), person], [t("claims"), h("code", JSON.stringify(claims))]])] : note("bad", "warn", h("p", problem)))) }, t("try_it"))], { wide: true });
}

async function end({ name }) {
  if (!(await confirm(t("end_title"), t("end_words", { name }), t("end")))) return;
  await attempt(() => ask("DELETE", path`/v1/hosts/${name}`));
  load();
}

load();
