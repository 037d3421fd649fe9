"""The look of the page: one column, light, narrow screens first; no font, script or picture from elsewhere."""

STYLESHEET = """
:root { color-scheme: light; --ink: #1f2328; --faint: #59636e; --rule: #d8dee4; --tint: #f6f8fa; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; color: var(--ink); background: #fff;
  font: 400 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; font-weight: 500; line-height: 1.2; margin: 1rem 0 .5rem; }
h2 { font-size: 1.2rem; font-weight: 500; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1rem; font-weight: 600; margin: 0 0 .25rem; }
p { margin: .4rem 0; max-width: 46rem; }
a { color: #0059a8; text-underline-offset: .15em; }
code { font: .85em ui-monospace, monospace; overflow-wrap: anywhere; }
nav ul, ul.plain { list-style: none; padding: 0; margin: .5rem 0; }
nav li { display: inline-block; margin: 0 1rem .3rem 0; }
.lead { font-size: 1.1rem; }
.faint, figcaption, .meta, .interval, .note { color: var(--faint); }
figure { margin: 2rem 0; }
figcaption { font-size: .85rem; max-width: 46rem; }
.scroll { overflow-x: auto; }
.scroll img { display: block; height: auto; width: calc(var(--inches) * 7.5rem);
  max-width: max(100%, calc(var(--inches) * 5rem)); }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { text-align: left; vertical-align: baseline; padding: .15rem .75rem .15rem 0; font-weight: 400; }
thead th { font-weight: 600; position: sticky; top: 0; background: #fff; border-bottom: 1px solid var(--ink); }
thead th { width: 11%; }
thead th:nth-child(1) { width: 32%; }
thead th:nth-child(2) { width: 28%; }
thead th:nth-child(3) { width: 18%; }
tr.claim > th { border-top: 1px solid var(--rule); padding-top: 1.2rem; font-size: 1rem; }
tr.claim code { font-weight: 600; margin-right: .6rem; }
tr.claim p { max-width: none; }
tr.setting td { color: var(--faint); padding-top: .6rem; }
tr.about td { padding-bottom: 1.2rem; }
tr.free { color: var(--faint); }
tr.quantity th { overflow-wrap: anywhere; }
tr.missed td:nth-child(2) { font-weight: 600; color: #a04000; }
.meta, .interval, .note, tr.about td { font-size: .85rem; }
.interval { white-space: nowrap; }
.formula { overflow-x: auto; overflow-y: hidden; padding: .2rem 0; }
.formula math { width: max-content; margin: 0; }
.verdict { display: inline-block; padding: 0 .55em; margin-right: .6rem; border: 1px solid; border-radius: 1em;
  font-size: .85rem; white-space: nowrap; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem .8rem; margin: .4rem 0; }
dt { color: var(--faint); }
dd { margin: 0; min-width: 0; }
summary { cursor: pointer; color: #0059a8; }
@media (max-width: 40rem) {
  thead { display: none; }
  table, tbody, tr, th, td { display: block; padding-right: 0; }
  tr.quantity { display: grid; grid-template-columns: 1fr 1fr; column-gap: 1rem; padding: .3rem 0;
    border-bottom: 1px solid var(--tint); }
  tr.quantity th { grid-column: 1 / -1; font-weight: 500; }
  tr.quantity td:empty { display: none; }
  tr.quantity td[data-label]::before { content: attr(data-label) " "; color: var(--faint); font-weight: 400; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .4rem; }
}
@media print { .scroll img { max-width: 100%; } figure, tbody { break-inside: avoid; } nav { display: none; } }
"""
