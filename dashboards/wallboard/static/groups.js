// Programs, sites and pools: which of them are on a screen, the tabs that choose a kind, and the line of one with its figures.

import { h, mark, nameOf, say, shortened } from "./dom.js";
import * as f from "./format.js";
import { live } from "./live.js";
import { option, scoped, withOptions } from "./router.js";
import { against, put } from "./row.js";
import { t } from "./texts.js";
import { SIGNS } from "./labels.js";

const KINDS = ["program", "site", "pool"];
const COLUMNS = ["level", "range", "volume", "aht", "net"];
const COUNTED = { critical: "critical", warning: "warning", at_risk: "risk", never_seen: "unseen", missing: "unseen", stale: "unseen", unknown: "unseen", below: "outside", above: "outside" };

export function groupOf(kind, id) {
  return live.groups.get(`${kind} ${id}`);
}

function idsOf(queue, kind) {
  return kind === "program" ? [queue.program] : kind === "site" ? [queue.site].filter(Boolean) : queue.pools;
}

// Groups with a queue of another client than the one that the address gives the screen to.
function foreign() {
  const found = new Set();
  if (!option("program")) return found;
  for (const queue of live.queues.values()) if (!scoped(queue.program)) for (const kind of KINDS) for (const id of idsOf(queue, kind)) found.add(`${kind} ${id}`);
  return found;
}

// Kinds that queues of this screen have groups of; programs alone are a kind where there are several.
function kinds(queues) {
  const hidden = foreign();
  const has = (kind) => queues.some((queue) => idsOf(queue, kind).some((id) => !hidden.has(`${kind} ${id}`)));
  const named = ["site", "pool"].filter(has);
  return named.length || new Set(queues.map(({ program }) => program)).size > 1 ? ["program", ...named] : [];
}

// The queues of each group of a kind, worst first as they come; at the end those that are in none.
export function sectionsOf(kind, queues) {
  const hidden = foreign();
  const found = new Map();
  const none = [];
  for (const queue of queues) {
    const ids = idsOf(queue, kind).filter((id) => !hidden.has(`${kind} ${id}`));
    for (const id of ids) found.set(id, [...(found.get(id) ?? []), queue]);
    if (!ids.length) none.push(queue);
  }
  const sections = [...found].map(([id, own]) => ({ key: `${kind} ${id}`, kind, id, name: id, queues: own }));
  return none.length ? [...sections, { key: `${kind} `, kind, id: null, name: t(`groups.no.${kind}`), queues: none }] : sections;
}

// The kind that is chosen; empty: all queues in one list.
export function grouping(queues) {
  return kinds(queues).includes(option("by")) ? option("by") : "";
}

let kept = false; // whether the new view's tab takes the keyboard: it was on the old one's

export class Tabs {
  constructor() {
    this.element = h("nav", { class: "group-tabs", "aria-label": t("groups.tabs"), hidden: true });
  }

  // Many queues have no list in common: they are shown by program where nothing else is chosen.
  show(queues, many) {
    this.kinds = many ? kinds(queues) : ["", ...kinds(queues)];
    const chosen = grouping(queues) || (many ? "program" : "");
    const key = `${this.kinds} ${chosen} ${location.hash}`;
    if (key === this.key) return;
    this.key = key;
    this.element.hidden = this.kinds.length < 2;
    this.element.replaceChildren(...this.kinds.map((kind) => h("a", { href: withOptions({ by: kind }), "aria-current": kind === chosen && "true", onclick: () => { kept = true; } }, t(`groups.by.${kind || "none"}`))));
    if (kept) this.element.querySelector("[aria-current]").focus({ preventScroll: true });
    kept = false;
  }

  // The next kind.
  step() {
    if (this.element.hidden) return false;
    const at = [...this.element.children].findIndex((tab) => tab.hasAttribute("aria-current"));
    location.hash = this.element.children[(at + 1) % this.element.children.length].hash;
    return true;
  }
}

// The service level of a group in words, with its interval; empty without one.
export function levelText(group) {
  const { last } = group ?? {};
  if (!last || (last.service_level == null && !mixed(last))) return "";
  return t("program.level", { level: mixed(last) ? t("groups.mixed") : f.level(last.service_level, last.range), span: f.span(last, group.timezone) });
}

function mixed(last) {
  return last.definition === "mixed_definitions";
}

// How many queues are in which state, worst first.
export function stateCounts(queues) {
  const found = { critical: 0, warning: 0, unseen: 0, outside: 0, risk: 0, fine: 0 };
  for (const { state } of queues) found[COUNTED[state] ?? "fine"] += 1;
  return Object.entries(found).flatMap(([name, count]) => (count ? [`${count} ${t(`count.${name}`)}`] : [])).join(t("list"));
}

