// The monitoring of a program: coverage, spread, failed checks, and agents that differ by more than chance.

import { colours, draw } from "./charts.js";
import { h, nameOf, shortened } from "./dom.js";
import * as f from "./format.js";
import { t } from "./texts.js";

const MOST = 12; // bars, and agents listed by name
const NAMED = 3;

export function familyName(vocabulary, family) {
  return vocabulary === "fatal" ? t(`family.fatal.${family}`) : t(`family.${family}`);
}

// The findings that a quality lead needs first: accuracy below target, coverage, spread, failing checks.
export function headline({ families, monitoring, vocabulary }, judge) {
  return h("ul", { class: "facts" }, short(families, vocabulary, judge), unmonitored(monitoring.coverage), uneven(monitoring.spread), failing(monitoring.failures, vocabulary));
}

function fact(kind, title, text, detail) {
  const sign = { bad: "▼", doubt: "▽", good: "✓", none: "·" }[kind];
  return h("li", { "data-fact": kind }, h("h3", {}, title), h("p", { class: "fact" }, h("span", { "aria-hidden": "true" }, `${sign} `), text), h("p", { class: "dim" }, detail));
}

function short(families, vocabulary, judge) {
  const judged = families.map((family) => [judge(family), family]).filter(([, family]) => family.target != null && family.n);
  const gap = ([, family]) => family.value - family.target;
  const below = judged.filter(([verdict]) => verdict === "below" || verdict === "doubt").sort((a, b) => (a[0] === b[0] ? gap(a) - gap(b) : a[0] === "below" ? -1 : 1));
  const title = t("quality.fact.short");
  if (!below.length) return fact(judged.some(([verdict]) => verdict === "at") ? "good" : "none", title, t(judged.some(([verdict]) => verdict === "at") ? "quality.fact.at" : "quality.few"), "");
  const [verdict, worst] = below[0];
  const figures = t("quality.fact.against", { value: f.percent(worst.value, 1, worst.target), target: f.target(worst.target), right: worst.right, n: worst.n });
  const more = below.length > 1 ? ` + ${below.length - 1}` : "";
  return fact(verdict === "below" ? "bad" : "doubt", title, `${familyName(vocabulary, worst.family)}${more}`, `${figures}${verdict === "below" ? "" : `, ${t("quality.fact.chance")}`}`);
}

function unmonitored(coverage) {
  const title = t("quality.fact.unmonitored");
  if (!coverage) return fact("none", title, t("quality.fact.unknown"), t("quality.coverage.unknown"));
  const { agents, behind, as_of: day } = coverage;
  if (!behind) return fact("good", title, t("quality.fact.all", { agents: agents.length }), t("quality.fact.asof", { day: f.dayOf(day) }));
  const named = agents.slice(0, Math.min(behind, NAMED)).map(({ agent, evaluations, due }) => `${shortened(agent)} ${evaluations}/${due}`);
  const more = behind > NAMED ? ` + ${behind - NAMED}` : "";
  return fact("bad", title, t("quality.fact.behind", { behind, agents: agents.length }), named.join(", ") + more);
}

function uneven(spread) {
  const title = t("quality.fact.uneven");
  const found = spread.filter(({ finding }) => finding);
  const tested = spread.filter(({ p_value: p }) => p != null);
  const names = (rows) => rows.map(({ dimension }) => t(`quality.dimension.${dimension}`)).join(", ");
  if (found.length) return fact("bad", title, names(found), found.map(farthest).join("; "));
  if (tested.length) return fact("good", title, t("quality.spread.even"), names(tested));
  return fact("none", title, t(spread.length ? "quality.few" : "quality.fact.unknown"), "");
}

// The group whose share of evaluations is furthest from its share of contacts.
function farthest({ dimension, groups }) {
  const [contacts, evaluations] = totals(groups);
  const gap = (group) => group.evaluations / evaluations - group.contacts / contacts;
  const worst = groups.reduce((one, other) => (Math.abs(gap(other)) > Math.abs(gap(one)) ? other : one));
  return t("quality.spread.farthest", { group: named(dimension, worst.group), contacts: f.percent(worst.contacts / contacts), evaluations: f.percent(worst.evaluations / evaluations) });
}

