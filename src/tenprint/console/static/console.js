// What works without scripts works without this file too.
"use strict";
(() => {
  // Theme: the system's, unless the person chose another one here.
  const root = document.documentElement;
  const kept = localStorage.getItem("theme");
  if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const now = root.dataset.theme || (dark ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
  });
  // Files can be dropped onto a field as well as chosen.
  for (const zone of document.querySelectorAll("[data-drop]")) {
    const input = zone.querySelector("input[type=file]");
    const list = zone.querySelector("[data-files]");
    const tell = () => { list.textContent = [...input.files].map((file) => file.name).join(", "); };
    input.addEventListener("change", tell);
    for (const kind of ["dragenter", "dragover"]) zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("over"); });
    for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => { event.preventDefault(); input.files = event.dataTransfer.files; tell(); });
  }
  // What is typed of a decision is kept by the server as it is typed, never by this browser.
  for (const form of document.querySelectorAll("form[data-draft]")) {
    let later = null;
    const keep = (send) => { clearTimeout(later); later = null; send(form.dataset.draft, new FormData(form)); };
    const post = (url, body) => fetch(url, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    form.addEventListener("input", () => { clearTimeout(later); later = setTimeout(() => keep(post), 700); });
    form.addEventListener("submit", () => { clearTimeout(later); later = null; });
    addEventListener("pagehide", () => { if (later) keep((url, body) => navigator.sendBeacon(url, body)); });
  }
  // A session that nobody uses locks, and then what it shows of people goes off the screen too.
  // Clocks are compared: a timer stands still while a laptop sleeps, and is late in a hidden tab.
  const limit = 1000 * (document.body.dataset.idle || 0);
  if (limit) {
    const every = 60000, json = { Accept: "application/json" };
    const token = document.querySelector("input[name=csrf]").value;
    let used = Date.now(), told = used, later = null, gone = false;
    localStorage.setItem("used", used); // for the other tabs, which are one session with this one
    const cover = (yes) => root.classList.toggle("covered", yes);
    const away = (to) => {
      cover(true);
      location.replace(`${to}?next=${encodeURIComponent(document.body.dataset.back || location.pathname + location.search)}`);
    };
    const leave = async () => {
      if (gone) return;
      gone = true;
      cover(true);
      localStorage.setItem("used", "locked");
      const body = new URLSearchParams({ csrf: token });
      await fetch("/lock", { method: "POST", body, headers: json, signal: AbortSignal.timeout(3000) }).catch(() => null);
      away("/unlock");
    };
    const over = () => {
      const idle = Date.now() - Math.max(used, Number(localStorage.getItem("used")) || 0) >= limit;
      if (idle) leave();
      return idle || gone;
    };
    const tell = async () => {
      later = null; told = Date.now();
      const answer = await fetch("/in-use", { headers: json }).catch(() => null);
      if (answer && answer.status === 401) leave();
      return answer;
    };
    const use = (event) => {
      if (!event.isTrusted || over()) return;
      const now = Date.now();
      if (now - used > 1000) localStorage.setItem("used", now);
      used = now;
      if (!later) later = setTimeout(tell, Math.max(0, told + every - now));
    };
    for (const kind of ["pointerdown", "pointermove", "keydown", "wheel"]) addEventListener(kind, use, { capture: true, passive: true });
    addEventListener("storage", (event) => {
      if (event.key !== "used" || gone) return;
      if (event.newValue === "locked") leave();
      if (event.newValue === "out") { gone = true; away("/sign-in"); }
    });
    for (const form of document.querySelectorAll("form[action='/sign-out']")) form.addEventListener("submit", () => localStorage.setItem("used", "out"));
    // A page that comes back from the browser's memory is shown once the server has said that it may be.
    addEventListener("pageshow", async (event) => {
      if (!event.persisted) return;
      gone = false;
      cover(true);
      if (over()) return;
      const answer = await tell();
      if (answer && answer.ok) { used = Date.now(); cover(false); } else leave();
    });
    for (const kind of ["visibilitychange", "focus"]) addEventListener(kind, over, true);
    setInterval(over, 5000);
  }
  // A countdown beside each deadline.
  const span = (seconds) => {
    const late = seconds < 0, s = Math.abs(seconds);
    const words = s < 90 ? `${Math.round(s)} s` : s < 5400 ? `${Math.round(s / 60)} min` : s < 172800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86400)} days`;
    return late ? `${words} late` : `in ${words}`;
  };
  const tick = () => {
    for (const each of document.querySelectorAll("time[data-deadline]")) {
      const seconds = (Date.parse(each.dateTime) - Date.now()) / 1000;
      each.textContent = span(seconds);
      each.classList.toggle("bad", seconds < 0);
    }
  };
  tick();
  setInterval(tick, 1000);
})();
