"""The script of the ledger: filters, counts and sorts the claims that are in the page; it loads nothing."""

SCRIPT = r"""
"use strict";
const form = document.getElementById("filters");
const list = document.getElementById("claims");
const cards = [...list.querySelectorAll("article")];
const headings = [...list.querySelectorAll("h2")];
const facets = [...form.querySelectorAll("select:not([name=sort])")];
const words = new Map(cards.map((card) => [card, card.textContent.toLowerCase()]));
const orders = {
  ledger: (card) => 0,
  id: (card) => card.id,
  verdict: (card) => Number(card.dataset.rank),
  room: (card) => Number(card.dataset.room),
  seconds: (card) => -Number(card.dataset.seconds),
};

function matches(card, free) {
  const wanted = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
  return wanted.every((word) => words.get(card).includes(word)) &&
    facets.every((facet) => facet === free || !facet.value || card.dataset[facet.name] === facet.value);
}

// beside each choice: how many claims it would leave, the other filters being as they are
function count(facet) {
  const left = cards.filter((card) => matches(card, facet));
  for (const option of facet.options) {
    const found = left.filter((card) => !option.value || card.dataset[facet.name] === option.value);
    option.textContent = option.dataset.label + " (" + found.length + ")";
  }
}

function apply() {
  const shown = cards.filter((card) => matches(card, null));
  for (const card of cards) card.hidden = !shown.includes(card);
  const order = form.elements.sort.value;
  const sorted = cards.map((card, place) => [orders[order](card), place, card]);
  sorted.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] - b[1]));
  list.append(...sorted.map(([key, place, card]) => card));
  for (const heading of headings) {  // an experiment is headed where its claims stand together
    const own = shown.filter((card) => card.dataset.experiment === heading.dataset.experiment);
    heading.hidden = order !== "ledger" || !own.length;
    const first = cards.find((card) => card.dataset.experiment === heading.dataset.experiment);
    if (order === "ledger" && first) first.before(heading);
  }
  const tally = new Map();
  for (const card of shown) tally.set(card.dataset.verdict, (tally.get(card.dataset.verdict) || 0) + 1);
  const told = [...tally].map(([verdict, number]) => verdict + ": " + number).join(", ");
  form.elements.count.value = shown.length
    ? shown.length + " of " + cards.length + " claims (" + told + ")"
    : "None of the " + cards.length + " claims is like that; take a filter away.";
  facets.forEach(count);
}

function remember() {
  const state = new URLSearchParams();
  for (const field of form.querySelectorAll("select, input")) {
    if (field.value && field.value !== "ledger") state.set(field.name, field.value);
  }
  history.replaceState(null, "", state.size ? "#?" + state : "#");
}

// "#?verdict=holds" is a view of the list; "#claim-..." is one claim, which is then shown whole
function read() {
  const fragment = decodeURIComponent(location.hash.slice(1));
  const card = cards.find((one) => one.id === fragment);
  if (fragment.startsWith("?") || (card && card.hidden)) form.reset();
  if (fragment.startsWith("?")) {
    for (const [name, value] of new URLSearchParams(location.hash.slice(2))) {
      if (form.elements[name]) form.elements[name].value = value;
    }
    for (const select of form.querySelectorAll("select")) {
      if (select.selectedIndex === -1) select.selectedIndex = 0;
    }
  }
  apply();
  if (card) {
    card.querySelector("details").open = true;
    card.scrollIntoView();
  }
}

form.addEventListener("input", () => { apply(); remember(); });
form.addEventListener("reset", () => setTimeout(() => { apply(); remember(); }));
form.addEventListener("submit", (event) => event.preventDefault());
form.elements.open.addEventListener("click", () => {
  const folded = cards.filter((card) => !card.hidden).map((card) => card.querySelector("details"));
  const open = folded.some((details) => !details.open);
  for (const details of folded) details.open = open;
});
window.addEventListener("hashchange", read);
form.hidden = false;
read();
""".strip()
