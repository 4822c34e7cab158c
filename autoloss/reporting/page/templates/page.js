"use strict";
// Sortable columns: each heading of a sortable table becomes a button.
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, index) => {
    if (head.hasAttribute("data-fixed")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sort(table, heads, index));
  });
}

function sort(table, heads, index) {
  const upwards = heads[index].getAttribute("aria-sort") !== "ascending";
  heads.forEach((head) => head.removeAttribute("aria-sort"));
  heads[index].setAttribute("aria-sort", upwards ? "ascending" : "descending");
  const key = (row) => row.cells[index].dataset.sort ?? row.cells[index].textContent.trim();
  for (const body of table.tBodies) {
    const rows = [...body.rows].filter((row) => !row.classList.contains("group"));
    body.append(...rows.sort((a, b) => compare(key(a), key(b), upwards ? 1 : -1)));
  }
}

// Numbers before words, and what has no number last whichever way.
function compare(a, b, direction) {
  const [x, y] = [Number(a), Number(b)].map((n, i) => ([a, b][i] === "" ? NaN : n));
  if (!Number.isNaN(x) && !Number.isNaN(y)) return direction * (x - y);
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return direction * a.localeCompare(b);
}

// A table that fits needs no box that scrolls: its head then stays at the top of the window.
function fit() {
  for (const box of document.querySelectorAll(".scroll")) {
    box.classList.remove("fits");
    box.classList.toggle("fits", box.scrollWidth <= box.clientWidth);
  }
}
addEventListener("resize", fit);
document.addEventListener("toggle", fit, true); // what opens becomes wider
fit();

// A link to something that is folded away opens it.
function reveal() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  target.scrollIntoView({ block: "center" });
}
addEventListener("hashchange", reveal);
reveal();
