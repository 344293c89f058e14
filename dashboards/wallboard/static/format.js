// Numbers and times for people. A figure that was not reported is a dash, never a zero.

import { language, t } from "./texts.js";

export const NONE = "–";
const MINUS = "\u2212";
let zone = "UTC";

export function setZone(name) {
  zone = name;
}

export function number(value, digits = 0) {
  if (value == null) return NONE;
  const text = Math.abs(value).toFixed(digits);
  const short = digits ? text.replace(/\.?0+$/, "") : text;
  return (value < 0 && Number(short) !== 0 ? MINUS : "") + short;
}

export function signed(value, digits = 0) {
  if (value == null) return NONE;
  const text = number(value, digits);
  return value > 0 && text !== "0" ? `+${text}` : text;
}

export function percent(ratio, digits = 0) {
  return ratio == null ? NONE : `${number(100 * ratio, digits)} %`;
}

export function signedPercent(ratio, digits = 0) {
  return ratio == null ? NONE : `${signed(100 * ratio, digits)} %`;
}

// A level close to a limit has a decimal, so that rounding cannot put it on the other side.
export function level(ratio, range) {
  if (ratio == null) return NONE;
  const near = (range ?? []).some((limit) => Math.abs(limit - ratio) < 0.01 && Math.abs(limit - ratio) > 1e-9);
  return percent(ratio, near ? 1 : 0);
}

export function range(limits) {
  return limits ? `${number(100 * limits[0])}–${percent(limits[1])}` : NONE;
}

const formats = new Map();

function format(options) {
  const key = JSON.stringify([language, zone, options]);
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", { timeZone: zone, ...options }));
  }
  return formats.get(key);
}

export function clock(instant) {
  return format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(instant));
}

export function date(instant) {
  return format({ weekday: "short", day: "numeric", month: "short" }).format(new Date(instant));
}

export function dayOf(text) {
  const options = { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
  return new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", options).format(new Date(`${text}T12:00:00Z`));
}

// The time a breach opened, with the date where that is not today.
export function since(localText, nowMs) {
  const time = localText.slice(11, 16);
  return clockDay(localText) === clockDay(new Date(nowMs).toISOString()) ? time : `${date(localText)} ${time}`;
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
