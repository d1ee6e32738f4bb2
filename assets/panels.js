/* Which panel reads which slices. A panel is drawn when one of its slices is another object than before; slices in which
   nothing changed are the same object. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** [panel, slices]; the last one says what the others show. */
  const PANELS = [
    ["price", ["price"]],
    ["chart", ["chart", "trades", "status"]],
    ["controls", ["controls"]],
    ["position", ["status", "clock"]],
    ["balance", ["status"]],
    ["stats", ["stats", "clock", "trades", "bots", "status"]],
    ["trades", ["trades"]],
    ["route", ["trades"]],
    ["activity", ["activity"]],
    ["connection", ["truth"]],
    ["account", ["truth"]],
    ["bots", ["bots"]],
    ["notice", ["status", "controls"]],
    ["fleet", ["fleet"]],
    ["toasts", ["news"]],
    ["attention", ["news", "tape"]],
    ["backtest", ["stats", "status"]],
    ["seq", ["seq"]],
  ];

  function paint(next, held) {
    for (const [panel, slices] of PANELS) {
      if (slices.every((name) => next[name] === held[name])) continue;
      draw(panel, slices.map((name) => next[name]));
    }
  }

  /** A panel that fails fails alone: the line and the others go on. */
  function draw(panel, slices) {
    try {
      scripts[panel].paint(...slices);
    } catch (error) {
      console.error("The panel " + panel + " could not be drawn.", error);
    }
  }

  scripts.seq = { paint: (seq) => scripts.dom.attribute("deck", "data-seq", seq) };
  scripts.panels = { PANELS, paint };
})();
