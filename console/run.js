// One run: the state machine's steps, how far the training is, what was read, and why it ended as it did.

import { find, get, path, post } from "./api.js";
import { curve, curvesOf } from "./charts.js";
import { Region, announce, ask, h } from "./dom.js";
import { clock, duration, number, plural, rowCount, secondsBetween, sentences, time } from "./format.js";
import { Poll } from "./poll.js";
import { IN_PROGRESS, RETRIABLE, badge, loading, modelLink, table } from "./states.js";

const STEPS = [
  { state: "inspecting", name: "Read and check" }, { state: "training", name: "Train" },
  { state: "judging", name: "Judge" }, { state: "deploying", name: "Deploy" },
  { state: "verifying", name: "Verify" }, { state: "live", name: "Live" },
];
const BUSY_SECONDS = 2;
const LOG_LINES = 60;

export function runPage({ content, name, showProblem }) {
  const title = new Region("div", { class: "title" });
  const steps = new Region("section", { "aria-label": "Steps" });
  const progress = new Region("section", { class: "card", "aria-label": "Training" });
  const ending = new Region("section", { class: "card", "aria-label": "How it ended" });
  const read = new Region("section", { class: "card", "aria-label": "What was read" });
  const curves = new Region("section", { class: "card wide", "aria-label": "Curves" });
  const log = new Region("section", { class: "card wide", "aria-label": "Log" });
  title.element.append(h("h1", {}, name));
  steps.element.append(loading("the run"));
  for (const region of [progress, ending, read, curves, log]) region.element.hidden = true;
  content.replaceChildren(title.element, steps.element,
    h("div", { class: "grid" }, progress.element, ending.element, read.element, curves.element, log.element));
  let status = "";
  let points = [];

  const poll = new Poll(async () => {
    const run = await get(path("runs", name));
    if (status && status !== run.status) announce(`The run is now ${run.status}.`);
    status = run.status;
    const isBusy = IN_PROGRESS.has(run.status);
    title.show([run.status, run.model, run.promotion, run.report], () => heading(run, poll));
    steps.show([run.status, run.steps, run.failure?.step], () => stepList(run));
    showWhere(progress, run.status === "training" && [run.progress, run.training, run.estimate], () => trainingPart(run));
    showWhere(ending, !isBusy && [run.failure, run.problems, run.evaluation, run.warnings, run.status], () => endingPart(run));
    showWhere(read, run.data?.files?.length && [run.data, run.estimate, isBusy && run.warnings], () => readPart(run, isBusy));
    const [output, evaluation] = await Promise.all([
      run.training?.job ? find(path("runs", name, "log"), { query: { limit: LOG_LINES } }) : null,
      run.evaluation && !isBusy ? find(path("runs", name, "evaluation")) : null,
    ]);
    points = evaluation?.history?.length ? evaluation.history : output?.points?.length ? output.points : points;
    const lines = curvesOf(points);
    showWhere(curves, lines.length && lines, () => [
      h("h2", {}, "Curves"), h("div", { class: "charts" }, lines.map((item) => curve(item.title, item.line)))]);
    showWhere(log, output?.lines?.length && output.lines, () => logPart(output.lines, run.failure));
    return isBusy ? BUSY_SECONDS : null;
  }, showProblem);
  return () => poll.stop();
}

function showWhere(region, data, build) {
  region.element.hidden = !data;
  if (data) region.show(data, build);
}

function heading(run) {
  const isBusy = IN_PROGRESS.has(run.status);
  return [
    h("div", {}, h("h1", {}, "Run of ", modelLink(run.model)), " ", badge(run.status),
      h("p", { class: "hint" }, run.run, run.promotion ? `, ${run.promotion.kind} without a training` : "")),
    h("div", { class: "actions" },
      run.report && !isBusy ? h("a", { class: "button", href: `viewer.html#${encodeURIComponent(run.run)}` }, "Report") : null,
      isBusy ? h("button", { type: "button", class: "danger", on: { click: () => stop(run) } }, "Stop") : null,
      RETRIABLE.has(run.status) ? h("button", { type: "button", on: { click: () => retry(run) } }, "Try again") : null),
  ];
}

async function stop(run) {
  const text = "What runs for it is stopped and billed as far as it came. The live release goes on answering.";
  if (!(await ask("Stop this run?", h("p", {}, text), { action: "Stop the run", danger: true }))) return;
  await act(path("runs", run.run, "stop"), "The run is being stopped.");
}

