"""The look of the pages: one column, narrow screens first, light or dark; no font, script or picture from elsewhere."""

from paper_figures.verdicts import COLOURS, verdict_class

_VERDICTS = "\n".join(f".{verdict_class(words)} {{ --verdict: {colour}; }}" for words, colour in COLOURS.items())

STYLESHEET = (
    """
:root { color-scheme: light dark; --ink: #1f2328; --faint: #59636e; --rule: #d8dee4; --tint: #f6f8fa; --paper: #fff;
  --link: #0059a8; --missed: #a04000; --lighter: 0%; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --faint: #9aa4ae; --rule: #3d444d; --tint: #161b22;
  --paper: #0d1117; --link: #79b8ff; --missed: #f0a060; --lighter: 45%; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; color: var(--ink); background: var(--paper);
  font: 400 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word;
  -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
h1 { font-size: 1.6rem; font-weight: 500; line-height: 1.2; margin: 1rem 0 .5rem; }
h2 { font-size: 1.2rem; font-weight: 500; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1rem; font-weight: 600; margin: 0 0 .25rem; }
p { margin: .4rem 0; max-width: 46rem; }
a { color: var(--link); text-underline-offset: .15em; }
code { font: .85em ui-monospace, monospace; overflow-wrap: anywhere; }
nav ul, ul.plain { list-style: none; padding: 0; margin: .5rem 0; }
nav li { display: inline-block; margin: 0 1rem .3rem 0; }
.experiments li { margin: .4rem 0; max-width: 46rem; }
.lead { font-size: 1.1rem; }
.faint, figcaption, .meta, .interval, .note { color: var(--faint); }
figure { margin: 2rem 0; }
figcaption { font-size: .85rem; max-width: 46rem; }
.scroll { overflow-x: auto; }
.scroll img { display: block; height: auto; width: calc(var(--inches) * 7.5rem); background: #fff;
  max-width: max(100%, calc(var(--inches) * 5rem)); }
[hidden] { display: none !important; }
form { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .6rem .8rem; align-items: end;
  margin: 1rem 0; padding: .8rem; background: var(--tint); border: 1px solid var(--rule); border-radius: .4rem; }
form label { display: grid; gap: .15rem; font-size: .85rem; color: var(--faint); min-width: 0; }
form label:last-of-type { grid-column: span 2; }
form .wide, form output, form p { grid-column: 1 / -1; margin: 0; }
form output { font-weight: 500; }
input, select, button { font: inherit; font-size: 1rem; width: 100%; min-height: 2.4rem; padding: .2rem .5rem;
  color: var(--ink); background: var(--paper); border: 1px solid var(--faint); border-radius: .3rem; }
button { width: auto; padding: .2rem .9rem; cursor: pointer; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
article { border-top: 1px solid var(--rule); padding: 1.2rem 0 1rem; scroll-margin-top: .5rem; }
article:target { box-shadow: -.5rem 0 0 var(--paper), -.7rem 0 0 var(--link); }
h3 a { text-decoration: none; color: inherit; }
h3 a:hover { text-decoration: underline; }
.meta, .interval, .note, article dl, summary, .nearest .faint { font-size: .85rem; }
.nearest { list-style: none; margin: .4rem 0; padding: 0; font-variant-numeric: tabular-nums; }
.nearest b { font-weight: 600; }
.interval { white-space: nowrap; }
.formula { overflow-x: auto; overflow-y: hidden; padding: .2rem 0; }
.formula math { width: max-content; margin: 0; }
.verdict { display: inline-block; padding: 0 .55em; margin-right: .6rem; border: 1px solid; border-radius: 1em;
  font-size: .85rem; font-weight: 400; white-space: nowrap;
  color: color-mix(in srgb, var(--verdict), white var(--lighter)); }
"""
    + _VERDICTS
    + """
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem .8rem; margin: .4rem 0; }
dt { color: var(--faint); }
dd { margin: 0; min-width: 0; }
summary { cursor: pointer; color: var(--link); padding: .2rem 0; }
table { width: 100%; table-layout: fixed; border-collapse: collapse; font-variant-numeric: tabular-nums;
  font-size: .9rem; }
th, td { text-align: left; vertical-align: baseline; padding: .15rem .75rem .15rem 0; font-weight: 400;
  overflow-wrap: anywhere; }
thead th { font-weight: 600; border-bottom: 1px solid var(--rule); width: 11%; }
thead th:nth-child(1) { width: 32%; }
thead th:nth-child(2) { width: 28%; }
thead th:nth-child(3) { width: 18%; }
tr.setting th { color: var(--faint); padding-top: .6rem; }
tr.free { color: var(--faint); }
tr.missed td:nth-child(2) { font-weight: 600; color: var(--missed); }
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
  form { grid-template-columns: 1fr 1fr; }
}
@media print {
  .scroll img { max-width: 100%; }
  figure, tr, h3 { break-inside: avoid; }
  nav, form { display: none !important; }
  details::details-content { content-visibility: visible; display: block; block-size: auto; }
}
"""
)
