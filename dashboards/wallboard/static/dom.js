// Elements of the page. Text is never parsed as HTML, so a queue named <script> is a name and nothing else.

const SVG = "http://www.w3.org/2000/svg";
const MOST_OF_NAME = 80;
const MOST_OF_TEXT = 600;
const MOST_OF_TITLE = 1000;

// Data may hold names of any length; a screen shows their beginning.
export function shortened(text, most = MOST_OF_NAME) {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

// A name as a child of an element, with the rest of a long one in its title.
export function nameOf(text) {
  return text == null || text.length <= MOST_OF_NAME ? text : h("span", { title: shortened(text, MOST_OF_TITLE) }, shortened(text));
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, part] of Object.entries(value)) element.style.setProperty(key, part);
    else element.setAttribute(name, value === true ? "" : name === "aria-label" ? shortened(String(value), MOST_OF_TEXT) : value);
  }
  const shown = children.flat().filter((child) => child != null && child !== false);
  element.append(...shown.map((child) => (typeof child === "string" ? shortened(child, MOST_OF_TEXT) : child)));
  return element;
}

export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

export function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

// Change only what differs: untouched text costs no layout.
export function say(element, whole) {
  const text = shortened(whole, MOST_OF_TEXT);
  if (element.textContent !== text) element.textContent = text;
}

export function mark(element, name, value) {
  if (value == null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

// Put children in order with as few moves as possible, and keep the focus.
export function arrange(parent, wanted) {
  const held = document.activeElement;
  let next = parent.firstElementChild;
  for (const element of wanted) {
    if (element === next) next = next.nextElementSibling;
    else parent.insertBefore(element, next);
  }
  while (next) {
    const gone = next;
    next = next.nextElementSibling;
    gone.remove();
  }
  if (held && held !== document.activeElement && parent.contains(held)) held.focus({ preventScroll: true });
}
