// Delete everything that is yours: said, typed, done, and gone from this browser, too.

import { ask } from "./api.js";
import { channel } from "./conversations.js";
import { byId } from "./parts.js";
import { session } from "./shell.js";
import { t } from "./words.js";

const { form, phrase, go, fault, "under-way": underWay } = byId("form", "phrase", "go", "fault", "under-way");
const meant = () => phrase.value.trim().toLowerCase() === t("phrase").toLowerCase();

phrase.oninput = () => { go.disabled = !meant(); };
form.onsubmit = async (event) => {
  event.preventDefault();
  if (!meant()) return;
  fault.textContent = "";
  const show = (going) => { form.hidden = going; underWay.hidden = !going; };
  show(true);
  try {
    const { person } = (await session) ?? {};
    await ask("DELETE", "/v1/me", { confirm: person });
    localStorage.clear();
    sessionStorage.clear();
    channel.postMessage({ kind: "forgotten" });
    location.replace("/farewell");
  } catch (error) {
    show(false);
    fault.textContent = error.message;
    phrase.focus();
  }
};
