// The frame around the views: header, addresses, keys, theme, language.

import { h, mark, say } from "./dom.js";
import * as f from "./format.js";
import { ask, listen, live } from "./live.js";
import { addressOf, filterText, here, scoped, setFilter } from "./router.js";
import { switchLanguage, t } from "./texts.js";
import { load, loadAll, viewOf } from "./views.js";

const QUALITY = ["quality", "nav.quality", "4"];
const TABS = [["now", "nav.overview", "1"], ["day", "nav.map", "2"], ["breaches", "nav.breaches", "3"]];
const THEMES = ["auto", "dark", "light"];
const UNSEEN = new Set(["never_seen", "missing", "stale", "unknown"]);

const main = document.getElementById("main");
const bar = document.getElementById("bar");
let view = null;
let frame = null;

function keep(name, value) {
  try {
    if (value === undefined) return localStorage.getItem(`intervalwatch.${name}`);
    localStorage.setItem(`intervalwatch.${name}`, value);
  } catch {
    // A browser without storage works as well; it forgets the choice.
  }
  return null;
}

const asked = new URLSearchParams(location.search).get("theme");
let theme = THEMES.includes(asked) ? asked : (keep("theme") ?? "auto");
let keysOn = keep("keys") !== "off";

function applyTheme() {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document.querySelector("meta[name=color-scheme]").content = theme === "auto" ? "light dark" : theme;
}

function nextTheme() {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  keep("theme", theme);
  applyTheme();
  build();
}

function nextLanguage() {
  switchLanguage();
  build();
}

function build() {
  frame = {
    counts: h("ul", { class: "counts" }),
    clock: h("time", { class: "clock" }),
    date: h("span", { class: "dim" }),
    link: h("span", { class: "link" }),
    alarm: h("p", { class: "alarm", role: "alert", hidden: true }),
    tabs: TABS.map(([name, key]) => h("a", { href: addressOf(name) }, t(key))),
  };
  document.querySelector(".skip").textContent = t("skip");
  bar.replaceChildren(
    h(
      "div",
      { class: "bar" },
      h("span", { class: "brand" }, "intervalwatch"),
      h("nav", { "aria-label": t("nav") }, ...frame.tabs),
      frame.counts,
      h("span", { class: "spring" }),
      h("input", { id: "filter", type: "search", placeholder: t("filter"), "aria-label": t("filter"), value: filterText(), oninput: onFilter }),
      h("button", { type: "button", onclick: nextLanguage, "aria-label": t("language.label") }, t("language")),
      h("button", { type: "button", onclick: nextTheme, "aria-label": t(`theme.${theme}`), title: t(`theme.${theme}`) }, { auto: "◐", dark: "●", light: "○" }[theme]),
      h("button", { type: "button", onclick: showKeys, "aria-label": t("help"), title: t("help") }, "?"),
      h("span", { class: "when" }, frame.clock, h("span", { class: "under" }, frame.date, frame.link)),
    ),
    frame.alarm,
  );
  showBeat();
  route();
}

function onFilter(event) {
  setFilter(event.target.value);
  view?.filter?.();
}

function showBeat() {
  const { beat } = live;
  say(frame.link, !live.connected ? t("connecting") : live.followsWorkers ? t("live") : t("from.history"));
  document.body.classList.toggle("from-history", !live.followsWorkers);
  mark(frame.link, "data-on", live.connected);
  if (!beat) return;
  say(frame.clock, f.clock(beat.now));
  say(frame.date, f.date(beat.now));
  let alarm = "";
  if (!live.connected) alarm = t("lost", { time: f.clock(beat.now) });
  else if (beat.recovering) alarm = t("recovering");
  else if (!beat.ok) alarm = t("cutoff", { text: beat.text });
  document.body.classList.toggle("doubtful", Boolean(alarm));
  if (!alarm && beat.troubles) alarm = t("untold", { text: beat.troubles });
  frame.alarm.hidden = !alarm;
  say(frame.alarm, alarm);
}

