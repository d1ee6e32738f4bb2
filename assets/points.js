/* What the chart draws, as plain arrays. Pure; times are shifted so that the axis reads by the clock that the reader chose. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const SHOWN = 100;
  const MOST = 500;
  /** How much of the price's own height a level may add. */
  const ROOM = 0.75;
  const STEPS_MS = [1000, 500, 250, 200, 100, 50];

  /** Plotly's date axes know no time zones: the chosen clock's time, said as if it were UTC. */
  const local = (ts) => ts + scripts.format.zoneOffset(ts);

  /** The widest step up to a second that still leaves SHOWN points; 0 keeps every tick. */
  function stepFor(points) {
    if (points.length <= SHOWN) return 0;
    const span = points[points.length - 1].ts - points[0].ts;
    return STEPS_MS.find((step) => span / step >= SHOWN) || 0;
  }

  /** The last SHOWN points, at least `stepFor` apart; the newest is always the last. */
  function lastPoints(points) {
    const step = stepFor(points);
    if (step === 0) return points.slice(-SHOWN);
    const shown = [];
    for (let i = points.length - 1; i >= 0 && shown.length < SHOWN; i -= 1) {
      const bucket = Math.floor(points[i].ts / step);
      if (!shown.length || bucket !== shown[shown.length - 1].bucket) shown.push({ ...points[i], bucket });
    }
    return shown.reverse();
  }

  /** Back from `local`, where the clocks change too. */
  function utc(x) {
    const ts = x - scripts.format.zoneOffset(x);
    return ts + x - local(ts);
  }

  /** The points in `range` (shifted ms), at most MOST: of those too close together the last. */
  function pointsIn(points, range) {
    const step = Math.max(1, (range[1] - range[0]) / MOST);
    const shown = [];
    for (const point of points) {
      const x = local(point.ts);
      if (x < range[0] || x > range[1]) continue;
      const bucket = Math.floor(x / step);
      if (shown.length && shown[shown.length - 1].bucket === bucket) shown.pop();
      shown.push({ ...point, bucket });
    }
    return shown;
  }

  const DECIMALS = /^[^.e]*(?:\.(\d*))?(?:e([+-]?\d+))?$/i;

  /** The last decimal that any of those prices has: 0.01 of "43250.10" and "43251". */
  function unit(texts) {
    const places = texts.map((text) => {
      const [, fraction = "", exponent = "0"] = DECIMALS.exec(String(text)) || [];
      return Math.max(0, fraction.length - Number(exponent));
    });
    return 10 ** -Math.max(0, ...places);
  }

  const exact = (ts, text) => scripts.format.price(text) + "<br>" + scripts.format.dateTime(ts);

  /** The newest points as Plotly's columns, or those in `range`. */
  function line(points, range) {
    const shown = range ? pointsIn(points, range) : lastPoints(points);
    return {
      x: shown.map((point) => local(point.ts)),
      y: shown.map((point) => Number(point.text)),
      text: shown.map((point) => scripts.format.price(point.text)),
      customdata: shown.map((point) => exact(point.ts, point.text)),
    };
  }

  /** The lines of the open position: [{name, value, text}]. */
  function levels(status) {
    const position = status && status.position;
    if (!position) return [];
    const all = [["entry", position.entry_price], ["stop", position.stop_price], ["target", position.take_profit_price]];
    const known = all.filter(([, value]) => value !== null && value !== undefined);
    return known.map(([name, value]) => ({ name, value: Number(value), text: name + " " + scripts.format.price(value) }));
  }

  /** Lowest and highest figure that `main` (a line's or candles' columns) draws. */
  function extent(main) {
    return [Math.min(...(main.low || main.y)), Math.max(...(main.high || main.y))];
  }

  /** Levels so near that showing them leaves the price readable, and those above and below. */
  function sortLevels(all, [least, most]) {
    const room = Math.max(most - least, most * 0.0002) * ROOM;
    const near = all.filter((one) => one.value >= least - room && one.value <= most + room);
    return { near, above: all.filter((one) => one.value > most + room), below: all.filter((one) => one.value < least - room) };
  }

  scripts.points = { SHOWN, extent, lastPoints, levels, line, local, sortLevels, stepFor, unit, utc };
})();
