/* A line without axes: where something went lately. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const SHOWN = 60;
  const SIZE = { width: 120, height: 28, edge: 2 };
  const SVG = "http://www.w3.org/2000/svg";

  /** The last closes of a bot's candles and its newest price; its last prices, one a second, where it sends no candles. */
  function values(bot) {
    const closes = bot.candles.slice(-SHOWN).map((candle) => Number(candle.close));
    if (closes.length > 1) return [...closes.slice(0, -1), bot.price ? Number(bot.price.text) : closes[closes.length - 1]];
    return seconds(bot.points).map((point) => Number(point.text));
  }

  function seconds(points) {
    const shown = [];
    for (let i = points.length - 1; i >= 0 && shown.length < SHOWN; i -= 1) {
      if (!shown.length || shown[shown.length - 1].ts - points[i].ts >= 1000) shown.push(points[i]);
    }
    return shown.reverse();
  }

  /** An SVG path through the values, as high as the box allows; empty for fewer than two. */
  function path(all) {
    if (all.length < 2) return "";
    const least = Math.min(...all);
    const room = Math.max(...all) - least;
    const inner = SIZE.height - 2 * SIZE.edge;
    const y = (value) => SIZE.edge + (room ? (1 - (value - least) / room) * inner : inner / 2);
    return "M" + all.map((value, i) => ((i / (all.length - 1)) * SIZE.width).toFixed(1) + " " + y(value).toFixed(1)).join("L");
  }

  /** -1, 0 or 1 as it went down, nowhere or up; and that in words. */
  const tone = (all) => (all.length < 2 ? 0 : Math.sign(all[all.length - 1] - all[0]));

  function words(all) {
    if (all.length < 2) return "No trend yet";
    const share = all[0] ? ((all[all.length - 1] - all[0]) / all[0]) * 100 : null;
    return scripts.format.signedPercent(share) + " over the last " + all.length + " prices";
  }

  /** An empty sparkline: {svg, line}. */
  function build() {
    const svg = document.createElementNS(SVG, "svg");
    const line = document.createElementNS(SVG, "path");
    for (const [name, value] of Object.entries({ class: "spark", role: "img", viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, preserveAspectRatio: "none" })) {
      svg.setAttribute(name, value);
    }
    svg.append(line);
    return { svg, line };
  }

  function paint({ svg, line }, all) {
    scripts.dom.attribute(line, "d", path(all));
    scripts.dom.tone(svg, tone(all));
    scripts.dom.attribute(svg, "aria-label", words(all));
  }

  scripts.spark = { build, paint, path, tone, values, words };
})();
