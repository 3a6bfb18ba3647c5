// A call as curl, Python and JavaScript. The key is never among them: programs take it from their environment.

import { announce, h } from "./dom.js";

export function snippets(url, body) {
  const texts = { curl: curl(url, body), Python: python(url, body), JavaScript: javascript(url, body) };
  return h("div", { class: "snippets" }, Object.entries(texts).map(([name, text]) => h("figure", {},
    h("figcaption", {}, name, copyButton(name, text)), h("pre", { tabindex: "0" }, text))));
}

function copyButton(name, text) {
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    announce(`${name} was copied.`);
  };
  return h("button", { type: "button", class: "quiet", "aria-label": `Copy ${name}`, on: { click: copy } }, "Copy");
}

export function shellQuoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function curl(url, body) {
  return `curl ${shellQuoted(url)} \\\n  -H "x-api-key: $TRAINDROP_API_KEY" -H 'content-type: application/json' \\\n  -d ${shellQuoted(JSON.stringify(body))}`;
}

export function pythonLiteral(value) {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (typeof value === "object") {
    return `{${Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${pythonLiteral(item)}`).join(", ")}}`;
  }
  return JSON.stringify(value);
}

function python(url, body) {
  return [
    "import os", "", "import httpx", "",
    "answer = httpx.post(", `    ${JSON.stringify(url)},`, '    headers={"x-api-key": os.environ["TRAINDROP_API_KEY"]},',
    `    json=${pythonLiteral(body)},`, ")", "print(answer.json())",
  ].join("\n");
}

function javascript(url, body) {
  return [
    `const answer = await fetch(${JSON.stringify(url)}, {`, '  method: "POST",',
    '  headers: { "x-api-key": process.env.TRAINDROP_API_KEY, "content-type": "application/json" },',
    `  body: JSON.stringify(${JSON.stringify(body)}),`, "});", "console.log(await answer.json());",
  ].join("\n");
}
