/* What lies over the prices: fills and why they were made, the volume, the strategy's own lines. Pure. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const LIMIT = 5000;
  /** Pixels within which fills of one side cannot be told apart, and how many groups of a side can be. */
  const CELL = 14;
  const MOST_GROUPS = 30;
  const LINE_OF = 46;

  /** A bot's fills, oldest first, at most LIMIT. `held` are those gathered so far; only newer ones are looked at. */
  function gather(held, trades, bot) {
    const isSame = held && held.bot === bot && held.epoch === trades.epoch;
    const known = isSame ? held : { bot, epoch: trades.epoch, seq: 0, list: [], isAll: false };
    if (isSame && held.source === trades.list) return held;
    const fresh = [];
    for (let i = trades.list.length - 1; i >= 0 && trades.list[i].seq > known.seq; i -= 1) {
      if (trades.list[i].bot_id === bot) fresh.push(trades.list[i]);
    }
    const newest = trades.list.length ? trades.list[trades.list.length - 1].seq : 0;
    const list = fresh.length ? [...known.list, ...fresh.reverse()].slice(-LIMIT) : known.list;
    return { ...known, source: trades.list, seq: Math.max(known.seq, newest), list };
  }

  /** The fills with older ones before them; `isAll` says that there are none before those. */
  function prepend(fills, older, isAll) {
    const first = fills.list.length ? fills.list[0].seq : Infinity;
    const list = [...older.filter((trade) => trade.seq < first), ...fills.list].slice(-LIMIT);
    return { ...fills, list, isAll: isAll || list.length >= LIMIT };
  }

  /** Fills in `range` (shifted ms), put at `snap(ts)`: [{x, trade}]. */
  function visible(list, range, snap) {
    const shown = [];
    for (let i = list.length - 1; i >= 0; i -= 1) {
      const x = snap(list[i].ts);
      if (x < range[0] - scripts.reach.width(range)) break;
      if (x >= range[0] && x <= range[1]) shown.push({ x, trade: list[i] });
    }
    return shown.reverse();
  }

  /** Fills of one side that can be told apart: [[{x, trade}, ...], ...]. `place` has pixels for one millisecond and one of price. */
  function thin(shown, side, place) {
    const ofSide = shown.filter((one) => one.trade.side === side);
    let groups = grouped(ofSide, place, CELL);
    for (let cell = CELL * 2; groups.length > MOST_GROUPS; cell *= 2) groups = grouped(ofSide, place, cell);
    return groups;
  }

  function grouped(shown, place, cell) {
    const groups = new Map();
    for (const one of shown) {
      const key = Math.floor((one.x * place.x) / cell) + " " + Math.floor((Number(one.trade.price) * place.y) / cell);
      const group = groups.get(key);
      if (group) group.push(one);
      else groups.set(key, [one]);
    }
    return [...groups.values()];
  }

  /** Plotly's columns of one side's groups; a group stands where its newest fill does. */
  function markers(groups) {
    const newest = groups.map((group) => group[group.length - 1]);
    return {
      x: newest.map((one) => one.x),
      y: newest.map((one) => Number(one.trade.price)),
      customdata: groups.map(wordsOf),
      text: groups.map((group) => (group.length === 1 ? "" : String(group.length))),
    };
  }

  const words = new WeakMap();

  /** A group's words; kept with its newest trade, for a trade never changes and sums of hundreds take their time. */
  function wordsOf(group) {
    const { trade } = group[group.length - 1];
    const held = words.get(trade);
    if (held && held.count === group.length && held.first === group[0].trade) return held.text;
    const text = group.length === 1 ? fillText(trade) : groupText(group.map((one) => one.trade));
    words.set(trade, { count: group.length, first: group[0].trade, text });
    return text;
  }

  const sideWord = (trade) => (trade.side === "buy" ? "▲ BUY " : "▼ SELL ");

  const quoteOf = (trade) => String(trade.symbol || "").split("/")[1];

  /** One fill: side, amount, price, time, what it won or lost, and why. */
  function fillText(trade) {
    const { amount, dateTime, price } = scripts.format;
    const lines = [sideWord(trade) + amount(trade.amount) + " at " + price(trade.price), dateTime(trade.ts)];
    if (trade.pnl !== null && trade.pnl !== undefined) lines.push("P&L " + scripts.format.signedMoney(trade.pnl, quoteOf(trade)));
    return [...lines, ...wrap(trade.reason || "The bot gave no reason.")].map(plain).join("<br>");
  }

  function groupText(trades) {
    const { add, amount, price, signedMoney, time } = scripts.format;
    const newest = trades[trades.length - 1];
    const total = (name) => trades.reduce((sum, trade) => add(sum, trade[name]), "0");
    const span = time(trades[0].ts) + " to " + time(newest.ts);
    const lines = [sideWord(newest) + trades.length + " trades, " + amount(total("amount")) + " in all", span];
    if (trades.some((trade) => trade.pnl != null)) lines.push("P&L " + signedMoney(total("pnl"), quoteOf(newest)));
    return [...lines, "The newest at " + price(newest.price) + ":", ...wrap(newest.reason || "")].map(plain).join("<br>");
  }

  /** Lines short enough for the hover box. */
  function wrap(text) {
    const lines = [];
    for (const word of String(text).split(/\s+/).filter(Boolean)) {
      const line = lines[lines.length - 1];
      if (line !== undefined && line.length + word.length < LINE_OF) lines[lines.length - 1] = line + " " + word;
      else lines.push(word.slice(0, LINE_OF * 2));
    }
    return lines;
  }

  /** Plotly reads tags in its texts: what a bot says goes in as text. */
  const plain = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

  /** The strategy's lines within `range`: [{name, pane, range, x, y, customdata}]. */
  function lines(all, range) {
    return all.map((line) => {
      const xs = line.points.map(([ts]) => scripts.points.local(ts));
      const [first, end] = scripts.reach.indexes(xs, range);
      const shown = line.points.slice(first, end);
      return {
        name: line.name, pane: line.pane, range: line.range, x: xs.slice(first, end), y: shown.map(([, text]) => Number(text)),
        customdata: shown.map(([, text]) => plain(line.name) + " " + rounded(text)),
      };
    });
  }

  /** An indicator comes with all the digits of a computation: eight that count say enough. */
  function rounded(text) {
    const value = Number(text);
    return scripts.format.price(Number.isFinite(value) && value !== 0 ? String(Number(value.toPrecision(8))) : text);
  }

  /** Volume bars as two outlines (of rising and of falling candles) for a line trace: one path costs less than 120 bars. */
  function volume(columns, step) {
    const sides = { up: { x: [], y: [] }, down: { x: [], y: [] }, most: Math.max(0, ...columns.volume) };
    const half = step * 0.35;
    columns.x.forEach((x, i) => {
      const side = columns.close[i] >= columns.open[i] ? sides.up : sides.down;
      side.x.push(x - half, x - half, x + half, x + half, null);
      side.y.push(0, columns.volume[i], columns.volume[i], 0, null);
    });
    return sides;
  }

  scripts.overlays = { LIMIT, fillText, gather, groupText, lines, markers, plain, prepend, thin, visible, volume };
})();
