/* Which stretch of time and of prices the chart shows. Pure; a range is [from, to]. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** Of the height: empty above and below the prices, and what the volume takes at the bottom. */
  const AIR = 0.08;
  const VOLUME = 0.2;
  const LEAST_MS = 2000;
  /** A chart that has just begun: its axis tells seconds, of which a narrower one would tell each twice. */
  const LEAST_LIVE_MS = 10000;
  const FEW = 30;
  const FEW_UNITS = 4;

  const width = ([from, to]) => to - from;

  /** The same width, `share` of it later. */
  const pan = ([from, to], share) => [from + (to - from) * share, to + (to - from) * share];

  /** `factor` times as wide around `at` (0 its left edge, 1 its right one), never narrower than can be read. */
  function zoom([from, to], factor, at) {
    const next = Math.max(LEAST_MS, (to - from) * factor);
    const middle = from + (to - from) * at;
    return [middle - next * at, middle + next * (1 - at)];
  }

  /** The range moved so that at least a tenth of it shows data. */
  function within(range, extent) {
    const least = width(range) * 0.1;
    const late = Math.max(0, range[0] - (extent[1] - least));
    const early = Math.max(0, extent[0] + least - range[1]);
    return [range[0] - late + early, range[1] - late + early];
  }

  /** The newest `count` of `xs`, with air at their right; `step` is the width of one. A few do not fill the whole width. */
  function live(xs, count, step) {
    if (!xs.length) return null;
    const newest = xs[xs.length - 1];
    const first = Math.min(xs[Math.max(0, xs.length - count)], newest - (step ? step * FEW : LEAST_LIVE_MS));
    return [first - step, newest + Math.max((newest - first) * 0.03, step * 2)];
  }

  /** A range of prices with air around [low, high]. The one before stays while it still fits: a calm axis can be read. `unit` is
      the least by which they move: a range of a few of them at least, or a price that stands would get figures that it cannot have. */
  function fit(low, high, before, hasVolume, unit = 0) {
    const span = Math.max(high - low, Math.abs(high) * 0.0002, unit * FEW_UNITS) || 1;
    if (before && isFitting(before, low, high, hasVolume)) return before;
    const middle = (low + high) / 2;
    const [top, bottom] = [middle + span / 2, middle - span / 2];
    const height = span / (1 - 2 * AIR - (hasVolume ? VOLUME : 0));
    return [bottom - height * (AIR + (hasVolume ? VOLUME : 0)), top + height * AIR];
  }

  function isFitting(before, low, high, hasVolume) {
    const height = width(before);
    const floor = before[0] + height * (0.02 + (hasVolume ? VOLUME : 0));
    const isInside = low >= floor && high <= before[1] - height * 0.02;
    return isInside && high - low >= height * 0.4;
  }

  /** Where figures stand beside `range` and as far again on either side: {values, places}, at most `most` of them in view, never
      nearer to each other than a `unit`, with the decimals that tell them apart. */
  function ticks(range, most, unit = 0) {
    const rough = Math.max(width(range) / most, unit);
    if (!(rough > 0 && rough < Infinity)) return { values: [], places: 0 };
    const power = Math.floor(Math.log10(rough));
    const [factor, tens] = [[1, power], [2, power], [5, power], [1, power + 1]].find(([by, ten]) => by * 10 ** ten >= rough * 0.999999);
    const step = factor * 10 ** tens;
    const first = Math.ceil((range[0] - width(range)) / step);
    const count = Math.floor((range[1] + width(range)) / step) - first + 1;
    return { values: Array.from({ length: count }, (_, i) => (first + i) * step), places: Math.max(0, -tens) };
  }

  /** The indexes [first, end) of the sorted `xs` that lie in `range`, one more on either side. */
  function indexes(xs, range) {
    const first = lowerBound(xs, range[0]);
    const end = lowerBound(xs, range[1]);
    return [Math.max(0, first - 1), Math.min(xs.length, end + 1)];
  }

  function lowerBound(xs, value) {
    let [from, to] = [0, xs.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (xs[middle] < value) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  scripts.reach = { VOLUME, fit, indexes, live, pan, ticks, width, within, zoom };
})();
