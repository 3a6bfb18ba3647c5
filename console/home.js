// The models: what is live, what it is worth, what happened last, what it costs, what waits for a person.

import { eachOf, find, get, path } from "./api.js";
import { Region, h } from "./dom.js";
import { plural, sentences, time, usd } from "./format.js";
import { Poll } from "./poll.js";
import { IN_PROGRESS, badge, loading, modelLink, runLink, table } from "./states.js";

const BUSY_SECONDS = 5;
const CALM_SECONDS = 20;
const SHOWN_RUNS = 100;
const COLUMNS = [
  { title: "Model" }, { title: "State" }, { title: "How good" }, { title: "Last run" },
  { title: "This month", isNumber: true }, { title: "Waits for you" },
];

export function homePage({ content, showProblem }) {
  const money = new Region("p", { class: "hint" });
  const models = new Region("section", { "aria-label": "Models" });
  const verdicts = new Map();
  models.element.append(loading("the models"));
  content.replaceChildren(h("div", { class: "title" }, h("h1", {}, "Models"), money.element), models.element);

  const poll = new Poll(async () => {
    const [{ models: lines }, { runs }, costs] = await Promise.all([
      get(path("models")), get(path("runs"), { query: { limit: SHOWN_RUNS } }), find(path("costs")),
    ]);
    await eachOf(lines.filter((line) => line.champion && verdicts.get(line.model)?.run !== line.champion), async (line) => {
      const page = await find(path("models", line.model));
      verdicts.set(line.model, { run: line.champion, text: sentences(page?.sentence)[0] });
    });
    const last = lastRuns(runs);
    models.show(lines.map((line) => rowData(line, last.get(line.model), costs, verdicts)), overview);
    money.show(costs && { usd: costs.usd, forecast: costs.forecast_usd, why: costs.forecast }, monthLine);
    return lines.some((line) => line.active_run) ? BUSY_SECONDS : CALM_SECONDS;
  }, showProblem);
  return () => poll.stop();
}

/** Model → its newest run. */
function lastRuns(runs) {
  const last = new Map();
  for (const run of runs) if (!last.has(run.model)) last.set(run.model, run);
  return last;
}

function rowData(line, run, costs, verdicts) {
  const cost = costs?.models.find((item) => item.model === line.model);
  return { line, run: run ?? null, usd: cost ? cost.usd : null, sentence: verdicts.get(line.model)?.text ?? "" };
}

function overview(rows) {
  if (!rows.length) return empty();
  return table("Models", COLUMNS, rows.map(({ line, run, usd: amount, sentence }) => [
    modelLink(line.model),
    badge(line.champion ? line.status : "none"),
    sentence || (line.champion ? "no numbers" : "–"),
    run ? [badge(run.status), " ", h("span", { class: "when" }, runLink(run.run, time(run.updated_at)))] : "–",
    usd(amount),
    waiting(run),
  ]));
}

function waiting(run) {
  if (!run) return "–";
  if (IN_PROGRESS.has(run.status)) return runLink(run.run, "watch it");
  if (run.status === "rejected") return runLink(run.run, `correct ${plural(run.problem_count ?? 1, "problem")}`);
  if (run.status === "kept back") return h("a", { href: `#${path("models", run.model)}` }, "decide: it was kept back");
  if (run.status === "failed") return runLink(run.run, "see why it failed");
  return "–";
}

function empty() {
  return h("div", { class: "empty card" },
    h("h2", {}, "No model yet"),
    h("p", {}, "Drop a file here, such as a CSV with a column of texts and a column of labels, or choose one:"),
    h("p", {}, h("a", { class: "button primary", href: "#/drop" }, "Choose a file")),
    h("p", { class: "hint" }, "From a terminal: ", h("code", {}, "traindrop drop reviews.csv")));
}

function monthLine(costs) {
  if (!costs) return "";
  return h("span", { title: costs.why }, `This month ${usd(costs.usd)}, forecast ${usd(costs.forecast)}`);
}