// The figures of a group, all of one interval, which its caption names; and which queues are not in them.
export class GroupFigures {
  constructor() {
    this.caption = h("p", { class: "g-caption" });
    this.cells = Object.fromEntries(COLUMNS.map((name) => [name, [h("span", { class: "figure" }), h("small", { class: "dim" })]]));
    this.notes = h("p", { class: "g-notes" });
    this.element = h("div", { class: "g-figures" }, this.caption, ...COLUMNS.map((name) => h("div", { class: `g-${name}` }, h("span", { class: "g-label" }, t(`groups.${name}`)), ...this.cells[name])), this.notes);
  }

  show(group) {
    this.element.hidden = !group;
    const last = group?.last;
    if (group === this.group || !group) return;
    this.group = group;
    mark(this.element, "data-empty", !last);
    say(this.caption, [last ? t(last.revised ? "last.corrected" : "last.caption", { span: f.span(last, group.timezone) }) : t("groups.none"), elsewhere(group)].filter(Boolean).join(" · "));
    const { level, range, volume, aht, net } = this.cells;
    put(level, f.level(last?.service_level, last?.range), last?.spec ?? "none", !last ? "" : mixed(last) ? t("groups.mixed") : last.denominator == null ? "" : t("last.counts", { good: f.number(last.numerator), all: f.number(last.denominator) }));
    put(range, f.percent(last?.in_range_ratio), "none", last?.in_range_ratio == null ? "" : t("last.counts", { good: f.number(last.in_range_offered), all: f.number(last.judged_offered) }));
    put(volume, f.signedPercent(last?.volume_variance), "none", against(last, "volume.counts", last?.offered, last?.forecast_offered));
    put(aht, f.signedPercent(last?.aht_variance), "none", against(last, "aht.counts", last?.aht_seconds, last?.forecast_aht_seconds));
    put(net, f.signed(last?.net_staffing, 1), { understaffed: "below", overstaffed: "above" }[last?.net] ?? "none", needed(last));
    const said = last ? notes(last) : [];
    this.notes.hidden = !said.length;
    this.notes.replaceChildren(...said.map((text) => h("span", {}, `◇ ${text}`)));
  }
}

function elsewhere(group) {
  return group.timezone === live.timezone ? "" : t("groups.clock", { time: f.clock(live.beat.now, group.timezone), place: group.timezone.split("/").at(-1).replaceAll("_", " ") });
}

function needed(last) {
  if (last?.required_agents == null) return last?.staffed_agents == null ? "" : t("groups.staffed", { staffed: f.number(last.staffed_agents, 1) });
  const all = t("net.counts", { staffed: f.number(last.staffed_agents, 1), required: f.number(last.required_agents) });
  return last.required_if_all == null ? all : `${all}${t("colon")}${t("groups.ends", { all: last.required_if_all, none: last.required_if_none })}`;
}

function notes(last) {
  const { missing, missing_count: count, not_counted: uncounted, not_required: without } = last;
  return [
    count && t("groups.incomplete", { names: named(missing, count) }),
    uncounted.length && t("groups.not_counted", { names: named(uncounted) }),
    without.length && t("groups.not_required", { names: named(without) }),
  ].filter(Boolean);
}

function named(names, count = names.length) {
  return names.map((name) => shortened(name, 40)).join(t("list")) + (count > names.length ? ` + ${count - names.length}` : "");
}

// A group above its queues: its worst state, its name, how its queues stand, and its figures.
export class GroupLine {
  constructor(section) {
    this.section = section;
    this.badge = h("span", { class: "badge" });
    this.words = h("span", { class: "g-words" });
    this.figures = new GroupFigures();
    const only = section.kind === "program" && h("a", { class: "g-only", href: withOptions({ program: section.id, q: "" }), title: t("program.screen") }, t("program.only"));
    this.element = h("div", { role: "row", class: "group-line" }, h("div", { role: "cell", class: "g-whole" }, h("div", { class: "g-who" }, this.badge, h("h2", {}, nameOf(section.name)), this.words, only), this.figures.element));
  }

  show(queues) {
    const { state } = queues[0];
    mark(this.element, "data-state", state);
    say(this.badge, `${SIGNS[state]} ${t(`state.${state}`)}`);
    say(this.words, stateCounts(queues));
    this.figures.show(this.section.id === null ? null : groupOf(this.section.kind, this.section.id));
  }
}
