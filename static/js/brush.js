// Drag over the histogram to zoom in, double-click to zoom out. It fills in the filter form: one way for mouse and keyboard.
(() => {
  "use strict";
  const figure = document.querySelector("figure[data-brush]");
  const form = document.getElementById("filter-form");
  if (!figure || !form) return;
  const svg = figure.querySelector("svg"), bars = +figure.dataset.bars, from = +figure.dataset.from, to = +figure.dataset.to;
  const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  let start = null;
  box.setAttribute("class", "brush");
  box.setAttribute("y", 12);
  box.setAttribute("height", svg.clientHeight - 28);
  const place = (event) => { const area = svg.getBoundingClientRect(); return Math.max(0, Math.min(1, (event.clientX - area.left) / area.width)); };
  const snapped = (a, b) => [Math.floor(Math.min(a, b) * bars) / bars, Math.ceil(Math.max(a, b) * bars) / bars];
  const show = ([a, b]) => { box.setAttribute("x", `${100 * a}%`); box.setAttribute("width", `${100 * (b - a)}%`); };
  const stop = () => { start = null; box.remove(); };
  const time = (fraction) => `${new Date(1000 * (from + fraction * (to - from))).toISOString().slice(0, 19)}Z`;
  const ask = (a, b) => { form.elements.from.value = time(a); form.elements.to.value = time(b); form.requestSubmit(); };
  svg.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    start = place(event);
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener("pointermove", (event) => {
    if (start === null || Math.abs(place(event) - start) < 0.004) return;
    svg.append(box);
    show(snapped(start, place(event)));
  });
  svg.addEventListener("pointerup", (event) => {
    const range = start !== null && box.isConnected ? snapped(start, place(event)) : null;
    start = null;
    if (range) ask(...range);
  });
  svg.addEventListener("pointercancel", stop);
  svg.addEventListener("dblclick", () => ask(-0.5, Math.min(1.5, (Date.now() / 1000 - from) / (to - from))));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") stop(); });
})();
