// The day, week or month that a view shows: its place in the address, the picker, the steps and their keys.

import { h } from "./dom.js";
import * as f from "./format.js";
import { live } from "./live.js";
import { option, withOptions } from "./router.js";
import { t } from "./texts.js";

const NOON = "T12:00:00Z";

export function shift(date, days) {
  const at = new Date(`${date}${NOON}`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

export function shiftMonth(date, months) {
  const at = new Date(`${date.slice(0, 7)}-01${NOON}`);
  at.setUTCMonth(at.getUTCMonth() + months);
  return at.toISOString().slice(0, 10);
}

// The Monday of a date's week.
export function monday(date) {
  return shift(date, -((new Date(`${date}${NOON}`).getUTCDay() + 6) % 7));
}

export function daysOfMonth(date) {
  return Math.round((Date.parse(`${shiftMonth(date, 1)}${NOON}`) - Date.parse(`${date.slice(0, 7)}-01${NOON}`)) / 86400000);
}

// The date that the wallboard's clock has; the day before its first instant, as a day that just ended is still shown.
export function today() {
  return f.isoDate(live.beat.now - 1);
}

// The date in the address, where it is one; empty: today.
export function asked() {
  const text = option("date");
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : "";
}

const SCALES = {
  day: { step: shift, begin: (date) => date, name: (date) => f.dayOf(date) },
  week: { step: (date, by) => shift(date, 7 * by), begin: monday, name: (date) => t("dates.span", { from: f.dayShort(monday(date)), to: f.dayShort(shift(monday(date), 6)) }) },
  month: { step: shiftMonth, begin: (date) => `${date.slice(0, 7)}-01`, name: (date) => f.monthOf(date) },
};

// Previous, picker, next and today. `to` gives the address of a date; `scales` links the day, its week and its month.
export function dateBar(scale, label, { date = asked() || today(), to = ofView, scales = false } = {}) {
  const now = today();
  const { step, name } = SCALES[scale];
  const next = nextOf(scale, date);
  const picked = ({ target }) => target.value && go(to(target.value.length === 7 ? `${target.value}-01` : target.value));
  const short = scale === "month" ? 7 : 10;
  const arrow = (other, key, text, words) => h("a", { href: to(other), title: `${t(text)} ${key}` }, words);
  const before = step(date, -1);
  return h(
    "nav",
    { class: "steps dates", "aria-label": label },
    scales && h("span", { class: "scales" }, ...Object.keys(SCALES).map((one) => h("a", { href: withOptions({ scale: one === "day" ? "" : one }), "aria-current": one === scale ? "true" : null }, t(`dates.${one}`)))),
    arrow(before, "[", "dates.previous", `← ${nameOfStep(scale, before)}`),
    h("strong", {}, name(date)),
    next && arrow(next, "]", "dates.next", `${nameOfStep(scale, next)} →`),
    h("input", { type: scale === "month" ? "month" : "date", value: date.slice(0, short), max: now.slice(0, short), "aria-label": t("dates.pick"), onchange: picked }),
    date !== now && h("a", { href: to(now) }, t("dates.today")),
  );
}

// Yesterday and today by these names, another day by its date; a week or a month as the one before or after.
function nameOfStep(scale, date) {
  if (scale === "month") return f.monthOf(date);
  if (scale === "week") return f.dayShort(monday(date));
  if (date === today()) return t("dates.today");
  return date === shift(today(), -1) ? t("dates.yesterday") : f.dayShort(date);
}

// [ and ] step by what is shown; no step goes beyond today.
export function dateKey(scale, event, date = asked() || today(), to = ofView) {
  if (event.key !== "[" && event.key !== "]") return false;
  const other = event.key === "[" ? SCALES[scale].step(date, -1) : nextOf(scale, date);
  if (other) go(to(other));
  return true;
}

// The next day, week or month that has begun; in the present one that is today.
function nextOf(scale, date) {
  const now = today();
  const next = SCALES[scale].step(date, 1);
  if (next <= now) return next;
  return SCALES[scale].begin(next) <= now ? now : null;
}

function ofView(date) {
  return withOptions({ date: date === today() ? "" : date });
}

function go(address) {
  location.hash = address;
}
