// Sign-in: a key for a cookie, then back to where one was going.

import { ask } from "./api.js";
import { t } from "./words.js";

const form = document.getElementById("form");
const key = document.getElementById("key");
const fault = document.getElementById("fault");
const button = form.querySelector("button");

/** Only a page of this app; never another site's. */
function next() {
  const path = new URLSearchParams(location.search).get("next") ?? "/";
  const url = new URL(path, location.origin);
  return url.origin === location.origin && path.startsWith("/") && !path.startsWith("//") ? url.pathname + url.search : "/";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  fault.textContent = "";
  button.disabled = true;
  try {
    await ask("POST", "/v1/session", { key: key.value.trim() }, { alone: true });
    location.replace(next());
  } catch (error) {
    key.setAttribute("aria-invalid", "true");
    fault.textContent = error.status === 401 ? t("wrong_key") : error.message;
    key.select();
  } finally {
    button.disabled = false;
  }
});

ask("GET", "/v1/session", undefined, { alone: true }).then(() => location.replace(next()), () => {}); // one who is in already
key.focus();
