// The look, alive: every token and every component as it is, in the theme and language of the page.

import { modeRows } from "./exchange.js";
import { confirm, opens, toast, trouble, waiting } from "./parts.js";
import { does } from "./shell.js";
import { t } from "./words.js";

document.getElementById("states").append(waiting(), trouble({ message: t("fault") }, () => {}));
document.querySelector("#meter > i").style.setProperty("--part", 0.62);
document.getElementById("pill").onclick = opens(() => modeRows("auto", () => {})).onclick;
does("toast", () => toast(t("copied")));
does("confirm", () => confirm(t("delete_title"), t("delete_words", { title: t("sample") }), t("delete")));
