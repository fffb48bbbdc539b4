// Tools: what the assistant may use, from here and from MCP servers, and switching them off.

import { ask, path } from "./api.js";
import { attempt, badge, content, facts, fill, folded, h, icon, note, toast } from "./parts.js";
import "./shell.js";
import { t } from "./words.js";

const STATES = { connected: "good", connecting: "going" };

fill(content, () => ask("GET", "/v1/tools"), ({ data, servers = [] }) => [
  section({ name: t("built_in") }, data.filter((tool) => tool.built_in)),
  ...servers.map((server) => section(server, data.filter((tool) => !tool.built_in && tool.origin === server.name))),
  !servers.length && h("p.quiet", t("no_servers")),
]);

function section({ name, state, problem }, tools) {
  return h("section", h("div.section-head", h("h2", name), state && badge(STATES[state] ?? "bad", t(`server_${state}`))),
    problem && note("bad", "warn", h("p", problem)), h("ul.rows", tools.map(row)));
}

function row(tool) {
  const may = [tool.outside && t("may_outside"), tool.acts && t("may_act"), !tool.outside && !tool.acts && t("may_local")].filter(Boolean);
  const input = h("input", { type: "checkbox", role: "switch", checked: tool.on, onchange: async () => {
    const { checked: on } = input;
    if (await attempt(() => ask("PATCH", path`/v1/tools/${tool.name}`, { on }))) toast(t(on ? "now_on" : "now_off", { name: tool.name }));
    else input.checked = !on;
  } });
  const parameters = Object.entries(tool.parameters?.properties ?? {});
  return h("li.tool", icon(tool.outside ? "open" : "tools"),
    h("div.row-main", h("h3", tool.name), h("p", { dir: "auto" }, tool.description), h("p.quiet", may.join(" ")),
      parameters.length > 0 && folded(t("what_it_takes"), facts(parameters.map(([name, schema]) => [h("code", name), schema.description ?? schema.type ?? ""])))),
    h("label.switch", h("span.unseen", t("use_tool", { name: tool.name })), input));
}
