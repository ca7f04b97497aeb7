// Times are in UTC or the zone of the URL; their title tells the browser's own, which tz=local asks to be put there.
(() => {
  "use strict";
  const here = new URL(location.href);
  if (here.searchParams.get("tz") === "local") {
    const minutes = -new Date().getTimezoneOffset(), size = Math.abs(minutes), two = (number) => String(number).padStart(2, "0");
    here.searchParams.set("tz", `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`);
    location.replace(here);
  }
  document.addEventListener("pointerover", (event) => {
    const time = event.target instanceof Element ? event.target.closest("time[datetime]") : null;
    if (!time || time.dataset.zoned) return;
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) return;
    time.dataset.zoned = "yes";
    // Not before it is asked for: to make the browser's format takes as long as to lay out a page.
    const local = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
    time.title = [time.title, local].filter(Boolean).join(" · ");
  });
})();
