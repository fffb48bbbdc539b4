// Cards under an answer: what it asks you, what waits for your yes, and what of yours it used.

import { ask, path } from "./api.js";
import { attempt, button, closes, dialog, facts, folded, h, icon, shows } from "./parts.js";
import { memoryRow } from "./memories.js";
import { language, t } from "./words.js";

const card = (name, label, ...inside) => h("section.card", { "aria-label": label }, icon(name), h("div.form", inside));

/** The question about a purpose: yes, no, and what it changes. Either answer is final for this card. */
export function consentCard({ purpose, question, changes, ...said }, run) {
  const answer = (allowed) => () => attempt(async () => {
    await ask("PUT", path`/v1/me/consents/${purpose}`, { allowed, context: run });
    made.replaceChildren(icon(allowed ? "check" : "allow"), h("p", { role: "status" }, `${t(allowed ? "consent_yes" : "consent_no")} `, h("a", { href: "/you/allow" }, t("consent_change"))));
  });
  const made = card("allow", question, h("p", h("b", question)),
    folded(t("consent_changes"), h("div.form", h("p", changes), facts([[t("consent_without"), said.without], [t("consent_with"), said.with]]))),
    h("div.buttons", button({ class: "act", onclick: answer(true) }, t("yes")), button(answer(false), t("no"))));
  return made;
}

/** What waits for a yes: exactly what would happen, each alone or all at once. */
export function approvalCards(list) {
  const cards = list.map((each) => ({ each, made: h("section.card", { "aria-label": each.said }) }));
  const decide = async (given, approve, scope = "once") => {
    for (const { made } of given) for (const each of made.querySelectorAll("button")) each.disabled = true;
    for (const one of given) { // in their order: one may rest on the one before
      const { id, digest } = one.each;
      await attempt(async () => {
        one.each = await ask("POST", `${path`/v1/approvals/${id}`}?language=${language}`, approve ? { decision: "approve", scope, digest } : { decision: "deny" });
      });
      draw(one);
    }
    all.hidden = waiting().length < 2;
  };
  const waiting = () => cards.filter(({ each }) => each.state === "waiting");
  const draw = (one) => {
    const { state, said, shown = [], scopes = [], site, result } = one.each;
    const waits = state === "waiting";
    const head = [icon(waits ? "keys" : state === "done" ? "check" : "close"), h("p", h("b", said))];
    const what = facts(shown.map(({ name, value }) => [name, h("span.said", { dir: "auto" }, value)]));
    one.made.replaceChildren(head[0], h("div.form", head[1], waits ? what : folded(t("approval_what"), what), waits ? h("div.buttons",
      scopes.map((scope) => button({ class: scope === "once" ? "act" : "", onclick: () => decide([one], true, scope) }, t(`approve_${scope}`, { site }))),
      button(() => decide([one], false), t("no"))) : h("p", { role: "status" }, h("span.soft", t(`approval_${state}`)), result?.content && h("span.said", { dir: "auto" }, ` ${result.content}`))));
  };
  cards.forEach(draw);
  const all = h("div.buttons", { hidden: list.length < 2 },
    button(() => decide(waiting(), true), t("approve_all", { n: list.length })), button(() => decide(waiting(), false), t("deny_all")));
  return [...cards.map(({ made }) => made), all];
}

/** A chip that says how memories were used; it opens their words. */
export function memoryChip(rows) {
  const [{ how }] = rows;
  const words = t(`memory_${how}`, { n: rows.length });
  return h("button.pill", { "aria-haspopup": "dialog", onclick: () => {
    const list = h("ul.rows", rows.map(({ words, date, source: name, conversation, run, ...row }) => memoryRow({ ...row, text: words, said: date, by: row.speaker ? "others" : "you", source: { name, conversation, run } }, gone)));
    const shown = dialog(words, h("div", list, h("p.small", h("a", { href: "/you" }, t("all_memories")))), [closes(t("close"), "", "")], { wide: true });
    function gone(those) {
      for (const { id } of those) list.querySelector(`[data-id="${id}"]`)?.remove();
      if (!list.firstChild) shown.close();
    }
  } }, icon("memory"), words);
}

/** Put cards in their place, unless they stand there. */
export function showCards(place, { memory, consent, approvals = [] }, run) {
  if (shows(place, [memory, consent, approvals])) return;
  place.replaceChildren(...[memory?.length && memoryChip(memory), consent && consentCard(consent, run), ...(approvals.length ? approvalCards(approvals) : [])].filter(Boolean));
}
