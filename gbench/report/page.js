"use strict";
// Sorting, filtering by family, and definitions on hover and focus. The page reads without any of it.

const tip = document.getElementById("tip");

function showTip(event) {
  const owner = event.target.closest("[data-tip]");
  if (!owner || !owner.dataset.tip) return hideTip();
  tip.textContent = owner.dataset.tip;
  tip.hidden = false;
  const box = owner.getBoundingClientRect();
  const left = Math.min(Math.max(8, box.left + box.width / 2 - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 8);
  const below = box.bottom + 8;
  tip.style.left = `${left}px`;
  tip.style.top = `${below + tip.offsetHeight > innerHeight ? Math.max(8, box.top - tip.offsetHeight - 8) : below}px`;
}

function hideTip() {
  tip.hidden = true;
}

for (const title of document.querySelectorAll("[data-tip] > title")) title.remove();
document.addEventListener("mouseover", showTip);
document.addEventListener("focusin", showTip);
document.addEventListener("focusout", hideTip);
document.addEventListener("scroll", () => tip.hidden || showTip({ target: document.activeElement }), true); // focusing scrolls
document.addEventListener("keydown", (event) => event.key === "Escape" && hideTip());

// A table is one stop of the Tab key; from there the arrow keys go from cell to cell that has something to tell.
for (const table of document.querySelectorAll("table")) {
  const cells = [...table.querySelectorAll("td[data-tip], th[data-tip]")];
  cells.forEach((cell, index) => (cell.tabIndex = index ? -1 : 0));
  table.addEventListener("keydown", (event) => {
    const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [0, 0];
    const cell = event.target.closest("td, th");
    if (!cell || !(down || right)) return;
    event.preventDefault();
    const rows = [...table.rows];
    let [row, column] = [rows.indexOf(cell.parentElement) + down, cell.cellIndex + right];
    for (; row >= 0 && row < rows.length && column >= 0 && column < cell.parentElement.cells.length; row += down, column += right) {
      const next = rows[row].cells[column];
      if (rows[row].hidden || !next?.dataset.tip) continue;
      if (cell.tabIndex === 0 && cell.dataset.tip) cell.tabIndex = -1;
      next.tabIndex = 0;
      return next.focus();
    }
  });
}

// Sorting brings the rows of all blocks that can be sorted together; the third click restores them.
function sortable(table) {
  const bodies = [...table.querySelectorAll("tbody.models")];
  const original = bodies.map((body) => [...body.rows]);
  const rows = original.flat().filter((row) => !row.classList.contains("label"));
  const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  heads.forEach((head, index) => {
    if (!head.dataset.better) return;
    const button = document.createElement("button");
    button.className = "sort";
    button.type = "button";
    button.textContent = "⇅";
    button.setAttribute("aria-label", `Sort by ${head.innerText.trim()}`);
    button.addEventListener("click", () => sort(head, index, button));
    head.append(button);
  });

  function sort(head, index, button) {
    const next = { ascending: "descending", descending: "" }[head.getAttribute("aria-sort")] ?? "ascending";
    for (const other of heads) {
      other.removeAttribute("aria-sort");
      const theirs = other.querySelector(".sort");
      if (theirs) theirs.textContent = "⇅";
    }
    if (!next) return bodies.forEach((body, k) => body.append(...original[k]));
    head.setAttribute("aria-sort", next);
    button.textContent = next === "ascending" ? "▲" : "▼";
    const value = (row) => {
      const text = row.cells[index]?.dataset.sort;
      if (text === undefined) return null;
      const target = head.dataset.better === "target" ? Number(head.dataset.target) : null;
      return target === null ? Number(text) : Math.abs(Number(text) - target);
    };
    const sign = next === "ascending" ? 1 : -1;
    rows.sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === null || y === null) return (x === null) - (y === null);
      return sign * (x - y);
    });
    for (const label of original.flat().filter((row) => row.classList.contains("label"))) label.remove();
    bodies[0].append(...rows);
  }
}

for (const table of document.querySelectorAll("table")) if (table.querySelector("tbody.models") && table.tHead) sortable(table);

for (const group of document.querySelectorAll(".filters")) {
  group.hidden = false;
  const rows = [...group.parentElement.querySelectorAll("tbody.models tr")];
  const search = group.querySelector("input[type=search]");
  const keep = () => {
    const left = new Set([...group.querySelectorAll("input:not(:checked)")].map((input) => input.value));
    const words = search.value.toLowerCase();
    for (const row of rows) {
      const label = row.classList.contains("label");
      const found = label ? !words : row.cells[0].innerText.toLowerCase().includes(words);
      row.hidden = !found || left.has(label ? row.innerText.trim() : row.dataset.family);
    }
  };
  group.addEventListener("input", keep);
}

// Rows, marks and pictures of one model light up together, wherever on the page they are.
const kin = new Map();
for (const one of document.querySelectorAll("[data-model]")) kin.set(one.dataset.model, [...(kin.get(one.dataset.model) ?? []), one]);
let lit = "";
function light(event) {
  const model = event.target.closest?.("[data-model]")?.dataset.model ?? "";
  if (model === lit) return;
  for (const one of kin.get(lit) ?? []) one.classList.remove("lit");
  for (const one of kin.get(model) ?? []) one.classList.add("lit");
  lit = model;
}
document.addEventListener("mouseover", light);
document.addEventListener("focusin", light);

const links = new Map([...document.querySelectorAll(".bar nav a")].map((link) => [link.hash.slice(1), link]));
const watcher = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) link.classList.remove("here");
      links.get(entry.target.getAttribute("aria-labelledby"))?.classList.add("here");
    }
  },
  { rootMargin: "-20% 0px -75% 0px" },
);
for (const section of document.querySelectorAll("main > section")) watcher.observe(section);
