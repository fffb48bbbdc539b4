// Sign-in: a key for a cookie, then back to where one was going.

import { ask } from "./api.js";
import { byId } from "./parts.js";
import { t } from "./words.js";

const { form, key, fault } = byId("form", "key", "fault");
const button = form.querySelector("button");

/** Only a page of this app; never another site's. */
function next() {
  const { origin, href } = new URL(new URLSearchParams(location.search).get("next") ?? "/", location.origin);
  return origin === location.origin ? href : "/";
}

form.onsubmit = (event) => {
  event.preventDefault();
  fault.textContent = "";
  button.disabled = true;
  ask("POST", "/v1/session", { key: key.value.trim() }, { alone: true }).then(() => location.replace(next()), ({ status, message }) => {
    key.ariaInvalid = true;
    fault.textContent = status === 401 ? t("wrong_key") : message;
    key.select();
  }).finally(() => { button.disabled = false; });
};

const link = location.hash.slice(1); // a one-time link
history.replaceState(null, "", location.pathname + location.search);
if (link) ask("POST", "/v1/sign-in/link", { link }, { alone: true }).then(() => location.replace(next()), ({ message }) => { fault.textContent = message; });
else ask("GET", "/v1/session", undefined, { alone: true }).then(() => location.replace(next()), () => {}); // one who is in already
key.focus();
