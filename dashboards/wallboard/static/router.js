// The addresses of views (#/view/part?key=value): view and parts, filter, client, date.

const DATED = new Set(["day", "breaches", "quality"]);

export function addressOf(view, ...parts) {
  return `#/${[view, ...parts].map(encodeURIComponent).join("/")}${kept(DATED.has(view))}`;
}

const last = { hash: null, path: "", options: null };

// Every link on a screen asks for it: it is read once for each address.
function split() {
  const { hash } = location;
  if (hash !== last.hash) {
    const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
    Object.assign(last, { hash, path, options: new URLSearchParams(query) });
  }
  return [last.path, last.options];
}

export function here() {
  try {
    return split()[0].split("/").filter(Boolean).map(decodeURIComponent);
  } catch {
    return [];
  }
}

export function option(name) {
  return split()[1].get(name) ?? "";
}

// The address of this view with other options; an empty one goes.
export function withOptions(values) {
  const [path, present] = split();
  const options = new URLSearchParams(present);
  for (const [name, value] of Object.entries(values)) {
    if (value) options.set(name, value);
    else options.delete(name);
  }
  const query = options.toString();
  return `#/${path}${query ? `?${query}` : ""}`;
}

// Filter, client and kind of groups go along from view to view, the date to those that have one.
function kept(dated) {
  const names = ["q", "program", "by", ...(dated ? ["date"] : [])];
  const options = new URLSearchParams(names.flatMap((name) => (option(name) ? [[name, option(name)]] : [])));
  return options.size ? `?${options}` : "";
}

// Write the filter into the address, without a step in the browser's history for every letter.
export function setFilter(text) {
  history.replaceState(null, "", withOptions({ q: text.trim() }));
}

export function filterText() {
  return option("q");
}

// Whether a program is on this screen: one that an address gives to a client shows no other's.
export function scoped(program) {
  return !option("program") || option("program") === program;
}

export function matches(queue) {
  const wanted = option("q").trim().toLowerCase();
  return scoped(queue.program) && (!wanted || [queue.program, queue.queue, queue.channel ?? "", queue.site ?? "", ...queue.pools].join(" ").toLowerCase().includes(wanted));
}
