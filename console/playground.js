// Try a model: a form as its requests are, the answer as a person reads it, and the same call for programs.

import { BASE, path, send } from "./api.js";
import { fill, h } from "./dom.js";
import { percent } from "./format.js";
import { fieldsOf, inputsOf } from "./request_form.js";
import { snippets } from "./snippets.js";

const SHOWN_SCORES = 8;
const LATER_MILLISECONDS = 2000;

export function playground(model, thresholds) {
  const example = model.example?.body ?? { inputs: "" };
  const fields = fieldsOf(example.inputs);
  const output = h("div", { class: "answer", role: "status" });
  const code = h("div", {});
  let last = null;
  const threshold = thresholdChoice(thresholds, () => last && showAnswer());
  const button = h("button", { type: "submit", class: "primary" }, "Ask");

  const requestBody = () => {
    const parameters = { ...(example.parameters ?? {}), ...scoreParameters(model) };
    const inputs = inputsOf(fields);
    return { inputs, ...(Object.keys(parameters).length ? { parameters } : {}) };
  };
  const updateCode = () => {
    let body;
    try {
      body = requestBody();
    } catch {
      return;
    }
    code.replaceChildren(snippets(`${BASE}${path("models", model.model, "predict")}`, body));
  };
  const showAnswer = () => {
    const least = threshold ? Number(threshold.select.value) : 0;
    fill(output, answer(last.content, last.inputs, least),
      h("p", { class: "hint" }, `${last.milliseconds} ms, by ${last.run}`, last.truncated ? ", the input was cut at the model's limit" : ""));
  };
  const onSubmit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    output.replaceChildren(h("p", { class: "loading" }, "Asking …"));
    try {
      last = await predict(model, requestBody());
      showAnswer();
    } catch (error) {
      last = null;
      output.replaceChildren(h("p", { class: "problem" }, error.message));
    }
    button.disabled = false;
  };
  const onKey = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
  };
  const form = h("form", { on: { submit: onSubmit, input: updateCode, keydown: onKey } },
    fields.map((field) => field.element), h("div", { class: "actions" }, button, h("span", { class: "hint" }, "or Ctrl + Enter")));
  updateCode();
  return [h("h2", {}, "Try it"), form, output, threshold?.element ?? null, h("details", {}, h("summary", {}, "The same call from a program"), code)];
}

/** All scores of a classifier, not only the best label's. */
function scoreParameters(model) {
  const isClassifier = model.task === "text-classification" && (model.label_count ?? 0) > 1;
  return isClassifier ? { top_k: Math.min(model.label_count, SHOWN_SCORES) } : {};
}

async function predict(model, body) {
  const begun = performance.now();
  let { text, headers, status } = await send("POST", path("models", model.model, "predict"), { body });
  while (status === 202) {
    const { prediction } = JSON.parse(text);
    await new Promise((resolve) => setTimeout(resolve, LATER_MILLISECONDS));
    ({ text, headers, status } = await send("GET", path("models", model.model, "predictions", prediction)));
  }
  return {
    content: JSON.parse(text), inputs: body.inputs, milliseconds: Math.round(performance.now() - begun),
    run: headers.get("x-traindrop-run") ?? "", truncated: headers.get("x-traindrop-truncated"),
  };
}

function thresholdChoice(thresholds, onChange) {
  const useful = thresholds.filter((item) => item.answered > 0);
  if (useful.length < 2) return null;
  const select = h("select", { id: "threshold", on: { change: update } },
    useful.map((item) => h("option", { value: item.score }, item.score === 0 ? "always" : item.score.toFixed(2))));
  const text = h("span", {});
  function update() {
    const item = useful.find((each) => each.score === Number(select.value));
    text.textContent = ` ${percent(item.answered)} of the held-out rows are answered, ${percent(item.right)} of these right.`;
    onChange();
  }
  update();
  return { select, element: h("p", { class: "threshold" }, h("label", { for: "threshold" }, "Answer only from a score of "), select, text) };
}

// ---- answers by their shape ----

export function answer(content, inputs, least = 0) {
  const list = Array.isArray(content) ? content : [content];
  if (isEvery(list, (item) => typeof item?.label === "string")) return scores(list.map((item) => [item.label, item.score]), least);
  if (isEvery(list, (item) => typeof item?.token_str === "string")) return scores(list.map((item) => [item.token_str, item.score]), 0);
  if (isEvery(list, (item) => typeof item?.entity_group === "string") || (Array.isArray(content) && !content.length && typeof inputs === "string")) {
    return marked(inputs, list.map((item) => ({ ...item, name: item.entity_group })));
  }
  if (list.length === 1 && typeof list[0]?.answer === "string" && inputs?.context) {
    return [h("p", { class: "sentence" }, list[0].answer || "no answer in this text"), marked(inputs.context, [{ ...list[0], name: "answer" }])];
  }
  if (isEvery(list, (item) => typeof textOf(item) === "string")) return list.map((item) => h("p", { class: "written" }, textOf(item)));
  if (isEvery(list, (item) => typeof item === "number") && inputs?.sentences) {
    return scores(list.map((value, index) => [inputs.sentences[index], value]), 0);
  }
  return h("pre", { tabindex: "0" }, JSON.stringify(content, null, 2));
}

function isEvery(list, test) {
  return list.length > 0 && list.every(test);
}

function textOf(item) {
  return item?.generated_text ?? item?.summary_text ?? item?.translation_text;
}

function scores(pairs, least) {
  const isShare = pairs.every(([, score]) => score >= 0 && score <= 1);
  if (!isShare) return h("dl", { class: "pairs" }, pairs.map(([label, score]) => [h("dt", {}, label), h("dd", {}, score.toFixed(3))]));
  const isBelow = least > 0 && pairs[0][1] < least;
  return [
    isBelow ? h("p", { class: "sentence" }, `No answer: the best score is below ${least.toFixed(2)}.`) : null,
    h("ul", { class: isBelow ? "scores below" : "scores" }, pairs.map(([label, score]) => h("li", {},
      h("span", { class: "name" }, label), h("span", { class: "share", vars: { "--share": `${score * 100}%` } }),
      h("span", { class: "number" }, score.toFixed(2))))),
  ];
}

/** The text with its spans marked. Offsets count code points, as Python does. */
function marked(text, spans) {
  const characters = [...text];
  const parts = [];
  let position = 0;
  for (const span of [...spans].sort((one, other) => one.start - other.start)) {
    if (!(span.start >= position && span.end > span.start)) continue;
    parts.push(characters.slice(position, span.start).join(""));
    const score = typeof span.score === "number" ? ` ${span.score.toFixed(2)}` : "";
    parts.push(h("mark", {}, characters.slice(span.start, span.end).join(""), h("small", {}, ` ${span.name}${score}`)));
    position = span.end;
  }
  parts.push(characters.slice(position).join(""));
  return h("p", { class: "marked" }, parts, spans.length ? null : h("span", { class: "hint" }, " (nothing was found in it)"));
}
