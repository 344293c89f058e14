// The addresses of views (#/view/part?key=value): view and parts, filter, client, date.

export function addressOf(view, ...parts) {
  return `#/${[view, ...parts].map(encodeURIComponent).join("/")}${kept()}`;
}

function split() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return [path, new URLSearchParams(query)];
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
  const [path, options] = split();
  for (const [name, value] of Object.entries(values)) {
    if (value) options.set(name, value);
    else options.delete(name);
  }
  const query = options.toString();
  return `#/${path}${query ? `?${query}` : ""}`;
}

// Filter and client go along from view to view.
function kept() {
  const options = new URLSearchParams(["q", "program"].flatMap((name) => (option(name) ? [[name, option(name)]] : [])));
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
  return scoped(queue.program) && (!wanted || `${queue.program} ${queue.queue} ${queue.channel ?? ""}`.toLowerCase().includes(wanted));
}
