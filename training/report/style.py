"""The page's one style sheet: light, dark, phone, paper."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --surface: #ffffff; --ink: #18202b; --muted: #566172; --line: #d9dee6;
  --model: #2358d6; --trivial: #7f8a99; --reference: #b4610a; --champion: #0d7a55;
  --good: #0d7a55; --unsure: #96550a; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10141a; --surface: #181e27; --ink: #e8ecf2; --muted: #a3aebd; --line: #333d4b;
    --model: #7cabff; --trivial: #7d8898; --reference: #f0b060; --champion: #5ccf9f;
    --good: #5ccf9f; --unsure: #f0b060; --bad: #ff8f86;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0; padding: 1.5rem 1rem 3rem; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
header, nav, main, footer { max-width: 60rem; margin: 0 auto; }
h1, h2, h3, p, dd, li { overflow-wrap: anywhere; }
h1 { margin: 0 0 .5rem; font-size: clamp(1.6rem, 5vw, 2.4rem); line-height: 1.15; letter-spacing: -.01em; }
h2 { margin: 0 0 1rem; font-size: 1.25rem; line-height: 1.3; }
h3 { margin: 0 0 .5rem; font-size: .95rem; }
p { margin: 0 0 .75rem; }
small, caption, figcaption, .kicker, .note, footer { color: var(--muted); }
.kicker { margin: 0 0 .25rem; font-size: .9rem; }
.verdict {
  margin: 0 0 1.25rem; padding: .9rem 1.1rem; font-size: 1.1rem; background: var(--surface);
  border: 1px solid var(--line); border-left: 5px solid var(--unsure); border-radius: .5rem;
}
.verdict.good { border-left-color: var(--good); }
.verdict.bad { border-left-color: var(--bad); }
.tiles {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .75rem;
  margin: 0 0 1.25rem; padding: 0; list-style: none;
}
.tiles li {
  padding: .8rem 1rem; background: var(--surface);
  border: 1px solid var(--line); border-radius: .5rem;
}
.tiles strong { display: block; font-size: 1.35rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tiles span { color: var(--muted); font-size: .85rem; }
.careful {
  margin: 0 0 1.25rem; padding: .8rem 1.1rem;
  border: 1px solid var(--unsure); border-radius: .5rem;
}
.careful h2 { margin: 0 0 .25rem; font-size: 1rem; color: var(--unsure); }
.careful ul { margin: 0; padding-left: 1.2rem; }
nav { display: flex; flex-wrap: wrap; gap: .35rem 1.1rem; margin-bottom: 1.25rem; font-size: .9rem; }
a { color: var(--model); }
a:focus-visible, summary:focus-visible, .scroll:focus-visible {
  outline: 2px solid var(--model);
  outline-offset: 2px;
}
section {
  margin: 0 0 1.25rem; padding: 1.25rem; background: var(--surface);
  border: 1px solid var(--line); border-radius: .6rem;
}
section > :last-child { margin-bottom: 0; }
figure { margin: 0 0 1.25rem; max-width: 29rem; }
figure svg {
  display: block; width: 100%; height: auto;
  overflow: visible; stroke-linejoin: round; stroke-linecap: butt;
}
figcaption { margin-top: .35rem; font-size: .875rem; }
.figures {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr));
  gap: 1.25rem; align-items: start;
}
.figures { margin-bottom: 1.25rem; }
.figures figure { margin: 0; }
.scroll {
  overflow-x: auto; margin: 0 0 1.25rem;
  background:
    linear-gradient(to right, var(--surface) 1rem, transparent 2rem) left / 2rem 100% no-repeat local,
    linear-gradient(to left, var(--surface) 1rem, transparent 2rem) right / 2rem 100% no-repeat local,
    linear-gradient(to right, var(--line), transparent) left / .6rem 100% no-repeat scroll,
    linear-gradient(to left, var(--line), transparent) right / .6rem 100% no-repeat scroll;
}
table { border-collapse: collapse; min-width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { padding-bottom: .4rem; text-align: left; font-size: .875rem; }
th, td {
  padding: .4rem .9rem .4rem 0; text-align: left;
  vertical-align: top; border-bottom: 1px solid var(--line);
}
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--muted); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 500; min-width: 8rem; max-width: 20rem; overflow-wrap: anywhere; }
td { min-width: 4rem; max-width: 34rem; overflow-wrap: anywhere; }
.numbers td { white-space: nowrap; }
.card { margin: 0 0 .9rem; padding: .8rem 1rem; border: 1px solid var(--line); border-radius: .5rem; }
dl { margin: 0; display: grid; gap: .4rem; }
dl > div { display: grid; grid-template-columns: 7rem minmax(0, 1fr); gap: 0 1rem; }
dt { color: var(--muted); font-size: .875rem; }
dd { margin: 0; white-space: pre-wrap; }
pre {
  margin: 0; padding: .9rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--page);
  border: 1px solid var(--line); border-radius: .5rem; font-size: .85rem;
}
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
summary { cursor: pointer; color: var(--model); }
details[open] summary { margin-bottom: .75rem; }
footer { font-size: .85rem; }
@media (max-width: 36rem) {
  body { padding: 1rem .75rem 2rem; }
  section { padding: 1rem .9rem; }
  dl > div { grid-template-columns: 1fr; }
}
@media print {
  :root {
    --page: #ffffff; --surface: #ffffff; --ink: #000000; --muted: #444444; --line: #bbbbbb;
    --model: #2358d6; --trivial: #7f8a99; --reference: #b4610a; --champion: #0d7a55;
    --good: #0d7a55; --unsure: #96550a; --bad: #b3261e;
  }
  @page { margin: 16mm 14mm; }
  body { padding: 0; font-size: 10.5pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  nav, .scroll:empty { display: none; }
  section { padding: 0; border: 0; }
  h2, h3, caption { break-after: avoid; }
  figure, .card, tr, table, .verdict, .tiles, .careful { break-inside: avoid; }
  figure { max-width: 10.5cm; }
  .figures { grid-template-columns: 1fr 1fr; }
  .scroll { overflow: visible; background: none; }
  .numbers td { white-space: normal; }
  details::details-content { content-visibility: visible; block-size: auto; }
  summary { display: none; }
}
"""
