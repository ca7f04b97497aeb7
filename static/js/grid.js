// The matrix by keyboard, and only the rows in view when there are more than the page holds. A cell opens its drawer.
// Begun after the first paint, which shows the page's own rows. Without the others these and their pages stay.
new PerformanceObserver(async (_, paints) => {
  "use strict";
  paints.disconnect();
  const table = document.getElementById("matrix");
  if (!table) return;
  const wrap = table.parentElement, body = table.tBodies[0];
  const heads = [...table.querySelectorAll("[data-action]")];
  const kinds = heads.map((head) => [...head.classList].filter((name) => name !== "act" && name !== "on").join(" "));
  const names = Object.fromEntries([...document.querySelectorAll("[data-letter]")].map((item) => [item.dataset.letter, item.textContent]));
  const [chosen, action] = (table.dataset.selected ?? "").split(" ");
  let row = 0, column = 0, lit = null, held = [], source = null;

  const make = (tag, className, text) => { const element = document.createElement(tag); if (className) element.className = className; if (text) element.textContent = text; return element; };
  const open = (ident, action) => {
    const here = new URL(table.dataset.here, location.href);
    here.searchParams.set("cell", action ? `${ident},${action}` : ident);
    location.assign(here);
  };

  // The rows, one after the other: those of the page, and all of them when they have come.
  let rows = [...body.querySelectorAll("tr[data-p]")].map((element) => ({ element, place: element.sectionRowIndex }));
  let height = 0, lines = [], top = null, bottom = null;
  const drawn = new Map();

  const line = (entry) => {
    const tr = make("tr", entry.section ? "acc" : "");
    if (entry.section) {
      const head = make("th", "", entry.section);
      head.colSpan = 3;
      head.scope = "rowgroup";
      const rest = make("td");
      rest.colSpan = kinds.length - 1;
      tr.append(head, rest);
      return tr;
    }
    const [ident, name, sub, cells, , on, own, granted] = entry.data;
    tr.dataset.p = ident;
    const who = make("th", "who"), box = make("div"), link = make("a", "plain cut", name);
    who.scope = "row";
    const here = new URL(table.dataset.here, location.href);
    here.searchParams.set("cell", ident);
    link.href = here;
    link.tabIndex = -1;
    box.append(link);
    if (sub) box.append(make("span", "sub", sub));
    who.append(box);
    tr.append(who);
    [...cells].forEach((letter, place) => {
      const cell = make("td", "XR?".includes(letter) ? kinds[place].replace(/^w ?/, "") : kinds[place]);
      if (letter !== ".") {
        cell.dataset.s = letter;
        cell.title = cell.ariaLabel = `${heads[place].dataset.action}: ${names[letter]}${own[place] ?? held[on][place]}`;
      }
      if (ident == chosen && heads[place].dataset.action === action) cell.ariaSelected = "true";
      tr.append(cell);
    });
    tr.append(make("td", "tot", String(granted)));
    return tr;
  };

  // On paper all of them.
  const paper = matchMedia("print");
  const draw = () => {
    if (!lines.length) return;
    const from = wrap.scrollTop - 150, start = paper.matches ? 0 : Math.max(0, Math.floor(from / height)), end = paper.matches ? lines.length : Math.min(lines.length, Math.ceil((from + wrap.clientHeight + 300) / height));
    for (const [place, tr] of drawn) if ((place < start || place >= end) && !tr.contains(document.activeElement)) { tr.remove(); drawn.delete(place); }
    for (let place = start; place < end; place += 1) {
      if (drawn.has(place)) continue;
      const tr = line(lines[place]), next = [...drawn.keys()].filter((other) => other > place).sort((a, b) => a - b)[0];
      tr.setAttribute("aria-rowindex", place + 4);
      body.insertBefore(tr, next === undefined ? bottom : drawn.get(next));
      drawn.set(place, tr);
    }
    // A row that keeps the focus outside of the window stands next to it, its height off the space.
    const kept = [...drawn.keys()], above = kept.filter((place) => place < start).length, below = kept.filter((place) => place >= end).length;
    top.firstChild.style.height = `${(start - above) * height}px`;
    bottom.firstChild.style.height = `${(lines.length - end - below) * height}px`;
    mark();
    light();
  };

  const spacer = () => { const tr = make("tr"), td = make("td"); td.colSpan = kinds.length + 2; td.style.border = "0"; tr.setAttribute("aria-hidden", "true"); tr.append(td); return tr; };
  // One stop for Tab, arrow keys from there: cells, the names of rows (column -1) and of columns (row -1).
  const lineAt = (row) => (source ? drawn.get(rows[row]?.place) : rows[row]?.element);
  const element = () => {
    if (row < 0) return heads[column].firstElementChild;
    const cell = lineAt(row)?.children[column + 1];
    return column < 0 ? cell?.querySelector("a") : cell;
  };
  const mark = () => {
    if (source && row >= 0 && !drawn.has(rows[row].place)) row = rows.findIndex((entry) => drawn.has(entry.place));
    const next = element();
    // The one that has the focus keeps its tabindex: without it the browser drops the focus.
    table.querySelectorAll("[tabindex='0']").forEach((other) => { if (other !== next) other.tabIndex = -1; });
    if (next) next.tabIndex = 0;
  };
  // The row and the column of the focus, before that of the open drawer; a row may be drawn anew.
  const light = () => {
    if (!lit) return;
    table.querySelectorAll(".on").forEach((other) => other.classList.remove("on"));
    lineAt(lit[0])?.classList.add("on");
    heads[lit[1]]?.classList.add("on");
  };
  const move = (toRow, toColumn, isFocused = true) => {
    row = Math.max(toColumn < 0 ? 0 : -1, Math.min(rows.length - 1, toRow));
    column = Math.max(row < 0 ? 0 : -1, Math.min(kinds.length - 1, toColumn));
    if (source && row >= 0) {
      const y = rows[row].place * height, room = wrap.clientHeight - table.tHead.offsetHeight;
      if (y < wrap.scrollTop) wrap.scrollTop = y;
      else if (y + 2 * height > wrap.scrollTop + room) wrap.scrollTop = y + 2 * height - room;
      draw();
    }
    mark();
    if (isFocused) element()?.focus({ preventScroll: Boolean(source) });
    element()?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const at = (target) => {
    const head = target.closest("[data-action]"), tr = target.closest("tr[data-p]"), cell = target.closest("th, td:not(.tot)");
    if (head) return [-1, heads.indexOf(head)];
    return tr && cell ? [rows.findIndex((entry) => (source ? drawn.get(entry.place) : entry.element) === tr), [...tr.children].indexOf(cell) - 1] : null;
  };
  // It has the focus, also from a mouse: so it is known again when the drawer is closed before its row has come.
  const openCell = (target) => {
    const cell = target.closest("tr[data-p] > td:not(.tot)");
    if (!cell) return;
    [row, column] = at(cell);
    mark();
    cell.focus({ preventScroll: true });
    open(cell.parentElement.dataset.p, heads[column].dataset.action);
  };

  table.setAttribute("role", "grid");
  table.setAttribute("aria-colcount", kinds.length + 2);
  table.setAttribute("aria-rowcount", body.rows.length + 3);
  table.querySelectorAll("a").forEach((link) => { link.tabIndex = -1; });
  table.addEventListener("click", (event) => openCell(event.target));
  table.addEventListener("focusin", (event) => { const place = at(event.target); if (place) { [row, column] = lit = place; mark(); light(); } });
  table.addEventListener("keydown", (event) => {
    if (!at(event.target) || event.altKey || event.metaKey) return;
    const page = Math.max(1, Math.floor((wrap.clientHeight - table.tHead.offsetHeight) / 26));
    const steps = { ArrowDown: [row + 1, column], ArrowUp: [row - 1, column], ArrowRight: [row, column + 1], ArrowLeft: [row, column - 1], PageDown: [row + page, column], PageUp: [Math.max(0, row - page), column], Home: [event.ctrlKey ? 0 : row, 0], End: [event.ctrlKey ? rows.length - 1 : row, kinds.length - 1] };
    if (steps[event.key]) { event.preventDefault(); move(...steps[event.key]); }
    if (event.key === "Enter") openCell(event.target);
  });
  const rowOf = (ident) => rows.findIndex((entry) => (source ? lines[entry.place].data[0] : entry.element.dataset.p) == ident);
  // The cell of the open drawer; when that was closed, the same, or the one that had the focus. Its row may be yet to come.
  const settle = () => {
    const place = rowOf(chosen), left = sessionStorage.getItem("cell");
    if (place >= 0 && !lit) {
      lit = [place, heads.findIndex((head) => head.dataset.action === action)];
      move(...lit, false);
      light();
    }
    if (!left || document.querySelector("[data-close]")) return;
    const [here, ...cell] = JSON.parse(left), isHere = here === table.dataset.here;
    if (isHere && cell[0] >= rows.length && !source) return;
    sessionStorage.removeItem("cell");
    if (isHere && !table.contains(document.activeElement)) move(...cell);
  };
  addEventListener("pagehide", () => {
    const cell = table.contains(document.activeElement) ? [row, column] : document.querySelector("[data-close]") && lit;
    if (cell) sessionStorage.setItem("cell", JSON.stringify([table.dataset.here, ...cell]));
  });
  if (table.contains(document.activeElement)) [row, column] = lit = at(document.activeElement) ?? [0, 0];
  mark();
  settle();

  source = table.dataset.rows ? await fetch(table.dataset.rows).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null) : null;
  if (!source) return;
  const [first] = rows, scrolled = wrap.scrollTop, isFocused = body.contains(document.activeElement);
  let section = "";
  held = source.held;
  for (const data of source.rows) {
    data[3] = source.cells[data[3]];
    if (data[4] !== section) lines.push({ section: source.sections[data[4]] });
    section = data[4];
    lines.push({ data });
  }
  height = body.querySelector("tr[data-p]").getBoundingClientRect().height;
  rows = lines.flatMap((entry, place) => (entry.data ? [{ place }] : []));
  top = spacer();
  bottom = spacer();
  body.replaceChildren(top, bottom);
  document.getElementById("matrix-pager").remove();
  table.setAttribute("aria-rowcount", lines.length + 3);
  // Whoever has begun stays at the row where they are.
  const shift = Math.max(0, rowOf(first.element.dataset.p));
  if (row >= 0) row += shift;
  if (lit?.[0] >= 0) lit = [lit[0] + shift, lit[1]];
  bottom.firstChild.style.height = `${lines.length * height}px`;
  wrap.scrollTop = scrolled + (rows[shift].place - first.place) * height;
  draw();
  if (isFocused) move(row, column);
  settle();
  paper.addEventListener("change", draw);
  wrap.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
}).observe({ type: "paint", buffered: true });
