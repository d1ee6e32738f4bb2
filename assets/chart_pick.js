/* From pixels to trades, and from a trade to the place where it is seen. Pure. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const NEAR_PX = 24;
  /** Of a trade's candles at most this many may lie between it and now, and so many are shown around it. */
  const FAR = 450;
  const AROUND = 60;

  /** The group of fills whose triangle is under the pointer, or null. */
  function nearest(scene, element, event) {
    const { xaxis, yaxis } = element._fullLayout;
    const box = element.getBoundingClientRect();
    const at = { x: event.clientX - box.left - xaxis._offset, y: event.clientY - box.top - yaxis._offset };
    const place = (group) => {
      const { x, trade } = group[group.length - 1];
      const off = trade.side === "buy" ? 16 : -16;
      return Math.hypot(xaxis.l2p(x) - at.x, yaxis.l2p(Number(trade.price)) + off - at.y);
    };
    const all = [...scene.groups.buy, ...scene.groups.sell];
    const best = all.reduce((held, group) => (held && place(held) <= place(group) ? held : group), null);
    return best && place(best) <= NEAR_PX ? best : null;
  }

  /** {view, range}: where a trade can be seen; range null is live. */
  function placeFor(trade, view, points, own, now) {
    const kind = scripts.scene.kindOf(view);
    if (kind === "line" && points.length && scripts.points.lastPoints(points)[0].ts <= trade.ts) return { view, range: null };
    const timeframe = timeframeFor(now - trade.ts, kind === "candles" ? view : own);
    const size = scripts.candles.sizeOf(timeframe);
    if (!size || now - trade.ts < (AROUND / 2) * size) return { view: timeframe, range: null };
    const middle = scripts.points.local(trade.ts);
    return { view: timeframe, range: [middle - (AROUND / 2) * size, middle + (AROUND / 2) * size] };
  }

  /** The liked timeframe, or the shortest longer one whose candles reach back that far. */
  function timeframeFor(age, liked) {
    const { TIMEFRAMES, sizeOf } = scripts.candles;
    const least = sizeOf(liked) || 0;
    if (least * FAR >= age) return liked;
    return TIMEFRAMES.find((timeframe) => sizeOf(timeframe) >= least && sizeOf(timeframe) * FAR >= age) || "1d";
  }

  scripts.chartPick = { nearest, placeFor, timeframeFor };
})();
