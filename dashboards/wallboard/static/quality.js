// Critical error accuracy of the month (item 2.4), always with n and its interval.

import { card } from "./breaches.js";
import { h, nameOf, say, svg } from "./dom.js";
import * as f from "./format.js";
import { ask, live } from "./live.js";
import { details, familyName, findings, headline } from "./monitoring.js";
import { addressOf, matches } from "./router.js";
import { t } from "./texts.js";

const LEAST = 0.5; // low end of the chart's axis, lower where an interval goes below it
const COLUMNS = ["queue", "family", "accuracy", "right", "interval", "picture", "target", "verdict", "targeted"];

export class Quality {
  constructor(root) {
    this.title = h("h1", {});
    this.body = h("div", {});
    root.append(this.title, h("p", { class: "dim" }, t("quality.note")), this.body);
    this.load();
  }

  close() {
    this.closed = true;
  }

  update(kind) {
    if (kind === "breaches" || kind === "state") this.load();
  }

  filter() {
    this.seen = null;
    if (this.told) this.show();
  }

  async load() {
    try {
      const told = await ask("/live/quality", {});
      if (this.closed) return;
      this.told = told;
      this.show();
    } catch (error) {
      if (!this.told) this.body.replaceChildren(h("p", { class: "empty" }, error.message));
    }
  }

  show() {
    const { month, programs } = this.told;
    say(this.title, t("quality.title", { month: month ?? "" }));
    const breaches = live.breaches.filter((breach) => breach.item === "2.4" && breach.state !== "resolved" && matches(breach));
    const shown = programs.filter((one) => matches({ program: one.program, queue: one.queues.map(({ queue }) => queue).join(" ") }));
    // Unchanged figures are not drawn again, so that opened details stay open.
    const seen = JSON.stringify([shown, breaches]);
    if (seen === this.seen) return;
    this.seen = seen;
    const wrong = (one) => findings(one, judgeOf(one));
    shown.sort((a, b) => wrong(b) - wrong(a));
    this.body.replaceChildren(
      ...(shown.length ? shown.map(whole) : [h("p", { class: "empty" }, t("quality.none"))]),
      ...(breaches.length ? [h("section", {}, h("h2", {}, t("breaches.open")), h("ul", { class: "cards" }, ...breaches.map((breach) => h("li", {}, card(breach)))))] : []),
    );
  }
}

function judgeOf({ min_n: few }) {
  return (family) => ({ "quality.at": "at", "quality.sure": "below", "quality.doubt": "doubt" })[judge(family, few)[2]];
}

function whole(told) {
  return h("section", { class: "program" }, h("h2", {}, nameOf(told.program)), headline(told, judgeOf(told)), table(told), details(told));
}

function table({ program, min_n: few, families, queues, vocabulary }) {
  const all = [...families, ...queues.flatMap((one) => one.families)];
  const least = Math.min(LEAST, ...all.filter((one) => one.n).map((one) => one.low));
  const rows = [...families.map((family) => row(t("quality.whole"), family, few, least, vocabulary)), ...(queues.length > 1 ? queues.flatMap((one) => one.families.map((family) => row(h("a", { href: addressOf("queue", one.queue) }, nameOf(one.queue)), family, few, least, vocabulary))) : [])];
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": program },
    h("table", { class: "figures quality" }, h("thead", {}, h("tr", {}, ...COLUMNS.map((name) => h("th", { scope: "col" }, t(`quality.${name}`))))), h("tbody", {}, ...rows)),
  );
}

function row(name, family, few, least, vocabulary) {
  const [sign, verdict, words] = judge(family, few);
  const targeted = family.targeted_n ? `${family.targeted_right} / ${family.targeted_n}` : f.NONE;
  return h(
    "tr",
    { "data-family": family.family },
    h("th", { scope: "row" }, name),
    h("td", {}, familyName(vocabulary, family.family)),
    h("td", { class: "strong" }, f.percent(family.value, 1, family.target)),
    h("td", {}, `${family.right} / ${family.n}`),
    h("td", {}, family.n ? `${f.number(100 * family.low, 1)}–${f.percent(family.high, 1)}` : f.NONE),
    h("td", {}, picture(family, least, verdict)),
    h("td", {}, f.target(family.target)),
    h("td", { "data-verdict": verdict }, `${sign} ${t(words)}`),
    h("td", {}, targeted),
  );
}

// An accuracy below its target is a finding only where its whole interval lies below.
function judge({ n, value, high, target }, few) {
  if (target == null) return ["○", "none", "quality.no_target"];
  if (n < few) return ["·", "none", "quality.few"];
  if (value >= target) return ["✓", "in_range", "quality.at"];
  return high < target ? ["▼", "below", "quality.sure"] : ["▽", "none", "quality.doubt"];
}

function picture({ n, value, low, high, target }, least, verdict) {
  if (!n) return "";
  const x = (ratio) => `${(100 * (ratio - least)) / (1 - least)}%`;
  const width = (from, to) => `${Math.max(0.5, (100 * (to - from)) / (1 - least))}%`;
  return svg(
    "svg",
    { class: "sure", "aria-hidden": "true" },
    svg("rect", { class: "track", y: "45%", width: "100%", height: "10%" }),
    svg("rect", { class: "bar", "data-verdict": verdict, x: x(low), y: "25%", width: width(low, high), height: "50%" }),
    svg("circle", { class: "point", cx: x(value), cy: "50%", r: "4.5" }),
    target == null ? null : svg("rect", { class: "tick", x: x(target), y: "0", width: "2", height: "100%" }),
  );
}
