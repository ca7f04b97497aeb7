// Every time is UTC; its title tells the browser's own zone.
(() => {
  "use strict";
  const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
  document.addEventListener("pointerover", (event) => {
    const time = event.target instanceof Element ? event.target.closest("time[datetime]") : null;
    if (!time || time.dataset.zoned) return;
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) return;
    time.dataset.zoned = "yes";
    time.title = [time.title, local.format(at)].filter(Boolean).join(" · ");
  });
})();
