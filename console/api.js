// Calls of the API. The key stays in this tab: sessionStorage forgets it when the tab is closed.

const KEY = "traindrop.key";
export const BASE = new URL("../", document.baseURI).href.replace(/\/$/, "");

export class Problem extends Error {
  constructor(status, code, message, more = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.more = more;
  }

  get isAboutKey() {
    return this.code === "no_key" || this.code === "wrong_api_key" || this.status === 401;
  }
}

export const key = {
  get: () => sessionStorage.getItem(KEY) ?? "",
  set: (text) => sessionStorage.setItem(KEY, text.trim()),
  clear: () => sessionStorage.removeItem(KEY),
};

/** The path of names below the API: each is one segment, whatever it holds. */
export function path(...names) {
  return names.map((name) => `/${encodeURIComponent(name)}`).join("");
}

export async function send(method, place, { body, query, signal } = {}) {
  if (!key.get()) throw new Problem(0, "no_key", "Enter an API key to see anything.");
  const headers = { "x-api-key": key.get() };
  if (body !== undefined) headers["content-type"] = "application/json";
  const search = query ? `?${new URLSearchParams(query)}` : "";
  let response;
  try {
    response = await fetch(`${BASE}${place}${search}`, {
      method, headers, signal, credentials: "omit", cache: "no-store", redirect: "error",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "unreachable", "The API could not be reached. Check your connection; on the laptop: traindrop up.");
  }
  const text = await response.text();
  if (!response.ok) throw problemOf(response, text);
  return { text, headers: response.headers, status: response.status };
}

function problemOf(response, text) {
  let content = {};
  try {
    content = JSON.parse(text) ?? {};
  } catch {
    // Of a proxy on the way.
  }
  const error = typeof content.error === "object" && content.error ? content.error : {};
  const message = content.detail ?? error.message ?? content.message ?? `The API answered ${response.status}. Try again.`;
  const code = error.code ?? content.code ?? "unknown";
  return new Problem(response.status, String(code), String(message), { ...content, ...error });
}

export async function get(place, options) {
  return JSON.parse((await send("GET", place, options)).text);
}

/** Null where there is none, or this key may not see it. */
export async function find(place, options) {
  try {
    return await get(place, options);
  } catch (error) {
    if (error instanceof Problem && [403, 404].includes(error.status) && !error.isAboutKey) return null;
    throw error;
  }
}

export async function post(place, body = undefined) {
  return JSON.parse((await send("POST", place, { body })).text);
}

export async function remove(place) {
  return JSON.parse((await send("DELETE", place)).text);
}

/** `task` of each of the items, a few at a time, so that many models are no flood of calls. */
export async function eachOf(items, task, atOnce = 4) {
  const waiting = [...items];
  const worker = async () => {
    while (waiting.length) await task(waiting.shift());
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
