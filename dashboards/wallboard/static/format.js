// Numbers and times for people. A figure that was not reported is a dash, never a zero.

import { rounded, roundedPercent } from "./rounding.js";
import { language, t } from "./texts.js";

export const NONE = "–";
const MINUS = "\u2212";
let zone = "UTC";

export function setZone(name) {
  zone = name;
}

export function number(value, digits = 0, low = null, high = null) {
  return value == null ? NONE : rounded(value, digits, low, high).replace("-", MINUS);
}

export function signed(value, digits = 0, low = null, high = null) {
  const text = number(value, digits, low, high);
  return value > 0 && text !== "0" ? `+${text}` : text;
}

export function percent(ratio, digits = 0, low = null, high = null) {
  return ratio == null ? NONE : `${roundedPercent(ratio, digits, low, high).replace("-", MINUS)} %`;
}

export function signedPercent(ratio) {
  const text = percent(ratio);
  return ratio > 0 && text !== "0 %" ? `+${text}` : text;
}

// A service level, rounded away from the limits of its range.
export function level(ratio, range) {
  return percent(ratio, 0, range?.[0], range?.[1]);
}

// A process sigma with the sign of a bound; none where there are too few contacts.
export function sigma(found) {
  return found?.level == null ? NONE : `${found.bound ? `${found.bound} ` : ""}${number(found.level, 2)}`;
}

// Targets and ranges are settings: they keep all the digits they were given.
export function target(ratio) {
  return percent(ratio, 3);
}

export function range(limits) {
  return limits ? `${target(limits[0]).replace(" %", "")}–${target(limits[1])}` : NONE;
}

const formats = new Map();

function format(options, place = zone) {
  const key = JSON.stringify([language, place, options]);
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", { timeZone: place, ...options }));
  }
  return formats.get(key);
}

const HOUR_MS = 3600000;
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

// Local time of an instant; the hour that a clock change repeats is told apart as A and B.
export function clock(instant, place = zone) {
  const ms = typeof instant === "number" ? instant : Date.parse(instant);
  const at = (moment) => format(CLOCK, place).format(moment);
  const time = at(ms);
  if (at(ms - HOUR_MS) === time) return `${time} B`;
  return at(ms + HOUR_MS) === time ? `${time} A` : time;
}

// From when to when an interval of a screen is: `13:00–13:30` in its queue's own time.
export function span({ start, seconds }, place = zone) {
  const begin = Date.parse(start);
  return `${clock(begin, place)}–${clock(begin + 1000 * seconds, place)}`;
}

export function date(instant) {
  return format({ weekday: "short", day: "numeric", month: "short" }).format(new Date(instant));
}

// The date of an instant, as addresses and inputs write it.
export function isoDate(instant) {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date(instant));
}

function ofDate(text, options) {
  return format(options, "UTC").format(new Date(`${text}T12:00:00Z`));
}

export function dayShort(text) {
  return ofDate(text, { weekday: "short", day: "numeric", month: "short" });
}

export function monthOf(text) {
  return ofDate(text, { month: "long", year: "numeric" });
}

export function dayOf(text) {
  return ofDate(text, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
}

// The time a breach opened, with the date where that is not today.
export function since(localText, nowMs) {
  const time = localText.slice(11, 16);
  return clockDay(localText) === clockDay(new Date(nowMs).toISOString()) ? time : `${date(localText)} ${time}`;
}

// An instant, with its date where that is not today.
export function moment(instant, nowMs) {
  const ms = typeof instant === "number" ? instant : Date.parse(instant);
  const time = clock(ms);
  return clockDay(ms) === clockDay(nowMs) ? time : t("moment", { time, date: format({ day: "numeric", month: "long" }).format(ms) });
}

function clockDay(instant) {
  return format({ year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date(instant));
}

export function duration(ms) {
  const minutes = Math.max(0, Math.floor(ms / 60000));
  if (minutes < 60) return t("duration.minutes", { minutes });
  if (minutes < 2880) return t("duration.hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
  return t("duration.days", { days: Math.floor(minutes / 1440), hours: Math.floor((minutes % 1440) / 60) });
}
