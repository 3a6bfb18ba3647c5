// Numbers, times and names for people, in the reader's own time zone.

const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

export function bytes(count) {
  let amount = count;
  let unit = 0;
  while (amount >= 1000 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return `${unit ? amount.toFixed(1) : amount} ${UNITS[unit]}`;
}

export function number(value) {
  return value === null || value === undefined ? "–" : value.toLocaleString("en");
}

export function percent(share) {
  return share === null || share === undefined ? "–" : `${Math.round(share * 100)} %`;
}

export function metric(value) {
  if (value === null || value === undefined) return "–";
  return Math.abs(value) >= 100 ? value.toFixed(1) : value.toFixed(3);
}

export function usd(amount) {
  if (amount === null || amount === undefined) return "–";
  return amount > 0 && amount < 0.01 ? "< $0.01" : `$${amount.toFixed(2)}`;
}

export function duration(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export function secondsBetween(start, end) {
  return (new Date(end ?? Date.now()) - new Date(start)) / 1000;
}

export function time(text) {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return "";
  const options = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false };
  if (date.getFullYear() !== new Date().getFullYear()) options.year = "numeric";
  return new Intl.DateTimeFormat("en-GB", options).format(date);
}

export function clock(text) {
  return new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" }).format(new Date(text));
}

export function plural(count, one, many = `${one}s`) {
  return `${number(count)} ${count === 1 ? one : many}`;
}

export function rowCount(rows) {
  return Object.values(rows ?? {}).reduce((sum, count) => sum + count, 0);
}

/** The first sentence, which says how good a model is, and what follows it. */
export function sentences(text) {
  const [first, ...others] = (text ?? "").split(/(?<=[.!?])\s+(?=[A-Z])/);
  return [first, others.join(" ")];
}
