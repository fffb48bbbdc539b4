// Tools: what the assistant may use, from here and from MCP servers, and switching them off.

import { ask, path } from "./api.js";
import { fill, folded, h, icon, toast, toastError } from "./parts.js";
import "./shell.js";
import { t } from "./words.js";

const place = document.getElementById("content");
const load = () => fill(place, () => ask("GET", "/v1/tools"), show);

function show({ data, servers = [] }) {
  const origins = ["", ...servers.map((server) => server.name)];
  return origins.map((from) => {
    const server = servers.find((each) => each.name === from);
    const own = data.filter((tool) => (tool.built_in ? "" : tool.origin) === from);
    return h("section", {}, h("div", { class: "section-head" }, h("h2", {}, from || t("built_in")), server && h("span", { class: `badge ${server.state === "connected" ? "good" : "bad"}` }, t(`server_${server.state}`))),
      server?.problem ? h("div", { class: "note bad" }, icon("warn"), h("p", {}, server.problem)) : null,
      h("ul", { class: "rows" }, own.map(row)));
  }).concat(servers.length ? [] : [h("p", { class: "quiet" }, t("no_servers"))]);
}

function row(tool) {
  const may = [tool.outside && t("may_outside"), tool.acts && t("may_act"), !tool.outside && !tool.acts && t("may_local")].filter(Boolean);
  const input = h("input", { type: "checkbox", role: "switch", checked: tool.on, onchange: async () => {
    try {
      await ask("PATCH", path`/v1/tools/${tool.name}`, { on: input.checked });
      toast(t(input.checked ? "now_on" : "now_off", { name: tool.name }));
    } catch (error) {
      input.checked = !input.checked;
      toastError(error);
    }
  } });
  const parameters = Object.entries(tool.parameters?.properties ?? {});
  return h("li", { class: "tool" }, icon(tool.outside ? "open" : "tools"), h("div", { class: "row-main" }, h("h3", {}, tool.name), h("p", { dir: "auto" }, tool.description), h("p", { class: "quiet" }, may.join(" ")),
    parameters.length ? folded(t("what_it_takes"), h("dl", { class: "facts" }, parameters.flatMap(([name, schema]) => [h("dt", {}, h("code", {}, name)), h("dd", {}, schema.description ?? schema.type ?? "")]))) : ""),
  h("label", { class: "switch" }, h("span", { class: "unseen" }, t("use_tool", { name: tool.name })), input));
}

load();
