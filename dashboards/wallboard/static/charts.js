// Charts in the page's colours; the library is loaded from this server when a page first draws one.

let library = null;

function load() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "/static/plotly.min.js";
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("plotly.min.js"));
    document.head.append(script);
  });
  return library;
}

export function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: of("text"), dim: of("dim"), line: of("line"), panel: of("panel"),
    bad: of("bad"), good: of("good"), high: of("high"), warn: of("warn"), band: of("band"), accent: of("accent"),
  };
}

export async function draw(element, data, layout) {
  const plotly = await load();
  element.querySelector(":scope > .empty")?.remove();
  // Paper is white: what was drawn for a dark ground is turned round there.
  element.dataset.ground = getComputedStyle(document.documentElement).colorScheme;
  const paint = colours();
  const axis = { gridcolor: paint.line, linecolor: paint.line, zerolinecolor: paint.line, tickcolor: paint.line };
  const whole = {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, size: 14, color: paint.text },
    margin: { l: 64, r: 20, t: 20, b: 40 },
    showlegend: false,
    ...layout,
  };
  for (const name of Object.keys(whole)) if (/^[xy]axis/.test(name)) whole[name] = { ...axis, ...whole[name] };
  await plotly.react(element, data, whole, { displayModeBar: false, responsive: true, locale: "en-US" });
}

export function clear(element) {
  if (window.Plotly) window.Plotly.purge(element);
}
