// The latest runs of all models.

import { get, path } from "./api.js";
import { Region, h } from "./dom.js";
import { metric, plural, time } from "./format.js";
import { Poll } from "./poll.js";
import { IN_PROGRESS, badge, loading, modelLink, runLink, table } from "./states.js";

const COLUMNS = [
  { title: "Run" }, { title: "Model" }, { title: "State" }, { title: "Began" }, { title: "Result" },
];

export function runsPage({ content, showProblem }) {
  const region = new Region("section", { "aria-label": "Runs" });
  region.element.append(loading("the runs"));
  content.replaceChildren(h("div", { class: "title" }, h("h1", {}, "Runs")), region.element);
  const poll = new Poll(async () => {
    const { runs } = await get(path("runs"), { query: { limit: 100 } });
    region.show(runs, overview);
    return runs.some((run) => IN_PROGRESS.has(run.status)) ? 5 : 20;
  }, showProblem);
  return () => poll.stop();
}

function overview(runs) {
  if (!runs.length) return h("p", { class: "empty card" }, "No run yet: every drop of data makes one.");
  return table("The latest runs", COLUMNS, runs.map((run) => [
    runLink(run.run), modelLink(run.model), badge(run.status), time(run.started_at), result(run),
  ]));
}

function result(run) {
  if (run.cause) return run.cause;
  if (run.problem_count) return plural(run.problem_count, "problem");
  return run.metric ? `${run.metric} ${metric(run.value)}` : "–";
}
