/* Hands on the chart: keys, wheel, touch, and what the mouse did to Plotly's axes. Each becomes a range of time that the chart keeps.

   Touch: a sideways swipe moves the chart, two fingers zoom, a swipe up or down scrolls the page (`touch-action: pan-y`). The
   wheel scrolls the page too; with Ctrl, as in a pinch on a trackpad, it zooms. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const KEYS = {
    ArrowLeft: (range) => scripts.reach.pan(range, -0.2), ArrowRight: (range) => scripts.reach.pan(range, 0.2),
    "+": (range) => scripts.reach.zoom(range, 0.7, 0.5), "=": (range) => scripts.reach.zoom(range, 0.7, 0.5),
    "-": (range) => scripts.reach.zoom(range, 1 / 0.7, 0.5), "0": () => null,
  };
  const SLACK_PX = 8;
  const fingers = new Map();
  const cell = { chart: null, isMoving: false };

  /** `chart`: {range(), show(range), hold(isHeld)}; `frame` is the element that has the focus. */
  function start(frame, chart) {
    cell.chart = chart;
    frame.addEventListener("keydown", onKey);
    frame.addEventListener("wheel", onWheel, { passive: false });
    frame.addEventListener("pointerdown", onDown);
    frame.addEventListener("pointermove", onMove);
    for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, onUp);
  }

  function onKey(event) {
    const act = KEYS[event.key];
    const range = cell.chart.range();
    if (!act || !range || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("button")) return;
    event.preventDefault();
    event.stopPropagation();
    cell.chart.show(act(range));
  }

  function onWheel(event) {
    const range = cell.chart.range();
    const isSideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!range || !(event.ctrlKey || event.metaKey || isSideways)) return;
    event.preventDefault();
    const box = event.currentTarget.getBoundingClientRect();
    if (isSideways) return cell.chart.show(scripts.reach.pan(range, event.deltaX / box.width));
    const factor = Math.min(1.5, Math.max(0.6, Math.exp(event.deltaY * 0.003)));
    cell.chart.show(scripts.reach.zoom(range, factor, (event.clientX - box.left) / box.width));
  }

  function onDown(event) {
    if (event.target.closest("button")) return;
    if (event.pointerType === "mouse") return cell.chart.hold(true);
    fingers.set(event.pointerId, { x: event.clientX, from: event.clientX });
    cell.isMoving = fingers.size > 1;
  }

  function onMove(event) {
    if (event.pointerType === "mouse") return void (event.buttons || cell.chart.hold(false));
    const finger = fingers.get(event.pointerId);
    const range = cell.chart.range();
    if (!finger || !range) return;
    const before = [...fingers.values()].map((one) => one.x);
    if (!cell.isMoving && Math.abs(event.clientX - finger.from) < SLACK_PX) return;
    cell.isMoving = true;
    finger.x = event.clientX;
    const after = [...fingers.values()].map((one) => one.x);
    cell.chart.show(moved(range, before, after, event.currentTarget.getBoundingClientRect()));
  }

  /** The range after one or two fingers went from `before` to `after` (client pixels): what was under them stays under them. */
  function moved(range, before, after, box) {
    if (after.length < 2) return scripts.reach.pan(range, (before[0] - after[0]) / box.width);
    const apart = (xs) => Math.max(20, Math.abs(xs[0] - xs[1]));
    const middle = (xs) => ((xs[0] + xs[1]) / 2 - box.left) / box.width;
    const zoomed = scripts.reach.zoom(range, apart(before) / apart(after), middle(before));
    return scripts.reach.pan(zoomed, middle(before) - middle(after));
  }

  function onUp(event) {
    fingers.delete(event.pointerId);
    if (!fingers.size) cell.isMoving = false;
    if (event.pointerType === "mouse") cell.chart.hold(false);
  }

  scripts.chartInput = { KEYS, moved, start };
})();
