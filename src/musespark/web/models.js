// Models: which one answers in each tier, what it can do, and connecting another.

import { ask } from "./api.js";
import { button, confirm, dialog, fill, h, icon, toast, toastError, trouble } from "./parts.js";
import "./shell.js";
import { number, span, t } from "./words.js";

const place = document.getElementById("content");
const load = () => fill(place, () => ask("GET", "/v1/tiers"), ({ data }) => data.map(section));

document.getElementById("doings").append(button({ class: "act", onclick: () => connect("both") }, icon("plus"), t("connect")));

const ABILITIES = ["tools", "json_schema", "vision", "thinking"];

function section(tier) {
  const { card } = tier;
  const result = h("div", { role: "status" });
  const facts = [
    [t("where"), card.where], [t("reads"), t("tokens", { n: card.context, shown: number(card.context) })],
    [t("price"), tier.price_input || tier.price_output ? t("prices", { input: number(tier.price_input), output: number(tier.price_output) }) : t("free")],
    [t("can"), card.weak ? t("weak") : ABILITIES.filter((each) => card[each]).map((each) => t(`can_${each}`)).join(", ") || t("can_text")],
  ];
  return h("section", { class: "tier" },
    h("div", { class: "row" }, icon("models"), h("div", { class: "row-main" }, h("h2", {}, t(`tier_${tier.tier}`)), h("p", {}, t(`tier_${tier.tier}_words`))),
      h("div", { class: "buttons" }, button({ onclick: (event) => test(tier.tier, event.currentTarget, result) }, t("test")),
        button({ onclick: () => connect(tier.tier, tier) }, t("change")),
        tier.from === tier.tier && !tier.fixed && button({ onclick: () => disconnect(tier.tier) }, t("disconnect")))),
    h("h3", { class: "model-name" }, card.name || t("first_model")),
    h("dl", { class: "facts" }, facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    card.notice && h("div", { class: "note warn" }, icon("info"), h("p", {}, card.notice)), result);
}

/** What came of a trial, as figures and what it can do. */
function report(trial) {
  const known = (value) => (value == null ? t("not_tried") : value ? t("yes") : t("no"));
  return h("div", { class: `note ${trial.reachable ? "" : "bad"}` }, icon(trial.reachable ? "check" : "warn"), h("div", {},
    h("p", {}, h("b", {}, trial.name || ""), " ", trial.reachable ? t("answers") : t("answers_not")),
    trial.reachable && h("dl", { class: "figures" }, [
      [t("first_token"), trial.first_token != null && span(trial.first_token)], [t("speed"), trial.speed != null && t("per_second", { n: Math.round(trial.speed) })],
      [t("can_tools"), known(trial.tools)], [t("can_json_schema"), known(trial.json_schema)], [t("can_vision"), known(trial.vision)],
    ].filter(([, value]) => value).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    (trial.problems ?? []).map((problem) => h("p", { class: "soft" }, problem))));
}

async function test(tier, button, result) {
  button.disabled = true;
  result.replaceChildren(h("p", { class: "badge going" }, t("testing")));
  try {
    result.replaceChildren(report(await ask("POST", `/v1/tiers/${tier}/test`)));
  } catch (error) {
    result.replaceChildren(trouble(error));
  }
  button.disabled = false;
}

async function disconnect(tier) {
  if (!(await confirm(t("disconnect_title"), t("disconnect_words"), t("disconnect")))) return;
  await ask("DELETE", `/v1/tiers/${tier}`).catch((error) => toastError(error));
  load();
}

/** The form stands in the page's template; what is known of the present model is filled in. */
function connect(tier, present = {}) {
  const form = document.getElementById("form").content.firstElementChild.cloneNode(true);
  const field = (name) => form.querySelector(`[name="${name}"]`);
  const names = form.querySelector("datalist");
  const result = form.querySelector("[role=status]");
  for (const name of ["url", "name", "context", "price_input", "price_output", "thinking"]) if (present[name] != null) field(name).value = present[name];
  field("tier").value = tier;
  field("vision").checked = Boolean(present.vision);
  if (present.key_set) field("key").placeholder = t("key_kept");
  const value = (name) => field(name).value.trim();
  const address = () => (value("url").includes("://") ? value("url") : `http://${value("url")}`);
  field("url").addEventListener("change", async () => {
    if (!value("url")) return;
    try {
      const { data } = await ask("POST", "/v1/tiers/models", { url: address(), ...(value("key") ? { key: value("key") } : {}) });
      names.replaceChildren(...data.map((each) => h("option", { value: each.id ?? each })));
      if (!value("name") && data.length === 1) field("name").value = data[0].id ?? data[0];
      result.replaceChildren();
    } catch (error) {
      result.replaceChildren(trouble(error));
    }
  });
  const body = () => {
    const made = { url: address(), name: value("name"), thinking: value("thinking"), price_input: Number(value("price_input")), price_output: Number(value("price_output")) };
    if (value("context")) made.context = Number(value("context"));
    if (value("key")) made.key = value("key");
    if (field("vision").checked) made.vision = true; // else the trial finds out
    return made;
  };
  const busy = async (act) => {
    for (const each of made.querySelectorAll(".dialog-foot button")) each.disabled = true;
    result.replaceChildren(h("p", { class: "badge going" }, t("testing")));
    try { await act(); } catch (error) { result.replaceChildren(trouble(error)); }
    for (const each of made.querySelectorAll(".dialog-foot button")) each.disabled = false;
    result.scrollIntoView({ block: "nearest" });
  };
  const made = dialog(t("connect"), form, [
    button({ onclick: () => made.close("") }, t("cancel")),
    button({ onclick: () => busy(async () => result.replaceChildren(report(await ask("POST", "/v1/tiers/test", body())))) }, t("test")),
    button({ class: "act", onclick: () => busy(async () => {
      await ask("PUT", `/v1/tiers/${field("tier").value}`, body());
      made.close("");
      toast(t("connected"));
      load();
    }) }, t("connect_do")),
  ], { wide: true });
}

load();
