"use strict";
(() => {
  const form = document.getElementById("filter");
  const said = form.querySelector("output");
  const open = new Set(["failed", "error", "skipped", "warned"]);
  const checks = [...document.querySelectorAll("[data-check]")].map((node) => {
    const rows = [...node.querySelectorAll("[data-outcome]")];
    return { node, rows: rows.length ? rows : [node], head: node.querySelector(".head"), data: node.dataset };
  });
  const levels = [...document.querySelectorAll(".level")];
  const folds = [...document.querySelectorAll("details.closed")];
  const texts = new Map();
  const text = (node) => {
    if (!texts.has(node)) texts.set(node, node.textContent.toLowerCase());
    return texts.get(node);
  };
  const apply = () => {
    const wanted = Object.fromEntries(new FormData(form));
    const words = wanted.text.trim().toLowerCase();
    const active = Object.values(wanted).some((value) => value.trim());
    let shown = 0;
    for (const check of checks) {
      const meant = ["priority", "phase", "domain"].every((name) => !wanted[name] || check.data[name] === wanted[name]);
      const named = !words || (check.head && text(check.head).includes(words));
      let any = false;
      for (const row of check.rows) {
        const outcome = row.dataset.outcome;
        const fits = !wanted.outcome || outcome === wanted.outcome || (wanted.outcome === "open" && open.has(outcome));
        const visible = meant && fits && (named || text(row).includes(words));
        row.hidden = !visible;
        any = any || visible;
      }
      check.node.hidden = !any;
      shown += any;
    }
    for (const fold of folds) {
      const some = fold.querySelector("[data-check]:not([hidden])") !== null;
      fold.hidden = !some;
      fold.open = active && some;
    }
    for (const level of levels) level.hidden = level.querySelector("[data-check]:not([hidden])") === null;
    said.textContent = active ? `${shown} of ${checks.length} checks` : "";
  };
  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 120);
  });
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  const unfold = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let fold = target && target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  unfold();
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const fold of folded) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of folded) fold.open = false;
  });
})();
