// Health: is everything there that is needed, and how much of it is used.

import { ask } from "./api.js";
import { h, icon, trouble, waiting } from "./parts.js";
import "./shell.js";
import { bytes, number, span, t, whenExactly } from "./words.js";

const EVERY = 5000;
const place = document.getElementById("content");
place.replaceChildren(waiting());

async function look() {
  try {
    show(await ask("GET", "/v1/health"));
  } catch (error) {
    place.replaceChildren(trouble(error, look));
  }
}

function show(health) {
  const parts = [
    { name: t("database"), state: health.database.state, words: [health.database.embedded ? t("embedded") : t("own_database"), health.database.bytes && t("on_disk", { size: bytes(health.database.bytes) })] },
    ...Object.entries(health.models ?? {}).map(([tier, state]) => ({ name: t(`tier_${tier}`), state, words: [], href: "/manage/models" })),
  ];
  const figures = [[t("version"), health.version], [t("up"), span(health.uptime)], [t("open_runs"), number(health.open_runs)], [t("memory"), bytes(health.memory)], [t("disk_free"), health.disk_free != null && bytes(health.disk_free)]].filter(([, value]) => value);
  const ready = parts.every((part) => part.state === "ready");
  place.replaceChildren(...[
    h("p", { class: "health-line" }, h("span", { class: `badge ${ready ? "good" : "bad"}` }, t(ready ? "all_ready" : "not_ready"))),
    h("dl", { class: "figures" }, figures.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    h("ul", { class: "rows" }, parts.map((part) => h("li", {}, icon(part.href ? "models" : "file"), h("div", { class: "row-main" }, h("h2", {}, part.href ? h("a", { href: part.href }, part.name) : part.name), h("p", {}, part.words.filter(Boolean).join(" · "))),
      h("span", { class: `badge ${part.state === "ready" ? "good" : "bad"}` }, part.state === "ready" ? t("ready") : part.state)))),
    health.settings.problem && h("div", { class: "note warn" }, icon("warn"), h("p", {}, health.settings.problem)),
    h("p", { class: "quiet" }, t("looked", { when: whenExactly(new Date()) })),
  ].filter(Boolean));
}

look();
setInterval(() => { if (!document.hidden) look(); }, EVERY);
