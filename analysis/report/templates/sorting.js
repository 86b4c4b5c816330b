// Tables that sort: a header is a button, a cell's data-sort or its text the key.

const WAYS = { ascending: 1, descending: -1 };

/** Return what a row is sorted by in a column. */
const keyOf = (row, column) => row.cells[column].dataset.sort ?? row.cells[column].textContent;

/** Compare two keys, as numbers where both are; what is missing comes last either way. */
const compare = (first, second, way) => {
  if (!first.trim() || !second.trim()) return Number(!first.trim()) - Number(!second.trim());
  const numbers = [Number(first), Number(second)];
  const order = numbers.some(Number.isNaN) ? first.localeCompare(second) : numbers[0] - numbers[1];
  return way * order;
};

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells], [body] = table.tBodies;
  heads.forEach((head, column) => {
    if (head.dataset.first === undefined) return;
    const words = head.textContent;
    head.replaceChildren();
    const button = make("button", head, words);
    button.type = "button";
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      const next = now ? Object.keys(WAYS).find((way) => way !== now) : head.dataset.first;
      for (const each of heads) each.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", next);
      const rows = [...body.rows];
      rows.sort((a, b) => compare(keyOf(a, column), keyOf(b, column), WAYS[next]));
      body.append(...rows);
    });
  });
}
