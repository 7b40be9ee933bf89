// Two prints side by side on one canvas: zoom and pan linked, minutiae, joined pairs, own marks.
"use strict";
(() => {
  const stage = document.querySelector("[data-viewer]");
  if (!stage) return;
  const canvas = stage.querySelector("canvas"), pen = canvas.getContext("2d");
  const say = (name) => stage.querySelector(`[data-${name}]`);
  const captions = { probe: say("caption-probe"), candidate: say("caption-candidate") };
  const token = stage.dataset.csrf, base = stage.dataset.case, editable = stage.dataset.editable === "true";
  const fingers = [...document.querySelectorAll("[data-finger]")];
  const view = { zoom: 1, x: 0, y: 0, away: { x: 0, y: 0 }, linked: true, invert: false, contrast: 1, minutiae: true, pairs: true, marking: false, at: -1 };
  let print = null, images = {}, waiting = null, asked = 0;
  const live = say("live"), chart = document.querySelector("[data-chart]");
  // Points by examiner: while a case is open only the own ones are here. Each has its colour and shape, as in the legend.
  const layers = JSON.parse(stage.dataset.layers), own = layers.find((each) => each.own);
  const colours = ["#c2185b", "#6a3fb5", "#00796b", "#7a5200"];
  let chosen = null; // A point and its layer.

  const half = () => canvas.clientWidth / 2;
  const turned = (x, y) => {
    const c = Math.cos(print.rotation), s = Math.sin(print.rotation);
    // Angles are counterclockwise as seen, y points down.
    return { x: c * x + s * y + print.dx, y: -s * x + c * y + print.dy };
  };
  const centre = (side) => {
    if (side === "probe") return { x: view.x, y: view.y };
    const spot = print.aligned ? turned(view.x, view.y)
      : { x: view.x - print.probe.width / 2 + print.candidate.width / 2, y: view.y - print.probe.height / 2 + print.candidate.height / 2 };
    return { x: spot.x + view.away.x, y: spot.y + view.away.y };
  };
  const toScreen = (side, x, y) => {
    const c = centre(side), left = side === "probe" ? 0 : half();
    return { x: left + half() / 2 + (x - c.x) * view.zoom, y: canvas.clientHeight / 2 + (y - c.y) * view.zoom };
  };
  const toPrint = (px, py) => {
    const side = px < half() ? "probe" : "candidate", c = centre(side), left = side === "probe" ? 0 : half();
    return { side, x: c.x + (px - left - half() / 2) / view.zoom, y: c.y + (py - canvas.clientHeight / 2) / view.zoom };
  };

  const colour = (share) => `hsl(${205 - 25 * share} 75% ${56 - 24 * share}%)`;
  function draw() {
    waiting = null;
    const ratio = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = view.invert ? "#2b2d31" : getComputedStyle(canvas).backgroundColor;
    pen.fillRect(0, 0, width, height);
    if (!print) return;
    for (const side of ["probe", "candidate"]) {
      pen.save();
      clip(side);
      const from = toScreen(side, 0, 0), shown = print[side];
      pen.filter = view.contrast === 1 && !view.invert ? "none" : `contrast(${view.contrast}) invert(${view.invert ? 1 : 0})`;
      pen.imageSmoothingEnabled = view.zoom * ratio < 4;
      if (images[side]) pen.drawImage(images[side], from.x, from.y, shown.width * view.zoom, shown.height * view.zoom);
      else { pen.filter = "none"; pen.fillStyle = "#fff"; pen.fillRect(from.x, from.y, shown.width * view.zoom, shown.height * view.zoom); }
      pen.filter = "none";
      if (view.minutiae) minutiae(side);
      pen.restore();
    }
    pen.strokeStyle = view.invert ? "#000" : "#9a9ca2"; pen.lineWidth = 1;
    pen.beginPath(); pen.moveTo(half(), 0); pen.lineTo(half(), height); pen.stroke();
    if (view.pairs) pairs();
    for (const side of ["probe", "candidate"]) { pen.save(); clip(side); points(side); pen.restore(); }
    if (view.marking) for (const side of ["probe", "candidate"]) cross(middle(side));
  }
  const clip = (side) => { pen.beginPath(); pen.rect(side === "probe" ? 0 : half(), 0, half(), canvas.clientHeight); pen.clip(); };
  const middle = (side) => ({ x: half() * (side === "probe" ? .5 : 1.5), y: canvas.clientHeight / 2 });
  function cross({ x, y }) { // Where the key marks.
    pen.strokeStyle = "#c2185b"; pen.lineWidth = 1;
    pen.beginPath(); pen.moveTo(x - 9, y); pen.lineTo(x + 9, y); pen.moveTo(x, y - 9); pen.lineTo(x, y + 9); pen.stroke();
  }
  const redraw = () => { if (!waiting) waiting = requestAnimationFrame(draw); };

  function minutiae(side) {
    const paired = new Set(print.pairs.map((pair) => pair[side === "probe" ? 0 : 1]));
    print[side].minutiae.forEach(([x, y, angle], index) => {
      const at = toScreen(side, x, y), r = 4.5;
      pen.strokeStyle = paired.has(index) ? "#0b6b9c" : "rgba(190,95,30,.75)"; pen.lineWidth = 1.6;
      pen.beginPath(); pen.arc(at.x, at.y, r, 0, 7); pen.stroke();
      pen.beginPath(); pen.moveTo(at.x + r * Math.cos(angle), at.y - r * Math.sin(angle));
      pen.lineTo(at.x + 13 * Math.cos(angle), at.y - 13 * Math.sin(angle)); pen.stroke();
    });
  }
  function pairs() {
    const height = canvas.clientHeight;
    print.pairs.forEach(([p, c, share], index) => {
      const a = toScreen("probe", ...print.probe.minutiae[p]), b = toScreen("candidate", ...print.candidate.minutiae[c]);
      const chosen = index === view.at;
      if (a.x < 0 || a.x > half() || b.x < half() || b.x > 2 * half()) return;
      if (a.y < 0 || b.y < 0 || a.y > height || b.y > height) return;
      if (view.at >= 0 && !chosen) { pen.globalAlpha = .18; }
      pen.strokeStyle = chosen ? "#d1481f" : colour(share); pen.lineWidth = chosen ? 2.6 : 1 + share;
      pen.beginPath(); pen.moveTo(a.x, a.y); pen.lineTo(b.x, b.y); pen.stroke();
      pen.globalAlpha = 1;
      if (chosen || view.zoom >= 1.6) for (const at of [a, b]) label(at, String(index + 1), chosen ? "#d1481f" : "#0b4f73");
    });
  }
  function label(at, words, fill) {
    pen.font = "600 11px system-ui, sans-serif";
    const width = pen.measureText(words).width + 7;
    pen.fillStyle = fill; pen.beginPath(); pen.roundRect(at.x + 6, at.y - 18, width, 15, 4); pen.fill();
    pen.fillStyle = "#fff"; pen.fillText(words, at.x + 9.5, at.y - 7);
  }
  const here = (side) => (mark) => mark.finger === print.finger && (!side || mark.side === side);
  function outline({ x, y }, shape, r) {
    pen.beginPath();
    if (shape === 0) pen.rect(x - r, y - r, 2 * r, 2 * r);
    else if (shape === 1) { pen.moveTo(x, y - 1.4 * r); pen.lineTo(x + 1.4 * r, y); pen.lineTo(x, y + 1.4 * r); pen.lineTo(x - 1.4 * r, y); pen.closePath(); }
    else if (shape === 2) { pen.moveTo(x, y - 1.4 * r); pen.lineTo(x + 1.3 * r, y + r); pen.lineTo(x - 1.3 * r, y + r); pen.closePath(); }
    else pen.arc(x, y, 1.2 * r, 0, 7);
    pen.stroke();
  }
  function points(side) {
    layers.forEach((layer, index) => {
      for (const mark of layer.marks.filter(here(side))) {
        const at = toScreen(side, mark.x, mark.y), fill = colours[index % colours.length], it = chosen && chosen.mark === mark;
        pen.strokeStyle = "rgba(255,255,255,.8)"; pen.lineWidth = it ? 8 : 4; outline(at, index % 4, 6); // Apart from dark ridges.
        pen.strokeStyle = fill; pen.lineWidth = it ? 4 : 2; outline(at, index % 4, 6);
        const words = [mark.pair || "", mark.kind === "minutia" ? "" : mark.kind].join(" ").trim();
        if (words) label(at, words, fill);
      }
    });
  }

  function fit() {
    const tall = Math.max(print.probe.height, print.candidate.height), broad = Math.max(print.probe.width, print.candidate.width);
    view.zoom = Math.min((half() - 24) / broad, (canvas.clientHeight - 24) / tall);
    view.x = print.probe.width / 2; view.y = print.probe.height / 2; view.away = { x: 0, y: 0 }; view.at = -1;
    if (print.aligned) { // The middle of what corresponds.
      const points = print.pairs.map(([p]) => print.probe.minutiae[p]);
      const mean = (k) => points.reduce((sum, point) => sum + point[k], 0) / points.length;
      if (points.length) { view.x = (view.x + mean(0)) / 2; view.y = (view.y + mean(1)) / 2; }
    }
    redraw();
  }
  function zoom(factor, px = half() / 2, py = canvas.clientHeight / 2) {
    const before = toPrint(px, py);
    view.zoom = Math.min(24, Math.max(.2, view.zoom * factor));
    const after = toPrint(px, py);
    move(before.side, before.x - after.x, before.y - after.y);
  }
  function move(side, dx, dy) {
    if (view.linked) {
      if (side === "candidate" && print.aligned) { // Back from the candidate's turn into the probe's.
        const c = Math.cos(print.rotation), s = Math.sin(print.rotation);
        [dx, dy] = [c * dx - s * dy, s * dx + c * dy];
      }
      view.x += dx; view.y += dy;
    } else if (side === "candidate") { view.away.x += dx; view.away.y += dy; }
    else { // The candidate stays where it is.
      const still = centre("candidate");
      view.x += dx; view.y += dy;
      const moved = centre("candidate");
      view.away.x += still.x - moved.x; view.away.y += still.y - moved.y;
    }
    redraw();
  }
  function chosenPair(step) {
    if (!print.pairs.length) return;
    const from = view.at < 0 && step < 0 ? 0 : view.at;
    view.at = (from + step + print.pairs.length) % print.pairs.length;
    const [p, c] = print.pairs[view.at];
    [view.x, view.y] = print.probe.minutiae[p];
    const should = print.candidate.minutiae[c], is = centre("candidate");
    view.away.x += should[0] - is.x; view.away.y += should[1] - is.y;
    view.zoom = Math.max(view.zoom, 2.2);
    live.textContent = `Pair ${view.at + 1} of ${print.pairs.length}`;
    redraw();
  }

  // Decoded beside the page, which goes on answering meanwhile.
  const load = async (source) => {
    if (!source) return null;
    const answer = await fetch(source).catch(() => null);
    return answer && answer.ok ? createImageBitmap(await answer.blob()).catch(() => null) : null;
  };
  async function show(button, known) {
    const mine = ++asked;
    for (const each of fingers) each.setAttribute("aria-current", String(each === button));
    const code = button.dataset.finger, strip = button.parentElement;
    strip.scrollLeft = button.offsetLeft - strip.offsetLeft - (strip.clientWidth - button.offsetWidth) / 2; // On a phone.
    chart.href = `${base}/chart.pdf?finger=${code}`;
    if (!known) { // The address, too, is of the finger that is shown.
      const page = new URL(location.href);
      page.searchParams.set("finger", code); page.searchParams.delete("said");
      history.replaceState(null, "", page);
    }
    const found = known || await numbers(button.dataset.url);
    if (!found) { live.textContent = "This finger cannot be shown."; return; }
    const [probe, candidate] = await Promise.all([load(found.probe.image), load(found.candidate.image)]);
    if (mine !== asked) return; // Another finger was asked for meanwhile.
    print = found; images = { probe, candidate };
    choose(null);
    for (const side of ["probe", "candidate"]) captions[side].textContent = found[side].caption;
    live.textContent = found.words;
    fit();
    requestAnimationFrame(() => { stage.dataset.ready = "true"; }); // after it is drawn
  }
  async function numbers(url) {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    return answer.ok ? answer.json() : null;
  }
  const switches = { invert: "i", minutiae: "m", pairs: "l", linked: "k", marking: "a" };
  function flip(name) {
    if (name === "marking" && !editable) return;
    view[name] = !view[name];
    const button = stage.querySelector(`[data-switch=${name}]`);
    if (button) button.setAttribute("aria-pressed", String(view[name]));
    if (name === "linked" && view.linked) view.away = { x: 0, y: 0 };
    canvas.classList.toggle("marking", view.marking);
    if (name === "marking") choose(chosen);
    redraw();
  }
  let keeping = Promise.resolve();
  function keep() { // One after the other, so that the last ones stay.
    keeping = keeping.then(async () => {
      // Without this Accept a locked session would answer with its page, and that is no failure.
      const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRF-Token": token };
      const marks = own.marks, count = marks.length;
      const answer = await fetch(`${base}/marks`, { method: "POST", headers, body: JSON.stringify({ marks }) }).catch(() => ({}));
      live.textContent = answer.ok ? `${count} mark${count === 1 ? "" : "s"} kept.`
        : answer.status === 401 ? "The marks could not be kept: the session is locked. Load the page again."
        : "The marks could not be kept.";
    });
  }
  function mark(px, py) {
    const at = toPrint(px, py), shown = print[at.side];
    if (at.x < 0 || at.y < 0 || at.x > shown.width || at.y > shown.height) { live.textContent = "That is beside the print."; return; }
    const old = near(at);
    if (old) { // The first click on an old point chooses it, the second takes it away.
      if (!chosen || chosen.mark !== old.mark || old.layer !== own) choose(old); else remove();
      return;
    }
    const of = (side) => own.marks.filter(here(side)).map((each) => each.pair);
    const other = of(at.side === "probe" ? "candidate" : "probe"), used = of(at.side);
    let pair = other.find((each) => !used.includes(each));
    if (pair === undefined) pair = Math.max(0, ...used, ...other) + 1;
    const made = { side: at.side, finger: print.finger, x: Math.round(at.x * 10) / 10, y: Math.round(at.y * 10) / 10, kind: "minutia", pair, note: "" };
    own.marks.push(made);
    choose({ layer: own, mark: made });
    keep();
  }
  function near(at) {
    let found = null, least = 9 / view.zoom;
    for (const layer of layers) for (const each of layer.marks.filter(here(at.side))) {
      const far = Math.hypot(each.x - at.x, each.y - at.y);
      if (far < least) { least = far; found = { layer, mark: each }; }
    }
    return found;
  }
  function remove() {
    if (!chosen || chosen.layer !== own || !editable) return;
    own.marks.splice(own.marks.indexOf(chosen.mark), 1);
    choose(null); keep();
  }
  // What the chosen point is: told, and for one's own to be said in the panel below the prints.
  const panel = say("point"), kind = say("point-kind"), note = say("point-note");
  function choose(it) {
    chosen = it;
    const mine = Boolean(it && it.layer === own && editable), mark = it && it.mark;
    const words = mark ? `Point ${mark.pair || "without a number"}, ${mark.side}` : "No point is chosen";
    if (panel) {
      panel.hidden = !view.marking && !mine;
      say("point-name").textContent = mine ? words : "No point is chosen";
      for (const each of panel.querySelectorAll("select, input, button")) each.disabled = !mine;
      kind.value = mine ? mark.kind : "minutia"; note.value = mine ? mark.note : "";
    }
    if (mark) live.textContent = `${it.layer.own ? "" : `${it.layer.examiner}: `}${words}: ${mark.kind}${mark.note ? `. ${mark.note}` : ""}`;
    redraw();
  }
  function nextPoint(step) {
    const all = layers.flatMap((layer) => layer.marks.filter(here()).map((mark) => ({ layer, mark })));
    if (!all.length) { live.textContent = "No point is marked on this finger."; return; }
    const from = all.findIndex((each) => chosen && each.mark === chosen.mark);
    const it = all[(from < 0 ? (step > 0 ? 0 : all.length - 1) : from + step + all.length) % all.length];
    const is = centre(it.mark.side), far = { x: it.mark.x - is.x, y: it.mark.y - is.y };
    const seen = Math.abs(far.x) * view.zoom < half() / 2 - 20 && Math.abs(far.y) * view.zoom < canvas.clientHeight / 2 - 20;
    if (!seen) move(it.mark.side, far.x, far.y);
    choose(it);
  }
  if (panel) {
    kind.addEventListener("change", () => { chosen.mark.kind = kind.value; redraw(); keep(); });
    note.addEventListener("change", () => { if (chosen) { chosen.mark.note = note.value.trim(); keep(); } });
    panel.addEventListener("keydown", (event) => { if (event.key === "Escape") canvas.focus(); });
    say("point-remove").addEventListener("click", () => { remove(); canvas.focus(); });
  }

  // Mouse, pen and fingers.
  const down = new Map(); let start = null;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    start = { x: event.offsetX, y: event.offsetY };
  });
  canvas.addEventListener("pointermove", (event) => {
    const last = down.get(event.pointerId);
    if (!last || !print) return;
    const now = { x: event.offsetX, y: event.offsetY };
    if (down.size === 2) {
      const other = [...down].find(([id]) => id !== event.pointerId)[1];
      zoom(Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(last.x - other.x, last.y - other.y)), now.x, now.y);
    } else move(now.x < half() ? "probe" : "candidate", (last.x - now.x) / view.zoom, (last.y - now.y) / view.zoom);
    down.set(event.pointerId, now);
  });
  const up = (event) => {
    const still = start && Math.hypot(event.offsetX - start.x, event.offsetY - start.y) < 4;
    if (print && still && down.size === 1 && event.type === "pointerup") {
      if (view.marking) mark(event.offsetX, event.offsetY);
      else choose(near(toPrint(event.offsetX, event.offsetY)));
    }
    down.delete(event.pointerId);
  };
  canvas.addEventListener("pointerup", up); canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("wheel", (event) => { if (!print) return; event.preventDefault(); zoom(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY); }, { passive: false });

  stage.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || !print) return;
    if (button.dataset.switch) flip(button.dataset.switch);
    if (button.dataset.do === "in") zoom(1.25);
    if (button.dataset.do === "out") zoom(.8);
    if (button.dataset.do === "fit") fit();
    if (button.dataset.do === "next") chosenPair(1);
    if (button.dataset.do === "previous") chosenPair(-1);
  });
  const range = say("contrast");
  if (range) range.addEventListener("input", () => { view.contrast = Number(range.value); redraw(); });
  fingers.forEach((button) => button.addEventListener("click", (event) => { event.preventDefault(); if (button.dataset.url) show(button); }));

  // Every tool has a key; none works while somebody types, or has switched them off.
  const keysOn = document.querySelector("[data-keys-on]");
  if (keysOn) {
    keysOn.checked = localStorage.getItem("keys") !== "off";
    keysOn.addEventListener("change", () => localStorage.setItem("keys", keysOn.checked ? "on" : "off"));
  }
  const pick = (code) => { const button = document.querySelector(`[data-finger="${code}"]`); if (button && button.dataset.url) show(button); };
  const anytime = { // Also before a print is there, and where no finger is on both sides.
    d: () => { const first = document.querySelector("[name=finding]"); if (first) first.focus(); },
    "?": () => { const keys = document.querySelector("[data-keys]"); keys.open = !keys.open; },
    u: () => pick(0),
  };
  const tools = {
    "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(.8), f: fit, n: () => chosenPair(1), p: () => chosenPair(-1),
    s: () => nextPoint(1), S: () => nextPoint(-1), Delete: remove,
    e: () => { if (panel && !kind.disabled) kind.focus(); },
    x: () => { if (view.marking) { const at = middle("probe"); mark(at.x, at.y); } },
    X: () => { if (view.marking) { const at = middle("candidate"); mark(at.x, at.y); } },
    c: () => { view.contrast = view.contrast >= 2.6 ? 1 : view.contrast + .4; if (range) range.value = view.contrast; redraw(); },
  };
  for (const [name, key] of Object.entries(switches)) tools[key] = () => flip(name);
  document.addEventListener("keydown", (event) => {
    const { key, target } = event, onCanvas = target === canvas;
    if (event.ctrlKey || event.metaKey || event.altKey || target.matches("input:not([type=radio]):not([type=range]), textarea, select")) return;
    const letters = !keysOn || keysOn.checked;
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    if (arrow) { // The page's own, unless the prints have the focus or nothing has.
      if (!print || !(onCanvas || (letters && target === document.body))) return;
      move(event.shiftKey ? "candidate" : "probe", ...arrow.map((each) => 40 * each / view.zoom));
    } else if (key.length === 1 && !letters && !(onCanvas && "+=-".includes(key))) return;
    else if (/^[0-9]$/.test(key)) pick(key === "0" ? 10 : key);
    else if (Object.hasOwn(anytime, key)) anytime[key]();
    else if (print && Object.hasOwn(tools, key)) tools[key]();
    else return;
    event.preventDefault();
  });
  new ResizeObserver(redraw).observe(canvas);
  const first = fingers.find((each) => each.getAttribute("aria-current") === "true") || fingers.find((each) => each.dataset.url);
  // The page comes with the numbers of the finger it shows. Its words are painted before the prints are asked for.
  const begin = () => { if (first && first.dataset.url) show(first, JSON.parse(stage.dataset.shown)); };
  if (document.hidden) begin(); else requestAnimationFrame(() => setTimeout(begin));
})();
