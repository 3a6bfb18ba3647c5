// One model: how good it is, what to do next, its labels, a try, its releases.

import { find, get, path, remove, send } from "./api.js";
import { Region, ask, h, save } from "./dom.js";
import { metric, number, percent, plural, sentences, time, usd } from "./format.js";
import { playground } from "./playground.js";
import { Poll } from "./poll.js";
import { releaseList } from "./releases.js";
import { badge, loading, runLink, share, table } from "./states.js";

const BUSY_SECONDS = 5;
const CALM_SECONDS = 20;
const SHOWN_LABELS = 30;

export function modelPage({ content, name, showProblem }) {
  const title = new Region("div", { class: "title" });
  const verdict = new Region("section", { class: "card verdict", "aria-label": "How good it is" });
  const labels = new Region("section", { class: "card", "aria-label": "Labels" });
  const attempt = new Region("section", { class: "card", "aria-label": "Try it" });
  const releases = new Region("section", { class: "card wide", "aria-label": "Releases" });
  const mistakes = new Region("section", { class: "card wide", "aria-label": "Mistakes" });
  const more = new Region("section", { class: "wide", "aria-label": "More" });
  title.element.append(h("h1", {}, name));
  verdict.element.append(loading("the model"));
  const optional = [labels, attempt, releases, mistakes];
  for (const region of optional) region.element.hidden = true;
  content.replaceChildren(title.element, h("div", { class: "grid" },
    h("div", { class: "column" }, verdict.element, labels.element), h("div", { class: "column" }, attempt.element),
    releases.element, mistakes.element, more.element));
  let evaluation = null;

  const poll = new Poll(async () => {
    const [model, { releases: lines }, { runs }, costs] = await Promise.all([
      get(path("models", name)), get(path("models", name, "releases")),
      get(path("runs"), { query: { model: name, limit: 1 } }), find(path("costs")),
    ]);
    if (model.champion && evaluation?.run !== model.champion) {
      evaluation = { run: model.champion, content: await find(path("runs", model.champion, "evaluation")) };
    }
    const details = model.champion ? evaluation.content : null;
    const cost = costs?.models.find((item) => item.model === name) ?? null;
    title.show([model.status, model.champion, lines[0]?.since], () => heading(model, lines, poll));
    verdict.show([model, runs[0], cost], () => verdictPart(model, runs[0] ?? null, cost));
    showWhere(labels, labelRows(model, details), labelTable);
    showWhere(attempt, model.champion && [model.example, details?.thresholds, model.status],
      () => playground(model, details?.thresholds ?? []));
    showWhere(releases, lines.length && lines, () => releaseList(model, lines));
    showWhere(mistakes, details?.mistakes?.length && [details.mistakes, model.mistakes, model.label_errors],
      () => mistakeTable(model, details.mistakes));
    more.show([model.model, Boolean(model.champion)], () => morePart(model));
    return model.active_run ? BUSY_SECONDS : CALM_SECONDS;
  }, showProblem);
  return () => poll.stop();
}

function showWhere(region, data, build) {
  region.element.hidden = !data;
  if (data) region.show(data, build);
}

function heading(model, lines) {
  const live = lines.find((line) => line.state === "live");
  return [
    h("div", {}, h("h1", {}, model.model), " ", badge(model.champion ? model.status : "none"),
      live?.since ? h("span", { class: "hint" }, ` since ${time(live.since)}`) : null),
    h("div", { class: "actions" },
      h("a", { class: "button", href: `#${path("drop", model.model)}` }, "Drop new data"),
      model.report ? h("a", { class: "button", href: `viewer.html#${encodeURIComponent(model.champion)}` }, "Report") : null),
  ];
}

function verdictPart(model, run, cost) {
  const active = model.active_run;
  return [
    h("h2", {}, "How good it is"),
    active ? h("p", { class: "busy-line" }, badge(active.status), " ", runLink(active.run, "A run is in progress: watch it")) : null,
    model.champion ? numbers(model) : notLive(model, run),
    cost ? h("p", { class: "hint" }, `This month: ${usd(cost.usd)}, of it training ${usd(cost.training_usd)}, endpoint ${usd(cost.endpoint_usd)}`) : null,
  ];
}

function numbers(model) {
  const [first, others] = sentences(model.sentence);
  const steps = model.next_steps ?? [];
  return [
    h("p", { class: "sentence" }, first || "This model has no sentence that says how good it is; the report has its numbers."),
    others ? h("p", {}, others) : null,
    steps.length ? [h("h3", {}, "What would make it better"), h("ol", { class: "steps-next" }, steps.map((step) => h("li", {}, step)))] : null,
    downloads(model),
    model.metrics ? metricDetails(model) : null,
  ];
}

