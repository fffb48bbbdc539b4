// Models: which one answers in each tier, what it can do, and connecting another.

import { ask } from "./api.js";
import { attempt, badge, button, cancels, confirm, content, dialog, doings, facts, figures, fill, filled, h, icon, note, template, toast } from "./parts.js";
import "./shell.js";
import { number, span, t } from "./words.js";

const load = () => fill(content, () => ask("GET", "/v1/tiers"), ({ data }) => data.map(section));

doings.append(button({ class: "act", onclick: () => connect("both") }, icon("plus"), t("connect")));

const ABILITIES = ["tools", "json_schema", "vision", "thinking"];

function section(tier) {
  const { card } = tier;
  const result = h("div", { role: "status" });
  return filled("tier", {
    title: t(`tier_${tier.tier}`), about: t(`tier_${tier.tier}_words`), name: card.name || t("first_model"), result,
    known: facts([
      [t("where"), card.where], [t("reads"), t("tokens", { n: card.context, shown: number(card.context) })],
      [t("price"), tier.price_input || tier.price_output ? t("prices", { input: number(tier.price_input), output: number(tier.price_output) }) : t("free")],
      [t("can"), card.weak ? t("weak") : ABILITIES.filter((each) => card[each]).map((each) => t(`can_${each}`)).join(", ") || t("can_text")],
    ]),
    notice: card.notice && note("warn", "info", h("p", card.notice)),
    test: ({ currentTarget }) => busy([currentTarget], result, async () => report(await ask("POST", `/v1/tiers/${tier.tier}/test`))),
    change: () => connect(tier.tier, tier),
    off: tier.from === tier.tier && !tier.fixed && (() => disconnect(tier.tier)),
  });
}

/** What came of a trial, as figures and what it can do. */
function report(trial) {
  const known = (value) => (value == null ? t("not_tried") : value ? t("yes") : t("no"));
  const { reachable, problems = [] } = trial;
  return note(reachable ? "" : "bad", reachable ? "check" : "warn",
    h("p", h("b", trial.name || ""), " ", t(reachable ? "answers" : "answers_not")),
    reachable && figures([
      [t("first_token"), trial.first_token != null && span(trial.first_token)], [t("speed"), trial.speed != null && t("per_second", { n: Math.round(trial.speed) })],
      ...ABILITIES.map((each) => [t(`can_${each}`), known(trial[each])]),
    ]), problems.map((problem) => h("p.soft", problem)));
}

/** Do what takes a while: no button works meanwhile, and what came of it, or the refusal, is shown. */
async function busy(buttons, result, act) {
  for (const each of buttons) each.disabled = true;
  result.replaceChildren(badge("going", t("testing")));
  await fill(result, act, (made) => made, true);
  for (const each of buttons) each.disabled = false;
}

async function disconnect(tier) {
  if (!(await confirm(t("disconnect_title"), t("disconnect_words"), t("disconnect")))) return;
  await attempt(() => ask("DELETE", `/v1/tiers/${tier}`));
  load();
}

/** The form stands in the page's template; what is known of the present model is filled in. */
function connect(tier, present = {}) {
  const form = template("form");
  const field = (name) => form.querySelector(`[name="${name}"]`);
  const names = form.querySelector("datalist");
  const result = form.querySelector("[role=status]");
  for (const name of ["url", "name", "context", "price_input", "price_output", "thinking"]) field(name).value = present[name] ?? field(name).value;
  field("tier").value = tier;
  field("vision").checked = present.vision;
  if (present.key_set) field("key").placeholder = t("key_kept");
  const value = (name) => field(name).value.trim();
  const address = () => (value("url").includes("://") ? value("url") : `http://${value("url")}`);
  const key = () => ({ key: value("key") || undefined });
  field("url").onchange = () => value("url") && fill(result, () => ask("POST", "/v1/tiers/models", { url: address(), ...key() }), ({ data }) => {
    names.replaceChildren(...data.map(({ id }) => h("option", { value: id })));
    if (!value("name") && data.length === 1) field("name").value = data[0].id;
  }, true);
  const body = () => ({
    url: address(), name: value("name"), thinking: value("thinking"), price_input: Number(value("price_input")), price_output: Number(value("price_output")),
    context: Number(value("context")) || undefined, ...key(), vision: field("vision").checked || undefined, // else the trial finds out
  });
  const trying = async (act) => {
    await busy(made.querySelectorAll(".dialog-foot button"), result, act);
    result.scrollIntoView({ block: "nearest" });
  };
  const made = dialog(t("connect"), form, [
    cancels(),
    button(() => trying(async () => report(await ask("POST", "/v1/tiers/test", body()))), t("test")),
    button({ class: "act", onclick: () => trying(async () => {
      await ask("PUT", `/v1/tiers/${field("tier").value}`, body());
      made.close("");
      toast(t("connected"));
      load();
    }) }, t("connect_do")),
  ], { wide: true });
}

load();
