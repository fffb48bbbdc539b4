// People: who may come in, with which role; invited by a link, changed, let in no more.

import { ask, path } from "./api.js";
import { attempt, badge, button, cancels, closes, confirm, content, dialog, doings, empty, fill, h, icon, iconButton, looksAgain, opens, paged, reveal, template, toast } from "./parts.js";
import { session } from "./shell.js";
import { listed, t, when, whenExactly } from "./words.js";

const ROLES = ["owner", "manager", "creator", "member", "guest"];
const q = document.getElementById("q");
let own = {};

doings.append(button({ class: "act", onclick: invite }, icon("plus"), t("invite")));

/** Whether somebody with that role can be changed by us, or made so. */
const mine = (role) => own.role === "owner" || ROLES.indexOf(role) > ROLES.indexOf(own.role);

async function load() {
  own = (await session) ?? {};
  const page = (last) => ask("GET", path`/v1/people?limit=50&q=${q.value.trim()}&after=${last?.id ?? ""}`);
  fill(content, () => page(), (found) => {
    if (!found.data.length) return empty(t(q.value ? "none_such" : "none"), t(q.value ? "none_such_words" : "none_words"));
    const list = h("ul.rows");
    return [list, paged(found, page, (rows) => list.append(...rows.map(row)))];
  });
}

function row(one) {
  const { id, name, role, host, created, ended } = one;
  const made = h("li");
  const change = (to) => attempt(async () => {
    made.replaceWith(row(await ask("PATCH", path`/v1/people/${id}`, to)));
    toast(t("changed"));
  });
  const rows = () => [
    ...ROLES.filter(mine).map((each) => ({ icon: "people", words: t(`role_${each}`), checked: each === role, act: () => change({ role: each }) })),
    { icon: "edit", words: t("rename"), act: () => rename(one, change) },
    own.role === "owner" && { icon: "link", words: t("link_for"), act: () => link({ person: id }) },
    own.role === "owner" && { icon: "keys", words: t("keys_of"), act: () => location.assign(path`/manage/keys?person=${id}`) },
    ended ? { icon: "enter", words: t("let_in"), act: () => change({ ended: false }) }
      : { icon: "out", words: t("end"), bad: true, act: async () => { if (await confirm(t("end_title"), t("end_words", { name: name || id }), t("end"))) change({ ended: true }); } },
  ].filter(Boolean);
  const changeable = id !== "owner" && id !== own.person && mine(role);
  made.append(icon("you"), h("div.row-main", h("h2", { dir: "auto" }, name || id), h("p", { title: whenExactly(created) }, listed(name && id, host, id === own.person && t("oneself"), t("since", { when: when(created) })))),
    ended ? badge("bad", t("ended")) : badge(role === "guest" ? "" : "good", t(`role_${role}`)),
    changeable ? iconButton("more.small", t("more_of", { title: name || id }), opens(rows)) : "");
  return made;
}

function rename({ name }, change) {
  const input = h("input.input", { value: name, maxlength: "200" });
  dialog(t("rename"), h("label.field", h("span.label", t("name")), input), [cancels(), closes(t("save"))], { done: (value) => value && change({ name: input.value.trim() }) });
}

function invite() {
  const form = template("invite-form");
  const [name, role] = form.querySelectorAll("input, select");
  for (const each of [...role.options]) if (ROLES.indexOf(each.value) <= ROLES.indexOf(own.role)) each.remove();
  dialog(t("invite"), form, [cancels(), closes(t("make_link"))], { done: (value) => value && link({ name: name.value.trim(), role: role.value }) });
}

/** A link that signs somebody in once; it is shown this once. */
const link = (given) => attempt(async () => {
  const { url } = await ask("POST", "/v1/links", given);
  reveal(t("link"), t(given.role ? "link_words" : "link_again_words"), new URL(url, location).href);
});

looksAgain(q.form, load);
load();