async function retry(run) {
  const text = "It goes on from the step that failed; a training begins from its last checkpoint.";
  if (!(await ask("Try again?", h("p", {}, text), { action: "Try again" }))) return;
  if (await act(path("runs", run.run, "retry"), "The run goes on.")) dispatchEvent(new HashChangeEvent("hashchange"));
}

async function act(place, text) {
  try {
    await post(place);
    announce(text);
    return true;
  } catch (error) {
    await ask("Not done", h("p", {}, error.message));
    return false;
  }
}

// ---- the steps ----

function stepList(run) {
  const times = new Map(run.steps.map((step) => [step.step, step.at]));
  const current = IN_PROGRESS.has(run.status) ? run.status : null;
  const ended = run.steps.at(-1);
  const reached = run.steps.filter((step) => STEPS.some((item) => item.state === step.step)).at(-1)?.step;
  return h("ol", { class: "machine" }, STEPS.map(({ state, name }) => {
    const at = times.get(state);
    const look = lookOf(run, state, at, current, reached);
    const next = run.steps.find((step) => at && new Date(step.at) > new Date(at));
    const took = at && state !== "live" ? duration(secondsBetween(at, next?.at ?? (look === "now" ? null : ended.at))) : "";
    const text = { done: took, now: "now", wrong: run.status, skipped: "not needed", ahead: "" }[look];
    return h("li", { class: look, "aria-current": look === "now" ? "step" : null },
      h("span", { class: "dot", "aria-hidden": "true" }), h("span", { class: "name" }, name),
      h("span", { class: "unseen" }, `: ${look === "ahead" ? "not reached" : look}`),
      h("span", { class: "took" }, text));
  }));
}

function lookOf(run, state, at, current, reached) {
  if (state === current) return "now";
  const hasEndedElsewhere = !current && !["live", "superseded"].includes(run.status);
  if (hasEndedElsewhere && state === reached) return "wrong";
  if (at) return "done";
  const index = STEPS.findIndex((step) => step.state === state);
  const isPassed = index < STEPS.findIndex((step) => step.state === (current ?? reached));
  return isPassed ? "skipped" : "ahead";
}

// ---- while it trains ----

function trainingPart(run) {
  const now = run.progress ?? {};
  const share = now.total_steps ? now.step / now.total_steps : null;
  const facts = [
    ["Step", now.total_steps ? `${number(now.step)} of ${number(now.total_steps)}` : null],
    ["Left", now.seconds_left ? `about ${duration(now.seconds_left)}` : null],
    ["Rows a second", now.rows_per_second ? number(Math.round(now.rows_per_second)) : null],
    ["Instance", run.training?.instance_type ? `${run.training.instance_type}${run.training.spot ? ", spot" : ""}` : null],
    ["Interrupted by spot", now.interruptions ? plural(now.interruptions, "time") : null],
    ["Since", run.training?.queued_since ? `waits for an instance since ${clock(run.training.queued_since)}` : null],
  ];
  return [
    h("h2", {}, "Training"),
    h("p", {}, now.phase ? `SageMaker says: ${now.phase}.` : "The training job is being started."),
    share === null ? null : h("progress", { max: "1", value: share, "aria-label": "Share of the training steps that are done" }),
    pairs(facts),
  ];
}

