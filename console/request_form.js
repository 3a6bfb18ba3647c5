// The form of a request, from the example that the API has of it: so it fits every task, and models of the user's own.

import { h } from "./dom.js";

const NAMES = {
  inputs: "Text", question: "Question", context: "Text that holds the answer", text: "First text", text_pair: "Second text",
  source_sentence: "Sentence", sentences: "Sentences to compare it with, one a line",
};

/** Fields with an element and `read`, which gives their part of the inputs. */
export function fieldsOf(inputs) {
  if (typeof inputs === "string") return [textField("inputs", inputs)];
  if (isChat(inputs)) return chatFields(inputs);
  if (isPlain(inputs)) {
    return Object.entries(inputs).map(([name, value]) => (Array.isArray(value) ? linesField(name, value) : textField(name, value)));
  }
  return [jsonField(inputs)];
}

export function inputsOf(fields) {
  if (fields.length === 1 && fields[0].name === "inputs") return fields[0].read();
  if (fields.some((field) => field.role)) {
    return fields.map((field) => ({ role: field.role, content: field.read() })).filter((message) => message.content);
  }
  return Object.fromEntries(fields.map((field) => [field.name, field.read()]));
}

function isChat(inputs) {
  return Array.isArray(inputs) && inputs.length > 0 && inputs.every((item) => item?.role && typeof item.content === "string");
}

function isPlain(inputs) {
  if (typeof inputs !== "object" || inputs === null || Array.isArray(inputs)) return false;
  return Object.values(inputs).every((value) => typeof value === "string" || (Array.isArray(value) && value.every((item) => typeof item === "string")));
}

function field(name, label, value, rows, read) {
  const id = `field-${name}`;
  const input = h("textarea", { id, rows, value, spellcheck: "false" });
  return { name, element: h("div", { class: "field" }, h("label", { for: id }, label), input), read: () => read(input.value) };
}

function textField(name, value) {
  const rows = name === "context" ? 5 : 3;
  return field(name, NAMES[name] ?? name, value, rows, (text) => text);
}

function linesField(name, values) {
  return field(name, NAMES[name] ?? `${name}, one a line`, values.join("\n"), 3, (text) => text.split("\n").filter((line) => line.trim()));
}

function chatFields(messages) {
  return messages.map((message, index) => ({
    ...field(`message-${index}`, { system: "Instructions", user: "Your message" }[message.role] ?? message.role, message.content, 3, (text) => text),
    role: message.role,
  }));
}

function jsonField(inputs) {
  return field("inputs", "inputs, as JSON", JSON.stringify(inputs, null, 2), 6, (text) => JSON.parse(text));
}
