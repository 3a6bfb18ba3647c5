// The releases of a model, and what a person decides about them. Every decision asks first.

import { path, post } from "./api.js";
import { announce, ask, h } from "./dom.js";
import { metric, number, plural, rowCount, time } from "./format.js";
import { badge, runLink, table } from "./states.js";

const COLUMNS = [
  { title: "Release" }, { title: "State" }, { title: "Since" }, { title: "Rows", isNumber: true }, { title: "Files" },
  { title: "Result" }, { title: "Report" }, { title: "Decide" },
];
const SHOWN_FILES = 3;

export function releaseList(model, lines) {
  const live = lines.find((line) => line.state === "live");
  return [
    h("h2", {}, "Releases"),
    table("Releases", COLUMNS, lines.map((line) => [
      runLink(line.run), badge(line.state), line.since ? time(line.since) : "–", number(rowCount(line.rows)), files(line),
      [result(line), labelChange(line, live)],
      line.report ? h("a", { href: `viewer.html#${encodeURIComponent(line.run)}` }, "report") : "–",
      h("div", { class: "actions" }, buttons(model, line)),
    ])),
  ];
}

function files(line) {
  const names = line.files ?? [];
  if (!names.length) return "–";
  const rest = names.length - SHOWN_FILES;
  return names.slice(0, SHOWN_FILES).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

function result(line) {
  if (line.value === undefined || line.value === null) return "–";
  const interval = line.interval?.every((edge) => edge !== null) ? ` (${line.interval.map(metric).join(" to ")})` : "";
  return `${line.metric} ${metric(line.value)}${interval}`;
}

function labelChange(line, live) {
  if (!live?.labels || !line.labels || line === live) return null;
  const added = line.labels.filter((label) => !live.labels.includes(label));
  const gone = live.labels.filter((label) => !line.labels.includes(label));
  if (!added.length && !gone.length) return null;
  return h("span", { class: "hint" }, " Other labels than the live release: ", changeText(added, gone));
}

function changeText(added, gone) {
  return [...added.slice(0, 5).map((label) => `+${label}`), ...gone.slice(0, 5).map((label) => `−${label}`)].join(", ");
}

function buttons(model, line) {
  const button = (text, act) => h("button", { type: "button", "aria-label": `${text} ${line.run}`, on: { click: act } }, text);
  if (line.state === "previous") return button("Roll back", () => decide(ROLLBACK, model, line));
  if (line.state === "kept back") return button("Promote", () => decide(PROMOTE, model, line));
  if (line.state === "waiting for approval") {
    return [button("Approve", () => decide(APPROVE, model, line)), button("Reject", () => reject(line))];
  }
  return "–";
}

const ROLLBACK = {
  title: "Roll back?", action: "Roll back",
  text: "This release goes live again from its archive, without a training. The live one answers until then, and can be put live again.",
  place: (model) => path("models", model.model, "rollback"),
};
const PROMOTE = {
  title: "Promote?", action: "Promote",
  text: "This run was kept back. It goes live in place of the present release, which can be put live again.",
  place: (model) => path("models", model.model, "promote"),
};
const APPROVE = {
  title: "Approve?", action: "Approve",
  text: "This run goes live in place of the present release, which can be put live again.",
  place: (_, line) => path("runs", line.run, "approve"),
};

async function decide(decision, model, line) {
  const details = h("dl", { class: "pairs" },
    h("dt", {}, "Release"), h("dd", {}, line.run),
    h("dt", {}, "Result"), h("dd", {}, result(line)),
    h("dt", {}, "Rows"), h("dd", {}, plural(rowCount(line.rows), "row")));
  if (!(await ask(decision.title, [h("p", {}, decision.text), details], { action: decision.action }))) return;
  await carryOut(decision, model, line, false);
}

async function carryOut(decision, model, line, acceptsLabels) {
  const body = { run: line.run, ...(acceptsLabels ? { accept_label_change: true } : {}) };
  try {
    await post(decision.place(model, line), body);
    announce(`${decision.action}: begun`);
    location.hash = `#${path("runs", line.run)}`;
  } catch (error) {
    const changes = error.more?.label_changes;
    if (!changes || acceptsLabels) {
      await ask("Not done", h("p", {}, error.message));
      return;
    }
    const content = [
      h("p", {}, "Programs that call this model get other labels than now:"),
      h("p", { class: "sentence" }, changeText(changes.added ?? [], changes.removed ?? []) || `another task (${changes.task})`),
    ];
    if (await ask("The labels differ", content, { action: `${decision.action} all the same`, danger: true })) {
      await carryOut(decision, model, line, true);
    }
  }
}

async function reject(line) {
  const content = h("p", {}, `${line.run} stays as it is and does not go live.`);
  if (!(await ask("Reject?", content, { action: "Reject" }))) return;
  try {
    await post(path("runs", line.run, "reject"));
    announce("Rejected.");
  } catch (error) {
    await ask("Not done", h("p", {}, error.message));
  }
}
