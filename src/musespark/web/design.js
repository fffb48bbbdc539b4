// The look, alive: every token and every component as it is, in the theme and language of the page.

import { modeRows } from "./exchange.js";
import { choices, confirm, opens, setIcon, toast, trouble, waiting } from "./parts.js";
import { does } from "./shell.js";
import { t } from "./words.js";

const fill = (id, children) => document.getElementById(id).replaceChildren(...children);

fill("states", [waiting(), trouble(Object.assign(new Error(t("fault")), { status: 500 }), () => {}), trouble(Object.assign(new Error(""), { status: 0 }))]);
document.querySelector("#meter > i").style.setProperty("--part", 0.62);

const pill = document.getElementById("pill");
let mode = "auto";
pill.addEventListener("click", opens(() => modeRows(mode, (wanted) => {
  mode = wanted;
  setIcon(pill, wanted);
  pill.lastChild.data = t(`mode_${wanted}`);
})).onclick);
fill("choices", [choices(t("theme"), ["theme_device", "theme_light", "theme_dark"].map((name) => [name, t(name)]), "theme_device", () => {})]);
does("toast", () => toast(t("copied")));
does("confirm", () => confirm(t("delete_title"), t("delete_words", { title: t("sample") }), t("delete")));