function showCounts() {
  const counts = { critical: 0, warning: 0, unseen: 0, outside: 0, risk: 0, fine: 0 };
  for (const { state, program } of live.queues.values()) {
    if (!scoped(program)) continue;
    if (state === "critical" || state === "warning") counts[state] += 1;
    else if (UNSEEN.has(state)) counts.unseen += 1;
    else if (state === "below" || state === "above") counts.outside += 1;
    else if (state === "at_risk") counts.risk += 1;
    else counts.fine += 1;
  }
  const open = counts.critical + counts.warning;
  document.title = open ? `(${open}) ${t("title")}` : t("title");
  const key = JSON.stringify(counts) + document.documentElement.lang;
  if (frame.countsKey === key) return;
  frame.countsKey = key;
  frame.counts.replaceChildren(
    ...Object.entries(counts)
      .filter(([name, count]) => count > 0 || name === "critical")
      .map(([name, count]) => h("li", { "data-count": name }, h("strong", {}, String(count)), ` ${t(`count.${name}`)}`)),
  );
}

function route() {
  const [name = "now", ...rest] = here();
  const View = viewOf(name);
  for (const [place, tab] of frame.tabs.entries()) {
    mark(tab, "aria-current", TABS[place][0] === name ? "page" : null);
    tab.href = addressOf(TABS[place][0]);
  }
  const box = document.getElementById("filter");
  if (box !== document.activeElement) box.value = filterText();
  view?.close?.();
  main.replaceChildren();
  main.className = `view-${name}`;
  if (!live.loaded || !View) {
    const told = h("p", { class: "empty" }, t("loading"));
    view = null;
    main.append(told);
    if (!View) load(name).then(() => told.isConnected && route(), (error) => say(told, error.message));
    return;
  }
  view = new View(main, ...rest);
  showCounts();
}

function showKeys() {
  const rows = [["1", "keys.1"], ["2", "keys.2"], ["3", "keys.3"], ["4", "keys.4"], ["/", "keys.slash"], ["g", "keys.g"], ["← → ↑ ↓ Enter", "keys.move"], ["[ ]", "keys.steps"], ["t", "keys.t"], ["l", "keys.l"], ["Esc", "keys.escape"], ["?", "keys.help"]];
  const box = h("input", { type: "checkbox", id: "keys-on", checked: keysOn, onchange: (event) => {
    keysOn = event.target.checked;
    keep("keys", keysOn ? "on" : "off");
  } });
  const dialog = h(
    "dialog",
    { "aria-labelledby": "keys-title", onclose: () => dialog.remove() },
    h("h2", { id: "keys-title" }, t("keys.title")),
    h("dl", { class: "keys" }, ...rows.flatMap(([key, text]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, t(text))])),
    h("p", {}, box, " ", h("label", { for: "keys-on" }, t("keys.off"))),
    h("form", { method: "dialog" }, h("button", {}, t("keys.close"))),
  );
  document.body.append(dialog);
  dialog.showModal();
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "Escape") {
    if (typing) typing.blur();
    else if (here().length > 0 && here()[0] !== "now") history.back();
    return;
  }
  if (typing || !keysOn) return;
  const tab = TABS.find(([, , key]) => key === event.key);
  if (tab) location.hash = addressOf(tab[0]);
  else if (event.key === "/") document.getElementById("filter").focus();
  else if (event.key === "t") nextTheme();
  else if (event.key === "l") nextLanguage();
  else if (event.key === "?") showKeys();
  else if (view?.key?.(event)) return;
  else return;
  event.preventDefault();
}

// With the whole state; it may be here before this script.
function begin() {
  f.setZone(live.timezone);
  requestAnimationFrame(() => setTimeout(loadAll)); // once this is painted
  if (!live.hasHistory || TABS.includes(QUALITY)) return;
  // The tab appears once something was monitored.
  ask("/live/quality", {}).then(({ programs }) => {
    if (!programs.length || TABS.includes(QUALITY)) return;
    TABS.push(QUALITY);
    build();
  }, () => {});
}

applyTheme();
if (live.loaded) begin();
build();
listen((kind, names) => {
  if (kind === "beat") showBeat();
  if (kind === "state") {
    begin();
    showBeat();
    if (!view) {
      route();
      return;
    }
  }
  if (kind === "state" || kind === "queues" || kind === "figures") showCounts();
  view?.update?.(kind, names);
});
window.addEventListener("hashchange", route);
document.addEventListener("keydown", onKey);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => view?.repaint?.());
