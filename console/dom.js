// Elements from data. Text is always inserted as text: nothing here, and nothing that uses it, parses HTML.

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "g", "path", "line", "circle", "text", "title", "polyline"]);
const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "open", "selected", "indeterminate"]);

/** An element. `on` holds listeners, `vars` CSS variables; null, undefined and false leave an attribute or a child out. */
export function h(tag, options = {}, ...children) {
  const element = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === "vars") {
      for (const [variable, text] of Object.entries(value)) element.style.setProperty(variable, text);
    } else if (PROPERTIES.has(name)) {
      element[name] = value;
    } else {
      element.setAttribute(name, checked(name, value === true ? "" : String(value)));
    }
  }
  append(element, children);
  return element;
}

function checked(name, text) {
  const isCode = name.startsWith("on") || name === "srcdoc" || name === "style";
  const isForeign = ["href", "src", "action"].includes(name) && !/^(#|blob:|[a-z]+\.(html|svg)($|#))/.test(text);
  if (isCode || isForeign) throw new Error(`h: the attribute ${name} may not be ${JSON.stringify(text)}`);
  return text;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export function fill(element, ...children) {
  const holder = document.createDocumentFragment();
  append(holder, children);
  element.replaceChildren(holder);
  return element;
}

/** A place of the page that is built anew only where its data has changed: a refresh neither flickers nor takes the focus. */
export class Region {
  constructor(tag = "div", options = {}) {
    this.element = h(tag, options);
    this.shown = null;
  }

  show(data, build) {
    const text = JSON.stringify(data) ?? "";
    if (text === this.shown) return false;
    this.shown = text;
    const focused = this.element.contains(document.activeElement) ? document.activeElement : null;
    const mark = focused?.getAttribute("data-key");
    fill(this.element, build(data));
    if (mark) this.element.querySelector(`[data-key="${CSS.escape(mark)}"]`)?.focus();
    return true;
  }
}

let announcer;
/** For screen readers. */
export function announce(text) {
  announcer ??= document.getElementById("announcer");
  announcer.textContent = text;
}

export function ask(title, content, { action = "OK", danger = false, check = null } = {}) {
  return new Promise((resolve) => {
    const button = h("button", { type: "submit", class: danger ? "danger" : "primary", value: "yes" }, action);
    const error = h("p", { class: "problem", role: "alert", hidden: true });
    const heading = h("h2", { id: "dialog-title" }, title);
    const cancel = h("button", { type: "button", on: { click: () => dialog.close() } }, "Cancel");
    const form = h("form", { method: "dialog", on: { submit: onSubmit } },
      heading, content, error, h("div", { class: "actions" }, cancel, button));
    const dialog = h("dialog", { "aria-labelledby": "dialog-title" }, form);
    let answer = false;
    function onSubmit(event) {
      const problem = check?.(form);
      if (problem) {
        event.preventDefault();
        error.textContent = problem;
        error.hidden = false;
      } else {
        answer = true;
      }
    }
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer ? form : null);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

export function save(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
