// Who looked: who saw or changed what of yours, day by day.

import { ask } from "./api.js";
import { content, empty, fill, h, icon, looksAgain, paged } from "./parts.js";
import "./shell.js";
import { clock, dates, language, t, whenExactly } from "./words.js";

const PAGE = 50;
const ICONS = {
  looked_at: "looked", consent: "allow", memory: "memory", imported: "archive", exported: "archive", approved: "check", denied: "close",
  signed: "access", session: "access", password: "access", passkey: "access", key: "keys", role: "people", name: "people", person: "people", forgotten: "forget",
};
const filters = document.getElementById("filters");
const day = dates({ dateStyle: "full" });

for (const [name, value] of new URLSearchParams(location.search)) if (filters.elements[name]) filters.elements[name].value = value;

function load() {
  const wanted = new URLSearchParams([...new FormData(filters)].filter(([, value]) => value));
  history.replaceState(null, "", `${location.pathname}${wanted.size ? `?${wanted}` : ""}`);
  const page = (last) => ask("GET", `/v1/me/audit?${wanted}&limit=${PAGE}&language=${language}&before=${last?.id ?? 0}`);
  fill(content, () => page(), (found) => {
    if (!found.data.length) return wanted.size ? empty(t("none_such"), t("none_such_words")) : empty(t("none"), t("none_words"));
    const list = h("div.days");
    let today = "";
    const show = (rows) => {
      for (const row of rows) {
        const date = day.format(new Date(row.at));
        if (date !== today) list.append(h("h2", date), h("ol.rows"));
        today = date;
        list.lastChild.append(entry(row));
      }
    };
    return [list, paged(found, page, show)];
  });
}

function entry({ at, deed, by, actor, said }) {
  const who = by === "you" ? t("you") : by === "server" ? t("server") : actor;
  return h("li", icon(ICONS[deed] ?? ICONS[deed.split("_")[0]] ?? "info"),
    h("div.row-main", h("h3", { dir: "auto" }, said), h("p", by === "other" ? h("b.badge.warn", who) : who)),
    h("time", { datetime: at, title: whenExactly(at) }, clock.format(new Date(at))));
}

looksAgain(filters, load);
load();