function metricDetails(model) {
  const baselines = Object.values(model.baselines ?? {}).filter(Boolean);
  const columns = [{ title: "Metric" }, { title: "This model", isNumber: true },
    ...baselines.map((item) => ({ title: item.name, isNumber: true }))];
  const rows = Object.entries(model.metrics).map(([title, value]) => [
    title, metric(value), ...baselines.map((item) => metric(item.metrics[title])),
  ]);
  return h("details", {}, h("summary", {}, `The numbers, on ${plural(model.rows ?? 0, "held-out row")}`),
    table("Metrics", columns, rows));
}

function notLive(model, run) {
  if (!run) return h("p", {}, "Nothing has been trained yet. Drop its data to begin.");
  return h("p", {}, "No release is live. The last run: ", badge(run.status), " ", runLink(run.run, "see what became of it"), ".");
}

function downloads(model) {
  const links = [];
  if (model.mistakes) links.push(downloadButton("Mistakes (CSV)", model.mistakes, `${model.model}-mistakes.csv`));
  if (model.label_errors) links.push(downloadButton("Likely label errors (CSV)", model.label_errors, `${model.model}-label-errors.csv`));
  if (model.card) links.push(downloadButton("Model card", model.card, `${model.model}-card.md`));
  return links.length ? h("p", { class: "actions" }, links) : null;
}

function downloadButton(text, place, fileName) {
  const button = h("button", { type: "button", class: "quiet", on: { click: onClick } }, text);
  async function onClick() {
    button.disabled = true;
    try {
      const { text: body, headers } = await send("GET", place);
      save(fileName, body, headers.get("content-type") ?? "text/plain");
    } catch (error) {
      button.after(h("span", { class: "problem", role: "alert" }, error.message));
    }
    button.disabled = false;
  }
  return button;
}

function labelRows(model, evaluation) {
  const counts = model.data?.profile?.classes ?? {};
  const metrics = evaluation?.label_metrics ?? {};
  const names = [...new Set([...Object.keys(metrics), ...Object.keys(counts)])];
  if (!names.length) return null;
  return names.map((label) => ({
    label, precision: metrics[label]?.precision, recall: metrics[label]?.recall,
    held: metrics[label]?.rows, rows: metrics[label]?.train_rows ?? counts[label],
  })).sort((one, other) => (one.recall ?? 1) - (other.recall ?? 1));
}

function labelTable(rows) {
  const columns = [
    { title: "Label" }, { title: "Found", isNumber: true }, { title: "Right when answered", isNumber: true },
    { title: "Held-out rows", isNumber: true }, { title: "Training rows", isNumber: true },
  ];
  const lines = (some) => some.map((row) => [
    row.label, [percent(row.recall), row.recall === undefined ? null : share(row.recall)],
    percent(row.precision), number(row.held), number(row.rows),
  ]);
  const rest = rows.slice(SHOWN_LABELS);
  return [
    h("h2", {}, "Labels"),
    h("p", { class: "hint" }, "The weakest first. Found: of the rows with this label, how many got it. Right when answered: of the rows that got it, how many have it."),
    table("Labels", columns, lines(rows.slice(0, SHOWN_LABELS))),
    rest.length ? h("details", {}, h("summary", {}, `${plural(rest.length, "more label")}`), table("More labels", columns, lines(rest))) : null,
  ];
}

function mistakeTable(model, mistakes) {
  const columns = [{ title: "Input" }, { title: "Expected" }, { title: "Answer" }, { title: "Where" }];
  const rows = mistakes.slice(0, 10).map((item) => [
    shown(item.input), shown(item.expected), shown(item.found), item.file ? `${item.file}, row ${number(item.file_row)}` : `held-out row ${item.row}`,
  ]);
  return [h("h2", {}, "Where it errs most"), table("Mistakes", columns, rows, { hasTexts: true })];
}

function shown(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function morePart(model) {
  return h("details", { class: "more" }, h("summary", {}, "Delete this model"),
    h("p", {}, "Its endpoint, releases, runs and data are removed, and cannot be had back."),
    h("button", { type: "button", class: "danger", on: { click: () => deleteModel(model) } }, "Delete the model"));
}

async function deleteModel(model) {
  const input = h("input", { id: "confirm-name", autocomplete: "off", spellcheck: "false" });
  const content = [
    h("p", {}, "This removes its endpoint, every release, and the data that it was trained on."),
    h("label", { for: "confirm-name" }, `Type ${model.model} to delete it`), input,
  ];
  const check = () => (input.value === model.model ? "" : `Expected ${model.model}; found ${input.value || "nothing"}.`);
  if (!(await ask("Delete the model?", content, { action: "Delete", danger: true, check }))) return;
  try {
    await remove(path("models", model.model));
    location.hash = "#/";
  } catch (error) {
    await ask("Not deleted yet", h("p", {}, error.message));
  }
}