function named(dimension, group) {
  return dimension === "hours" ? `${group.padStart(2, "0")}:00` : group;
}

function totals(groups) {
  return ["contacts", "evaluations"].map((name) => groups.reduce((sum, group) => sum + group[name], 0) || 1);
}

function failing(failures, vocabulary) {
  const title = t("quality.fact.failing");
  if (!failures.length) return fact("good", title, t("quality.fact.nofailure"), "");
  const [{ check, family, failed, applicable, cumulative }] = failures;
  return fact("none", title, check, t("quality.fact.failed", { family: familyName(vocabulary, family), failed, applicable, share: f.percent(cumulative) }));
}

// The number of findings, by which programs are sorted.
export function findings({ families, monitoring }, judge) {
  const below = families.filter((family) => judge(family) === "below").length;
  return below + (monitoring.coverage?.behind ? 1 : 0) + monitoring.spread.filter(({ finding }) => finding).length;
}

export function details({ program, monitoring, vocabulary }) {
  const { coverage, spread, calibration, failures, funnel, accuracy } = monitoring;
  const families = [...new Set(funnel.map(({ family }) => family))].filter((family) => family !== "non_critical");
  return h(
    "div",
    { class: "panels" },
    panel("failures", t("quality.failures"), failures.length ? [picture((c) => pareto(failures, c), t("quality.failures.picture")), checks(failures, vocabulary)] : [h("p", { class: "dim" }, t("quality.fact.nofailure"))]),
    panel("coverage", t("quality.coverage"), covered(coverage)),
    ...spread.map((one) => panel("spread", `${t("quality.spread")}: ${t(`quality.dimension.${one.dimension}`)} – ${evenness(one)}`, [picture((c) => shares(one, c), t("quality.spread.picture")), where(one)])),
    ...families.map((family) => panel("funnel", `${t("quality.funnel")}: ${familyName(vocabulary, family)}`, agents(funnel.filter((one) => one.family === family)))),
    panel("calibration", t("quality.calibration"), calibration.length ? [agreed(calibration, vocabulary)] : [h("p", { class: "dim" }, t("quality.calibration.none"))]),
    ...["team", "agent"].filter((scope) => accuracy.some((one) => one.scope === scope)).map((scope) => panel("scope", t(`quality.by.${scope}`), [scoped(accuracy.filter((one) => one.scope === scope), vocabulary, `${program}, ${t(`quality.by.${scope}`)}`)])),
  );
}

function panel(kind, title, content) {
  return h("div", { class: "panel", "data-panel": kind }, h("h3", {}, title), ...content);
}

// A chart that is drawn once it is in the page; a table beside it has the same figures.
function picture(make, label) {
  const chart = h("div", { class: "chart small", role: "img", "aria-label": label });
  requestAnimationFrame(async () => {
    if (!chart.isConnected) return;
    try {
      await draw(chart, ...make(colours()));
    } catch {
      chart.replaceChildren(h("p", { class: "empty" }, t("chart.missing")));
    }
  });
  return chart;
}

function table(columns, rows, label) {
  return h(
    "details",
    {},
    h("summary", {}, t("quality.table")),
    plain(columns, rows, label),
  );
}

function plain(columns, rows, label) {
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    h("table", { class: "figures quality" }, h("thead", {}, h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, t(`quality.${name}`))))), h("tbody", {}, ...rows.map(([name, ...cells]) => h("tr", {}, h("th", { scope: "row" }, nameOf(name)), ...cells.map((cell) => h("td", {}, cell)))))),
  );
}