function pairs(facts) {
  return h("dl", { class: "pairs" }, facts.filter(([, value]) => value).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

// ---- what was read ----

function readPart(run, showsWarnings) {
  const data = run.data;
  const columns = Object.entries(data.columns ?? {}).map(([role, column]) => `${role} = “${column}”`).join(", ");
  const facts = [
    ["Files", (data.files ?? []).join(", ")],
    ["Task", run.task],
    ["Columns", columns],
    ["Rows", data.rows && rowCount(data.rows) ? `${number(rowCount(data.rows))} (${Object.entries(data.rows).map(([split, count]) => `${split} ${number(count)}`).join(", ")})` : null],
    ["Labels", labelText(data)],
    ["Repeated texts", data.profile?.duplicates ? number(data.profile.duplicates) : null],
    ["Estimate", run.estimate?.sentence],
    ["Billed", run.training?.billable_seconds ? `${duration(run.training.billable_seconds)} on ${run.training.instance_type}` : null],
  ];
  const change = "Is it read otherwise than you mean? Put a traindrop.yaml beside the file, for example: columns: {text: Message, label: Category}";
  return [
    h("h2", {}, "What was read"),
    (data.reasons ?? []).map((reason) => h("p", {}, reason)),
    pairs(facts),
    h("p", { class: "hint" }, change),
    showsWarnings ? warningList(run.warnings) : null,
  ];
}

function labelText(data) {
  const labels = data.labels ?? [];
  if (!labels.length) return null;
  const rest = (data.label_count ?? labels.length) - 8;
  return labels.slice(0, 8).join(", ") + (rest > 0 ? ` and ${number(rest)} more` : "");
}

function warningList(warnings) {
  if (!warnings?.length) return null;
  return [h("h3", {}, "Be careful"), h("ul", { class: "warnings" }, warnings.map((text) => h("li", {}, text)))];
}

// ---- how it ended ----

function endingPart(run) {
  const evaluation = run.evaluation;
  return [
    h("h2", {}, endingTitle(run)),
    failurePart(run),
    problemPart(run),
    evaluation?.sentence ? sentences(evaluation.sentence).map((text, index) => text && h("p", { class: index ? null : "sentence" }, text)) : null,
    evaluation?.reasons?.length ? h("ul", {}, evaluation.reasons.map((reason) => h("li", {}, reason))) : null,
    evaluation?.next_steps?.length
      ? [h("h3", {}, "What would make it better"), h("ol", {}, evaluation.next_steps.map((text) => h("li", {}, text)))] : null,
    warningList(run.warnings),
    run.status === "kept back" ? h("p", {}, "Decide on the page of ", modelLink(run.model), " whether it goes live all the same.") : null,
  ];
}

function endingTitle(run) {
  const at = run.ended_at ? `, ${time(run.ended_at)}` : "";
  const titles = {
    live: "Live", superseded: "Replaced by a later release", "kept back": "Kept back: the live release stays",
    rejected: "The data was not accepted", failed: "It failed", stopped: "Stopped",
  };
  return `${titles[run.status] ?? run.status}${at}`;
}

function failurePart(run) {
  const failure = run.failure;
  const refusal = run.budget_refusal;
  return [
    failure ? [
      failure.step ? h("p", { class: "hint" }, `At the step ${failure.step}`) : null,
      h("p", { class: "problem" }, failure.cause),
      failure.remedy ? h("p", {}, h("strong", {}, "What to do: "), failure.remedy) : null,
      failure.log_tail?.length ? h("details", {}, h("summary", {}, "The last lines of the log"),
        h("pre", { tabindex: "0" }, failure.log_tail.join("\n"))) : null,
    ] : null,
    refusal ? h("p", { class: "problem" }, `Expected ${refusal.expected}; found ${refusal.found}. ${refusal.remedy}`) : null,
  ];
}

function problemPart(run) {
  const problems = run.problems ?? [];
  if (!problems.length) return null;
  const columns = [{ title: "Where" }, { title: "Expected" }, { title: "Found" }, { title: "What to do" }];
  const count = run.problem_count ?? problems.length;
  const choices = problems.flatMap((problem) => problem.choices ?? []);
  return [
    h("p", {}, `${plural(count, "problem")}${count > problems.length ? `, the first ${problems.length} of them here` : ""}. Correct the file and drop it again; a live release goes on answering.`),
    table("Problems", columns, problems.map((item) => [
      [item.file, item.row ? `row ${number(item.row)}` : null, item.column ? `column ${item.column}` : null].filter(Boolean).join(", ") || "the drop",
      item.expected, item.found, item.remedy,
    ])),
    choices.length ? [h("h3", {}, "Ways to settle it: as traindrop.yaml beside the file"),
      choices.map((choice) => [h("p", {}, choice.meaning), h("pre", { tabindex: "0" }, choice.settings)])] : null,
    h("p", {}, h("a", { class: "button", href: `#${path("drop", run.model)}` }, "Drop the corrected file")),
  ];
}

function logPart(lines) {
  return [h("h2", {}, "Log"), h("p", { class: "hint" }, `The last ${plural(lines.length, "line")} of the training job`),
    h("pre", { class: "log", tabindex: "0" }, lines.join("\n"))];
}
