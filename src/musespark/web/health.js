// Health: is everything there that is needed, and how much of it is used.

import { ask } from "./api.js";
import { badge, content, figures, fill, h, icon, note } from "./parts.js";
import "./shell.js";
import { bytes, listed, number, span, t, whenExactly } from "./words.js";

const EVERY = 5000;
const look = (again = false) => fill(content, () => ask("GET", "/v1/health"), show, again);

function show(health) {
  const { database } = health;
  const words = listed(t(database.embedded ? "embedded" : "own_database"), database.bytes && t("on_disk", { size: bytes(database.bytes) }));
  const parts = [
    { name: t("database"), state: database.state, words, icon: "database" },
    ...Object.entries(health.models ?? {}).map(([tier, state]) => ({ name: h("a", { href: "/manage/models" }, t(`tier_${tier}`)), state, icon: "models" })),
  ];
  const ready = parts.every((part) => part.state === "ready");
  return [
    h("p.health-line", badge(ready ? "good" : "bad", t(ready ? "all_ready" : "not_ready"))),
    figures([[t("version"), health.version], [t("up"), span(health.uptime)], [t("open_runs"), number(health.open_runs)], [t("memory"), bytes(health.memory)], [t("disk_free"), health.disk_free != null && bytes(health.disk_free)]]),
    h("ul.rows", parts.map((part) => h("li", icon(part.icon), h("div.row-main", h("h2", part.name), part.words && h("p", part.words)),
      badge(part.state === "ready" ? "good" : "bad", part.state === "ready" ? t("ready") : part.state)))),
    health.settings.problem && note("warn", "warn", h("p", health.settings.problem)),
    h("p.quiet", t("looked", { when: whenExactly(new Date()) })),
  ];
}

look();
setInterval(() => document.hidden || content.contains(document.activeElement) || look(true), EVERY);
