// Sign-in: what is set up here, for a cookie; then back to where one was going. After a link, a way
// to come in without one.

import { ask, path } from "./api.js";
import { button, byId, icon } from "./parts.js";
import { addPasskey, passkeys, usePasskey } from "./passkey.js";
import { t } from "./words.js";

const parts = byId("title", "about", "fault", "ways", "login", "name", "password", "others", "keyed", "form", "key", "keep", "devices", "fresh", "called", "chosen", "later");
const { fault } = parts;
const asked = new URLSearchParams(location.search);
const alone = (method, address, body) => ask(method, address, body, { alone: true });

/** Only a page of this app; never another site's. */
const { origin, href } = new URL(asked.get("next") ?? "/", location.origin);
const next = origin === location.origin ? href : "/";
const leave = () => location.replace(next);
const login = (form, field, wrong, act) => {
  form.onsubmit = (event) => {
    event.preventDefault();
    does(() => act().then(leave), wrong, field);
  };
};

/** Do something once; what goes wrong is said, in words of ours where there are some. */
async function does(act, wrong = {}, field) {
  fault.textContent = "";
  const buttons = document.querySelectorAll("main button");
  for (const each of buttons) each.disabled = true;
  try {
    await act();
  } catch ({ status = 401, message }) { // the browser's own errors, of passkeys alone, have none
    fault.textContent = { 401: t("no_passkey"), 429: t("wait"), ...wrong }[status] ?? message;
    if (field) field.ariaInvalid = true;
    field?.select();
  } finally {
    for (const each of buttons) each.disabled = false;
  }
}

login(parts.login, parts.password, { 401: t("wrong_password") }, () => alone("POST", "/v1/sign-in/password", { login: parts.name.value, password: parts.password.value }));
login(parts.form, parts.key, { 401: t("wrong_key") }, () => alone("POST", "/v1/session", { key: parts.key.value.trim() }));
login(parts.fresh, parts.chosen, { 400: t("weak"), 409: t("taken") }, () => alone("PUT", "/v1/me/password", { login: parts.called.value, password: parts.chosen.value }));

async function show() {
  const { key, password, passkey, providers } = await alone("GET", "/v1/sign-in");
  parts.login.hidden = !password;
  parts.others.append(
    ...(passkey && passkeys ? [button(() => does(() => usePasskey().then(leave)), icon("keys"), t("passkey"))] : []),
    ...providers.map(({ id, name }) => button(() => does(async () => location.assign((await alone("POST", path`/v1/sign-in/openid/${id}`, { next: next.replace(location.origin, "") })).url)), t("with", { name }))));
  parts.others.hidden = !parts.others.childElementCount;
  parts.keyed.hidden = !key;
  parts.keyed.open = parts.keyed.firstElementChild.hidden = !password && parts.others.hidden;
  if (!key && !password && parts.others.hidden) tell("nobody");
  parts.ways.hidden = false;
  (password ? parts.name : parts.keyed.open ? parts.key : parts.others.querySelector("button"))?.focus();
}

function tell(words) {
  parts.about.textContent = t(words);
  parts.about.hidden = false;
}

/** One who came by a link, and has nothing else to come in with. */
async function keep() {
  const [{ person }, { set }, { data }] = await Promise.all(["session", "me/password", "me/passkeys"].map((each) => alone("GET", `/v1/${each}`)));
  if (set || data.length) return leave();
  parts.title.textContent = t("welcome");
  tell("welcome_words");
  parts.called.value = person.startsWith("person_") ? "" : person;
  parts.later.href = next;
  if (passkeys) parts.devices.append(button({ class: "act", onclick: () => does(() => addPasskey().then(leave)) }, icon("keys"), t("add_passkey")));
  parts.fresh.querySelector("button").classList.toggle("act", !passkeys);
  parts.keep.hidden = false;
}

const link = location.hash.slice(1); // a one-time link
history.replaceState(null, "", location.pathname + location.search);
if (link) does(() => alone("POST", "/v1/sign-in/link", { link }).then(keep), { 401: t("used_link") }).then(() => parts.keep.hidden && show());
else {
  const known = asked.has("fault") || asked.has("again") ? Promise.reject() : alone("GET", "/v1/session");
  known.then(leave, () => does(show).then(() => {
    if (asked.has("fault")) fault.textContent = t(["not_invited", "account_taken"].includes(asked.get("fault")) ? asked.get("fault") : "elsewhere_failed");
  }));
}
