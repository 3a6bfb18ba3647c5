// A report, which a training job wrote: shown in a frame without scripts, forms or this page's origin.

import { path, send } from "./api.js";
import { fill, h, save } from "./dom.js";

const content = document.getElementById("content");
const policy = globalThis.trustedTypes?.createPolicy("report", { createHTML: (text) => text });

async function show() {
  let run;
  try {
    run = decodeURIComponent(location.hash.slice(1));
  } catch {
    run = "";
  }
  document.getElementById("name").textContent = `Report of ${run}`;
  document.getElementById("back").href = `index.html#${path("runs", run)}`;
  document.title = `Report of ${run} · Traindrop`;
  try {
    const { text } = await send("GET", path("runs", run, "report"));
    const frame = h("iframe", { sandbox: "allow-popups", title: `Report of ${run}` });
    frame.srcdoc = policy ? policy.createHTML(text) : text;
    fill(content, frame);
    const button = document.getElementById("save");
    button.hidden = false;
    button.addEventListener("click", () => save(`${run}-report.html`, text, "text/html"));
  } catch (error) {
    fill(content, h("p", { class: "problem", role: "alert" },
      error.isAboutKey ? "The report needs the API key of this tab: enter it in the console, then open the report again." : error.message));
  }
}

addEventListener("hashchange", show);
show();
