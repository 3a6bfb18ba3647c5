// The words and colours of states, and small pieces that several pages have.

import { path } from "./api.js";
import { h } from "./dom.js";

export const IN_PROGRESS = new Set(["inspecting", "training", "judging", "deploying", "verifying"]);
export const RETRIABLE = new Set(["failed", "stopped"]);
const TONES = {
  live: "good", InService: "good", superseded: "plain", previous: "plain", removed: "plain", none: "plain",
  "kept back": "warn", "waiting for approval": "warn", asleep: "plain", rejected: "bad", failed: "bad", Failed: "bad",
  stopped: "warn",
};
const WORDS = { InService: "live", none: "not live", superseded: "replaced", Creating: "being deployed", Updating: "being updated" };

export function badge(state) {
  const tone = IN_PROGRESS.has(state) ? "busy" : TONES[state] ?? "plain";
  return h("span", { class: `badge ${tone}` }, WORDS[state] ?? state);
}

export function modelLink(name) {
  return h("a", { href: `#${path("models", name)}` }, name);
}

export function runLink(run, text = run) {
  return h("a", { href: `#${path("runs", run)}` }, text);
}

export function loading(what) {
  return h("p", { class: "loading", role: "status" }, `Loading ${what} …`);
}

/** A table that stays readable on a phone: there each row is a block, with the column's name before every cell. `hasTexts`: the first column is no name. */
export function table(caption, columns, rows, { hasTexts = false } = {}) {
  const head = columns.map((column) => h("th", { scope: "col", class: column.isNumber ? "number" : null }, column.title));
  const body = rows.map((row) => h("tr", {}, row.map((cell, index) => {
    const column = columns[index];
    const options = { "data-title": column.title, class: column.isNumber ? "number" : null };
    return index === 0 ? h("th", { scope: "row", ...options }, cell) : h("td", options, h("span", {}, cell));
  })));
  return h("table", { class: hasTexts ? "rows texts" : "rows" },
    h("caption", { class: "unseen" }, caption),
    h("thead", {}, h("tr", {}, head)), h("tbody", {}, body));
}

export function share(value) {
  return h("span", { class: "share", vars: { "--share": `${Math.round((value ?? 0) * 100)}%` } });
}