function pareto(failures, c) {
  const rows = failures.slice(0, MOST);
  const names = rows.map(({ check }) => check);
  const most = rows[0].failed;
  return [
    [
      { type: "bar", orientation: "h", y: names, x: rows.map(({ failed }) => failed), marker: { color: rows.map((_, place) => (place ? c.dim : c.bad)) }, text: rows.map(({ failed, applicable }) => `<b>${failed}</b> / ${applicable}`), textposition: "none", hoverinfo: "skip" },
      { type: "scatter", mode: "lines+markers", y: names, x: rows.map(({ cumulative }) => cumulative), xaxis: "x2", line: { color: c.accent, width: 2 }, marker: { symbol: "diamond", size: 8 }, hovertemplate: "%{x:.0%}<extra></extra>" },
    ],
    {
      height: Math.max(288, 120 + 30 * rows.length),
      margin: { l: 20, r: 84, t: 48, b: 56 },
      annotations: rows.map(({ failed, applicable }, place) => ({ xref: "paper", x: 1, xanchor: "left", xshift: 8, y: place, showarrow: false, text: `<b>${failed}</b> / ${applicable}`, font: { color: c.text, size: 13 } })),
      yaxis: { autorange: "reversed", automargin: true, fixedrange: true, showgrid: false, type: "category", tickvals: names, ticktext: names.map((name) => shortened(name)) },
      xaxis: { range: [0, 1.03 * most], fixedrange: true, title: { text: `█ ${t("quality.failed")}`, font: { size: 13 } }, ...(most < 5 ? { dtick: 1 } : { nticks: 6 }) },
      xaxis2: { range: [0, 1.03], tickvals: [0, 0.5, 0.8, 1], tickformat: ".0%", overlaying: "x", side: "top", fixedrange: true, showgrid: false, title: { text: `◆ ${t("quality.cumulative")}`, font: { color: c.accent, size: 13 } } },
    },
  ];
}

function checks(failures, vocabulary) {
  const rows = failures.map(({ check, family, failed, applicable, cumulative }) => [check, familyName(vocabulary, family), `${failed} / ${applicable}`, f.percent(failed / applicable, 1), f.percent(cumulative)]);
  return table(["check", "family", "failed.of", "failed.share", "cumulative"], rows, t("quality.failures"));
}

function covered(coverage) {
  if (!coverage) return [h("p", { class: "dim" }, t("quality.coverage.unknown"))];
  const { agents, behind, min_evaluations: least, as_of: day } = coverage;
  const row = ({ agent, evaluations, due, contacts }) => [agent, `${evaluations < due ? "▼" : "✓"} ${evaluations} / ${due}`, String(contacts)];
  const columns = ["agent", "pace", "contacts"];
  const made = agents.reduce((sum, { evaluations }) => sum + evaluations, 0);
  const due = agents.reduce((sum, agent) => sum + agent.due, 0);
  return [
    h("p", {}, t("quality.coverage.pace", { day: f.dayOf(day), made, due, least })),
    ...(behind ? [plain(columns, agents.slice(0, Math.min(behind, MOST)).map(row), t("quality.coverage"))] : [h("p", {}, `✓ ${t("quality.fact.all", { agents: agents.length })}`)]),
    table(columns, agents.map(row), t("quality.coverage.every")),
  ];
}

function evenness({ finding, p_value: p }) {
  if (p == null) return `· ${t("quality.few")}`;
  return finding ? `▼ ${t("quality.spread.uneven")} (p ${p < 0.001 ? "< 0.001" : `= ${f.number(p, 3)}`})` : `✓ ${t("quality.spread.even")}`;
}

function shown({ dimension, groups }) {
  return dimension === "agents" ? [...groups].sort((a, b) => b.contacts - a.contacts).slice(0, 3 * MOST) : groups;
}

