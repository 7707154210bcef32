"use strict";
(() => {
  const list = document.getElementById("list");
  const form = document.getElementById("filters");
  const search = document.getElementById("q");
  const from = document.getElementById("from");
  const to = document.getElementById("to");
  const order = document.getElementById("order");
  const all = document.getElementById("all");
  const fields = [...form.querySelectorAll("select[data-field]")];
  const rows = [...list.children].map((item) => {
    const article = item.querySelector("article");
    return { item, article, details: article.querySelector("details"), data: article.dataset, text: null };
  });
  let at = -1;

  const wanted = (row, words) => {
    const date = row.data.date;
    if (from.value && date < from.value) return false;
    if (to.value && date > to.value) return false;
    for (const field of fields) {
      if (field.value && !(row.data[field.dataset.field] || "").split("\n").includes(field.value)) return false;
    }
    if (words.length === 0) return true;
    row.text ??= wordsOf(row.article);
    return words.every((word) => row.text.includes(word));
  };

  const wordsOf = (article) => {
    // Words that only say how something looks would be found everywhere.
    const copy = article.cloneNode(true);
    for (const hidden of copy.querySelectorAll(".vh")) hidden.remove();
    return copy.textContent.toLowerCase();
  };

  const visible = () => rows.filter((row) => !row.item.hidden);

  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) row.item.hidden = !wanted(row, words);
    const count = visible().length;
    const noun = rows.length === 1 ? "change" : "changes";
    const shown = count === rows.length ? `${count} ${noun} shown` : `${count} of ${rows.length} ${noun} shown`;
    document.getElementById("shown").textContent = shown;
    document.getElementById("none").hidden = count > 0;
    at = -1;
    label();
  };

  const sort = () => {
    const rank = (row) => Number(row.data.rank);
    const by = {
      rank: (a, b) => rank(a) - rank(b),
      new: (a, b) => b.data.date.localeCompare(a.data.date) || rank(a) - rank(b),
      old: (a, b) => a.data.date.localeCompare(b.data.date) || rank(a) - rank(b),
    };
    rows.sort(by[order.value]);
    list.append(...rows.map((row) => row.item));
    at = -1;
  };

  const go = (step) => {
    const shown = visible();
    if (shown.length === 0) return;
    at = Math.min(Math.max(at + step, 0), shown.length - 1);
    shown[at].article.focus();
    shown[at].article.scrollIntoView({ block: "nearest" });
  };

  const label = () => {
    const open = visible().some((row) => row.details.open);
    all.textContent = open ? "Close all" : "Open all";
  };

  // A link to another entry shows and opens it, whatever the filters.
  const follow = () => {
    const row = rows.find((one) => location.hash === `#${one.article.id}`);
    if (!row) return;
    if (row.item.hidden) form.reset();
    setTimeout(() => {
      row.details.open = true;
      row.article.focus();
      row.article.scrollIntoView();
    });
  };

  form.addEventListener("input", apply);
  order.addEventListener("change", sort);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { sort(); apply(); }));
  all.addEventListener("click", () => {
    const open = !visible().some((row) => row.details.open);
    for (const row of visible()) row.details.open = open;
    label();
  });
  list.addEventListener("toggle", label, true);
  list.addEventListener("focusin", (event) => {
    at = visible().findIndex((row) => row.item.contains(event.target));
  });
  addEventListener("hashchange", follow);
  follow();
  addEventListener("beforeprint", () => { for (const row of visible()) row.details.open = true; });
  addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "Escape" && typing) { event.target.blur(); return; }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "o") {
      const row = visible()[at];
      if (!row) return;
      row.details.open = !row.details.open;
    } else if (event.key === "/") search.focus();
    else return;
    event.preventDefault();
  });
})();
