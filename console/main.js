// The frame: which page the address names, the API key, and problems that concern the whole page.

import { BASE, Problem, key, path, send } from "./api.js";
import { announce, ask, fill, h } from "./dom.js";
import { dropPage, watchForDrops } from "./drop.js";
import { homePage } from "./home.js";
import { modelPage } from "./model.js";
import { runPage } from "./run.js";
import { runsPage } from "./runs.js";

const PAGES = { "": homePage, models: modelPage, runs: runsPage, run: runPage, drop: dropPage };
const NAV = { "": "nav-home", models: "nav-home", runs: "nav-runs", run: "nav-runs", drop: "nav-drop" };
const content = document.getElementById("content");
const notice = document.getElementById("notice");
let leave = () => {};

/** `#/models/a%20b` → ["models", "a b"]. */
export function placeOf(hash) {
  const parts = hash.replace(/^#\/?/, "").split("/");
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return [""];
  }
}

function show() {
  leave();
  leave = () => {};
  showProblem(null);
  const [page, name] = placeOf(location.hash);
  const kind = page === "runs" && name ? "run" : page;
  const isKnown = kind in PAGES && (kind !== "models" || name);
  for (const link of document.querySelectorAll("nav a")) {
    if (link.id === NAV[kind]) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (!isKnown) {
    location.replace("#/");
    return;
  }
  document.title = name ? `${name} · Traindrop` : "Traindrop";
  if (!key.get()) {
    fill(content, keyForm("The console shows and asks nothing without a key of the stack."));
    return;
  }
  const stop = PAGES[kind]({ content, name, showProblem });
  leave = stop ?? (() => {});
  content.focus({ preventScroll: true });
  scrollTo(0, 0);
}

/** Of a key that is refused everything goes: nothing that it showed stays on the screen. */
function showProblem(error) {
  if (error instanceof Problem && error.isAboutKey) {
    leave();
    key.clear();
    const text = error.code === "no_key"
      ? error.message
      : "The key was refused: it is none of the stack's, or it has been replaced since. Enter the present one.";
    fill(content, keyForm(text, true));
    updateKeyButton();
    return;
  }
  const text = error ? error.message : "";
  if (notice.textContent === text) return;
  fill(notice, error ? h("p", { class: "problem" }, text) : null);
}

function keyForm(text, isRefused = false) {
  const input = h("input", {
    id: "key", name: "key", type: "password", autocomplete: "off", spellcheck: "false", required: true,
    "aria-describedby": "key-help",
  });
  const error = h("p", { class: "problem", role: "alert", hidden: !isRefused }, isRefused ? text : "");
  const button = h("button", { class: "primary", type: "submit" }, "Open");
  const onSubmit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    const problem = await tryKey(input.value);
    button.disabled = false;
    if (problem) {
      error.textContent = problem;
      error.hidden = false;
      input.focus();
    } else {
      updateKeyButton();
      show();
    }
  };
  setTimeout(() => input.focus());
  return h("form", { class: "card key", on: { submit: onSubmit } },
    h("h1", {}, "Your API key"),
    isRefused ? null : h("p", {}, text),
    error,
    h("label", { for: "key" }, "API key"), input,
    h("p", { id: "key-help", class: "hint" },
      "It stays in this tab and is forgotten when the tab is closed. ", h("code", {}, "traindrop keys"),
      " shows the keys of the stack: the manage key may do everything, the read key only look."),
    button);
}

/** What is wrong with a key; empty where it is good. */
async function tryKey(text) {
  if (!/^[\x21-\x7e]+$/.test(text.trim())) return "An API key is letters and digits without spaces. Copy it whole.";
  key.set(text);
  try {
    await send("GET", path("models"));
    return "";
  } catch (error) {
    key.clear();
    return error.code === "wrong_api_key" ? "The stack has no such key. Copy it anew: traindrop keys." : error.message;
  }
}

function updateKeyButton() {
  document.getElementById("key-button").hidden = !key.get();
}

async function changeKey() {
  const form = await ask("API key", h("p", {}, "This tab has a key. Forget it to enter another one."), { action: "Forget the key" });
  if (!form) return;
  key.clear();
  updateKeyButton();
  announce("The key was forgotten.");
  show();
}

document.getElementById("key-button").addEventListener("click", changeKey);
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  content.focus();
});
document.getElementById("place").textContent = `API ${BASE}`;
addEventListener("hashchange", show);
watchForDrops();
updateKeyButton();
show();