function shares(one, c) {
  const [contacts, evaluations] = totals(one.groups);
  const rows = shown(one);
  const names = rows.map(({ group }) => named(one.dimension, group));
  const bar = (values, name, marker) => ({ type: "bar", name, x: names, y: values, marker, hovertemplate: `${name}: %{y:.1%}<extra></extra>` });
  return [
    [
      bar(rows.map((group) => group.contacts / contacts), t("quality.spread.contacts"), { color: c.panel, line: { color: c.dim, width: 2 }, pattern: { shape: "/", fgcolor: c.dim, size: 6 } }),
      bar(rows.map((group) => group.evaluations / evaluations), t("quality.spread.evaluations"), { color: one.finding ? c.bad : c.accent }),
    ],
    { height: 270, barmode: "group", bargap: 0.25, showlegend: true, legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" }, margin: { l: 50, r: 10, t: 36, b: 40 }, xaxis: { type: "category", fixedrange: true, automargin: true }, yaxis: { tickformat: ".0%", rangemode: "tozero", fixedrange: true } },
  ];
}

function where(one) {
  const [contacts, evaluations] = totals(one.groups);
  const rows = one.groups.map((group) => [named(one.dimension, group.group), `${group.contacts} (${f.percent(group.contacts / contacts, 1)})`, `${group.evaluations} (${f.percent(group.evaluations / evaluations, 1)})`]);
  return table(["group", "contacts", "evaluations"], rows, t("quality.spread"));
}

function agents(rows) {
  const outside = rows.filter((one) => one.outside);
  const sign = { low: "▼", high: "▲" };
  const words = (one) => `${sign[one.outside]} ${shortened(one.agent)}: ${f.percent(one.value, 1)} (${one.right} / ${one.n})`;
  const cells = rows.map((one) => [one.agent, `${one.right} / ${one.n}`, f.percent(one.value, 1), `${f.number(100 * one.low, 1)}–${f.percent(one.high, 1)}`, one.outside ? `${sign[one.outside]} ${t(`quality.funnel.${one.outside}`)}` : `✓ ${t("quality.funnel.inside")}`]);
  return [
    h("p", {}, outside.length ? outside.slice(0, NAMED).map(words).join(", ") + (outside.length > NAMED ? ` + ${outside.length - NAMED}` : "") : `✓ ${t("quality.funnel.none")}`),
    picture((c) => plot(rows, c), t("quality.funnel.picture")),
    table(["agent", "right", "accuracy", "limits", "verdict"], cells, t("quality.funnel")),
  ];
}

function plot(rows, c) {
  const ordered = [...rows].sort((a, b) => a.n - b.n);
  const limit = (name) => ({ type: "scatter", mode: "lines", x: ordered.map(({ n }) => n), y: ordered.map((one) => one[name]), line: { color: c.dim, dash: "dash", width: 2 }, hoverinfo: "skip" });
  const least = Math.min(...rows.map(({ value, low }) => Math.min(value, low)));
  return [
    [
      limit("low"),
      limit("high"),
      {
        type: "scatter", mode: "markers+text", x: rows.map(({ n }) => n), y: rows.map(({ value }) => value),
        text: rows.map((one) => (one.outside ? ` ${shortened(one.agent)}` : "")), textposition: "middle right", textfont: { color: c.text },
        customdata: rows.map(({ agent, right, n }) => [shortened(agent), right, n]), hovertemplate: "%{customdata[0]}: %{customdata[1]} / %{customdata[2]}<extra></extra>",
        marker: { size: rows.map((one) => (one.outside ? 14 : 9)), symbol: rows.map((one) => ({ low: "triangle-down", high: "triangle-up" })[one.outside] ?? "circle-open"), color: rows.map((one) => ({ low: c.bad, high: c.high })[one.outside] ?? c.accent), line: { width: 2 } },
        cliponaxis: false,
      },
    ],
    {
      height: 300,
      margin: { l: 56, r: 80, t: 14, b: 48 },
      xaxis: { title: { text: t("quality.funnel.n"), font: { size: 13 } }, rangemode: "tozero", fixedrange: true },
      yaxis: { tickformat: ".0%", range: [Math.max(0, least - 0.05), 1.03], fixedrange: true },
      shapes: [{ type: "line", xref: "paper", x0: 0, x1: 1, y0: rows[0].centre, y1: rows[0].centre, line: { color: c.good, width: 2 } }],
    },
  ];
}

function agreed(rows, vocabulary) {
  const cells = rows.map(({ family, pairs, agreed: same, kappa }) => [familyName(vocabulary, family), f.percent(same / pairs, 1), `${same} / ${pairs}`, kappa == null ? f.NONE : f.number(kappa, 2)]);
  return plain(["family", "agreement", "pairs", "kappa"], cells, t("quality.calibration"));
}

function scoped(rows, vocabulary, label) {
  const range = ({ low, high }) => (low == null ? f.NONE : `${f.number(100 * low, 1)}–${f.percent(high, 1)}`);
  const cells = rows.map(({ name, family, random, targeted }) => [name, familyName(vocabulary, family), f.percent(random.value, 1), `${random.right} / ${random.n}`, range(random), targeted.n ? `${targeted.right} / ${targeted.n}` : f.NONE]);
  return table(["name", "family", "accuracy", "right", "interval", "targeted"], cells, label);
}
