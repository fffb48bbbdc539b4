// The page's words in the person's language, and numbers, times and sizes as that language writes them.

const table = JSON.parse(document.getElementById("words").textContent);
export const language = document.documentElement.lang || "en";
const plurals = new Intl.PluralRules(language);

/** The words of `key`, its {slots} filled. With a number `n` the plural form `key_one`, `key_other`. */
export function t(key, slots = {}) {
  const words = table[key] ?? table[`${key}_${plurals.select(slots.n)}`] ?? table[`${key}_other`] ?? key;
  return words.replace(/\{(\w+)\}/g, (whole, slot) =>
    slot in slots ? (typeof slots[slot] === "number" ? number(slots[slot]) : slots[slot]) : whole);
}

/** What the server names, such as "draft-02", in words of its kind, if there are some. */
export function named(kind, name) {
  const [, base, n = ""] = name.match(/^(.*?)-?0*(\d+)?$/);
  const key = `${kind}_${base}`;
  return key in table ? t(key, { n }).trim() : "";
}

const numbers = (options) => new Intl.NumberFormat(language, options);
export const dates = (options) => new Intl.DateTimeFormat(language, options);
const plain = numbers({ maximumFractionDigits: 2 });
const short = numbers({ notation: "compact", maximumFractionDigits: 1 });
export const number = (value) => plain.format(value);
export const compact = (value) => (value < 10_000 ? plain.format(value) : short.format(value));

/** Facts side by side, without those that are nothing. */
export const listed = (...facts) => facts.filter(Boolean).join(" · ");

export const tokenCount = (n) => t("tokens", { n, shown: compact(n) });

/** A span of seconds: "0.8 s", "12 s", "3 min 5 s". */
export function span(seconds) {
  if (seconds == null) return "";
  if (seconds < 0.1) return t("milliseconds", { ms: number(Math.max(1, Math.round(seconds * 1000))) });
  if (seconds < 10) return t("seconds", { s: numbers({ maximumSignificantDigits: 2 }).format(seconds) });
  if (seconds < 100) return t("seconds", { s: number(Math.round(seconds)) });
  const whole = Math.round(seconds);
  return t(whole % 60 ? "minutes" : "whole_minutes", { m: number(Math.floor(whole / 60)), s: number(whole % 60) });
}

/** Money of a run; nothing for nothing. */
export function cost(value) {
  if (!value) return "";
  const digits = value < 0.01 ? 4 : 2;
  return numbers({ style: "currency", currency: "USD", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

export function bytes(size) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const at = Math.min(3, Math.floor(Math.log10(size || 1) / 3));
  const shown = size / 1000 ** at;
  return numbers({ style: "unit", unit: units[at], unitDisplay: at ? "short" : "long", maximumFractionDigits: shown < 10 && at ? 1 : 0 }).format(shown);
}

export const clock = dates({ hour: "2-digit", minute: "2-digit" });
const day = dates({ day: "numeric", month: "short" });
const full = dates({ dateStyle: "full", timeStyle: "medium" });

/** When something was: the time today, else the day, with the year if it is another one. */
export function when(moment) {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return "";
  const now = new Date();
  if (date.toDateString() === now.toDateString()) return clock.format(date);
  if (date.getFullYear() === now.getFullYear()) return day.format(date);
  return dates({ dateStyle: "medium" }).format(date);
}
export const whenExactly = (moment) => full.format(new Date(moment));
