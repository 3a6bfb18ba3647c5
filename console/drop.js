// A drop: files are chosen or dragged in, uploaded straight to the model's folder, and their run is followed.

import { get, path, post } from "./api.js";
import { announce, ask, fill, h } from "./dom.js";
import { droppedFiles, modelNameOf } from "./dropped_files.js";
import { bytes, plural } from "./format.js";

const POLL_MILLISECONDS = 2000;
const PATIENCE_SECONDS = 90;
const SHOWN_FILES = 8;

/** What was dragged in before the page was there to take it. */
let pending = null;

export function watchForDrops() {
  const shade = document.getElementById("drop-shade");
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  let depth = 0;
  const enter = (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth += event.type === "dragenter" ? 1 : 0;
    shade.hidden = false;
  };
  const leave = () => {
    depth = Math.max(0, depth - 1);
    shade.hidden = depth === 0;
  };
  addEventListener("dragenter", enter);
  addEventListener("dragover", enter);
  addEventListener("dragleave", leave);
  addEventListener("drop", async (event) => {
    depth = 0;
    shade.hidden = true;
    if (!hasFiles(event)) return;
    event.preventDefault();
    pending = await droppedFiles(event.dataTransfer);
    const model = /^#\/(models|drop)\/([^/]+)$/.exec(location.hash)?.[2];
    const place = model ? `#/drop/${model}` : "#/drop";
    if (location.hash === place) dispatchEvent(new HashChangeEvent("hashchange"));
    else location.hash = place;
  });
}

export function dropPage({ content, name }) {
  const state = { files: pending ?? [], isOver: false };
  pending = null;
  const chosen = h("div", {});
  const progress = h("div", { "aria-live": "polite" });
  const model = h("input", { id: "model", required: true, maxlength: "128", autocomplete: "off", spellcheck: "false", value: name ?? "" });
  const picker = h("input", { id: "files", type: "file", multiple: true, on: { change: () => choose([...picker.files].map((file) => ({ name: file.name, file }))) } });
  const button = h("button", { type: "submit", class: "primary" }, "Upload and train");
  function choose(files) {
    state.files = files;
    if (!model.value) model.value = modelNameOf(files);
    fill(chosen, fileList(files));
    button.disabled = !files.length;
  }
  const form = h("form", { class: "card drop", on: { submit: onSubmit } },
    h("h1", {}, name ? `New data for ${name}` : "Drop a file"),
    h("p", {}, "A CSV, JSON Lines, Parquet or Excel file with a column of texts and one of answers; other tasks and folders work, too. Drag it onto this page, or choose it:"),
    h("div", { class: "field" }, h("label", { for: "files" }, "Files"), picker), chosen,
    h("div", { class: "field" }, h("label", { for: "model" }, "Name of the model"), model),
    h("p", { class: "hint" }, "The file is checked before anything is billed: a file with mistakes is refused with the rows to correct. With ",
      h("code", {}, "traindrop drop"), " it is checked on your machine, and you are asked with an estimate of the cost."),
    h("div", { class: "actions" }, button), progress);
  async function onSubmit(event) {
    event.preventDefault();
    button.disabled = true;
    try {
      await upload(model.value.trim(), state.files, progress, state);
    } catch (error) {
      fill(progress, h("p", { class: "problem", role: "alert" }, error.message));
    }
    button.disabled = false;
  }
  choose(state.files);
  fill(content, form);
  return () => {
    state.isOver = true;
    state.transfer?.abort();
  };
}

function fileList(files) {
  if (!files.length) return null;
  const size = files.reduce((sum, item) => sum + item.file.size, 0);
  return h("p", {}, `${plural(files.length, "file")}, ${bytes(size)}: `,
    files.slice(0, SHOWN_FILES).map((item) => item.name).join(", "), files.length > SHOWN_FILES ? " …" : "");
}

async function upload(model, files, progress, state) {
  const wanted = files.map((item) => ({ name: item.name, bytes: item.file.size }));
  const place = path("models", model, "uploads");
  let plan = await post(place, { files: wanted });
  if (plan.present.length) {
    const choice = await askAboutPresent(model, plan.present);
    if (!choice) return;
    if (choice === "replace") plan = await post(place, { files: wanted, remove: plan.present });
  }
  const earlier = await runsOf(model);
  const bar = h("progress", { max: "1", value: 0, "aria-label": "Share of the upload" });
  const text = h("p", {}, "Uploading …");
  fill(progress, bar, text);
  const total = wanted.reduce((sum, item) => sum + item.bytes, 0);
  let sent = 0;
  for (const target of plan.uploads) {
    const { file } = files.find((item) => item.name === target.name);
    await put(target, file, state, (count) => {
      bar.value = (sent + count) / total;
      text.textContent = `Uploading ${target.name}: ${bytes(sent + count)} of ${bytes(total)}`;
    });
    sent += file.size;
  }
  announce("Uploaded.");
  await follow(model, earlier, text, state);
}

async function askAboutPresent(model, present) {
  const radio = (value, text, isChecked) => h("label", { class: "choice" },
    h("input", { type: "radio", name: "present", value, checked: isChecked }), " ", text);
  const names = present.slice(0, SHOWN_FILES).join(", ") + (present.length > SHOWN_FILES ? " …" : "");
  const form = await ask("There is data already", [
    h("p", {}, `In the folder of ${model}: ${names}.`),
    h("fieldset", {}, h("legend", {}, "The model is trained on"),
      radio("replace", "the new files only; earlier versions stay in the bucket", true),
      radio("keep", "both: the new files beside those", false)),
  ], { action: "Go on" });
  return form ? new FormData(form).get("present") : null;
}

function put(target, file, state, onProgress) {
  return new Promise((resolve, reject) => {
    const transfer = new XMLHttpRequest();
    state.transfer = transfer;
    const fail = (why) => reject(new Error(`${target.name}: the upload ended early${why}. Try again.`));
    transfer.upload.addEventListener("progress", (event) => onProgress(event.loaded));
    transfer.addEventListener("load", () => (transfer.status < 300 ? resolve() : fail(` (S3 answered ${transfer.status})`)));
    transfer.addEventListener("error", () => fail(""));
    transfer.addEventListener("abort", () => fail(", because the page was left"));
    transfer.open(target.method, target.url);
    transfer.send(file);
  });
}

async function runsOf(model) {
  const { runs } = await get(path("runs"), { query: { model, limit: 20 } });
  return runs;
}

/** The run that this upload begins: one that was not there before, or began again since. */
async function follow(model, earlier, text, state) {
  const stampOf = new Map(earlier.map((run) => [run.run, run.started_at]));
  const begun = Date.now();
  text.textContent = "Uploaded. Waiting until no more files come …";
  while (!state.isOver) {
    const found = (await runsOf(model)).find((run) => stampOf.get(run.run) !== run.started_at);
    if (found) {
      location.hash = `#${path("runs", found.run)}`;
      return;
    }
    if ((Date.now() - begun) / 1000 > PATIENCE_SECONDS) {
      text.textContent = "No run has begun yet. The same files as those of the live release begin none; a run in progress is waited for; in the first minutes after a deployment it can take a quarter of an hour.";
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}
