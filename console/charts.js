// Curves of a training as SVG: one line, its axes, and the same numbers as a table for who cannot see it.

import { h } from "./dom.js";
import { metric, number } from "./format.js";

const WIDTH = 480;
const HEIGHT = 180;
const LEFT = 52;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 26;
const TABLE_ROWS = 20;

/** `points` are [step, value] in the order of their steps. */
export function curve(title, points) {
  const steps = points.map(([step]) => step);
  const values = points.map(([, value]) => value);
  const [low, high] = span(values);
  const first = steps[0];
  const last = steps.at(-1);
  const x = (step) => LEFT + ((step - first) / (last - first || 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value) => HEIGHT - BOTTOM - ((value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const path = points.map(([step, value], index) => `${index ? "L" : "M"}${x(step).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const middle = (low + high) / 2;
  const lines = [low, middle, high].map((value) => [
    h("line", { class: "rule", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }),
    h("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, tick(value, high - low)),
  ]);
  const end = points.at(-1);
  const label = `${title}: ${metric(end[1])} at step ${number(end[0])}, from ${metric(points[0][1])} at step ${number(first)}`;
  return h("figure", { class: "chart" },
    h("figcaption", {}, h("span", {}, title), h("strong", {}, metric(end[1]))),
    h("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
      lines,
      h("text", { x: LEFT, y: HEIGHT - 6 }, `step ${number(first)}`),
      h("text", { x: WIDTH - RIGHT, y: HEIGHT - 6, "text-anchor": "end" }, number(last)),
      h("path", { class: "curve", d: path }),
      h("circle", { class: "end", cx: x(end[0]), cy: y(end[1]), r: 3.5 })),
    numbersOf(title, points));
}

function span(values) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = (high - low) * 0.05 || Math.abs(high) * 0.1 || 0.1;
  return [low - margin < 0 && low >= 0 ? 0 : low - margin, high + margin];
}

function tick(value, range) {
  const digits = Math.min(4, Math.max(0, Math.ceil(-Math.log10(range || 1)) + 1));
  return value.toFixed(digits);
}

function numbersOf(title, points) {
  const every = Math.ceil(points.length / TABLE_ROWS);
  const some = points.filter((_, index) => index % every === 0 || index === points.length - 1);
  return h("details", {}, h("summary", {}, "As numbers"),
    h("table", { class: "plain" }, h("caption", { class: "unseen" }, title),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "step"), h("th", { scope: "col" }, title))),
      h("tbody", {}, some.map(([step, value]) => h("tr", {}, h("td", {}, number(step)), h("td", {}, metric(value)))))));
}

/** The curves that points hold: the loss, and each result on held-out rows. */
export function curvesOf(points) {
  const names = new Set(points.flatMap((point) => Object.keys(point)));
  const shown = ["train_loss", "loss", ...[...names].filter((name) => name.startsWith("eval_")).sort()];
  const curves = [];
  for (const name of shown) {
    const line = points.filter((point) => Number.isFinite(point[name])).map((point) => [point.step, point[name]]);
    const hasLoss = name === "loss" && curves.some((item) => item.name === "train_loss");
    if (line.length > 1 && !hasLoss) curves.push({ name, title: titleOf(name), line });
  }
  return curves.slice(0, 4);
}

function titleOf(name) {
  if (name === "train_loss" || name === "loss") return "Loss while training";
  return `${name.replace("eval_", "").replaceAll("_", " ")} on rows it does not learn from`;
}
