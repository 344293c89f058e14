// The texts of all screens in two languages, from one catalogue (texts.json).

import { shortened } from "./dom.js";

const MOST_OF_VALUE = 120;
const catalogue = await (await fetch(new URL("texts.json", import.meta.url))).json();
const KEY = "intervalwatch.language";

export let language = document.documentElement.lang === "zh" ? "zh" : "en";
try {
  const asked = new URLSearchParams(location.search).get("lang") ?? localStorage.getItem(KEY);
  if (asked in catalogue) language = asked;
} catch {
  // A browser without storage works as well; it forgets the language.
}

function apply() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}
apply();

export function switchLanguage() {
  language = language === "en" ? "zh" : "en";
  apply();
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // A browser without storage works as well; it forgets the language.
  }
}

export function t(key, values = {}) {
  const text = catalogue[language][key] ?? catalogue.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? shortened(String(values[name]), MOST_OF_VALUE) : whole));
}

export function known(key) {
  return key in catalogue.en;
}
