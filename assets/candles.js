/* Candles of any timeframe, kept up by the page: what the relay knows of the past, and from then on the bot's own candles
   and every price that comes. Pure: a book goes in, a book comes out, the same one where nothing changed. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const TIMEFRAMES = ["1m", "5m", "15m", "1h", "1d"];
  const LIMIT = 1000;
  const UNITS_MS = { s: 1000, m: 60000, h: 3600000, d: 86400000 };
  const CLOCK_WENT_BACK_MS = 60000;

  /** A candle's length in milliseconds; null where candles do not begin at whole multiples of it (weeks, months). */
  function sizeOf(timeframe) {
    const match = /^([1-9]\d{0,3})([smhd])$/.exec(timeframe || "");
    return match ? Number(match[1]) * UNITS_MS[match[2]] : null;
  }

  const bucketOf = (ts, size) => Math.floor(ts / size) * size;
  const last = (list) => list[list.length - 1];

  /** A book of what the page holds alone. */
  function start(timeframe, own, points) {
    return advance({ timeframe, candles: [], seen: { ts: 0, volume: "0", candle: null }, priceTs: 0 }, own, points);
  }

  /** The book behind what the relay knows of the past, oldest first. What came on the line while that was asked for stays:
      the answer may be older. */
  function join(book, known) {
    const newest = last(known);
    if (!newest) return book;
    const candles = known.slice();
    for (const live of book.candles) if (live.ts >= newest.ts) put(candles, live.ts > newest.ts ? live : newer(book, newest, live));
    return { ...book, candles: candles.slice(-LIMIT) };
  }

  /** The candle that both have. One that the page made itself may lack its beginning; a closed one is final. */
  function newer(book, known, live) {
    if (live.timeframe === book.timeframe) return live;
    if (known.closed) return known;
    const volume = Number(live.volume) > Number(known.volume) ? live.volume : known.volume;
    return { ...stretch(stretch(known, live.high), live.low), close: live.close, volume };
  }

  /** The book with what came since: `own` candles of the bot and `points` (prices), both oldest first. */
  function advance(book, own, points) {
    const draft = { ...book, candles: null };
    takeOwn(book, draft, own);
    takePrices(book, draft, points);
    if (draft.candles) return draft;
    return draft.priceTs === book.priceTs ? book : { ...draft, candles: book.candles };
  }

  /** Has the market's clock gone back, as in a replay that begins anew? Then a book holds candles of another time. */
  function isPast(book, points) {
    const newest = last(points);
    return Boolean(newest) && book.priceTs - newest.ts >= CLOCK_WENT_BACK_MS;
  }

  /** This turn's own copy of the candles, which may be changed in place. */
  function candlesOf(book, draft) {
    if (!draft.candles) draft.candles = book.candles.slice();
    return draft.candles;
  }

  function takeOwn(book, draft, own) {
    const newest = last(own);
    if (!newest || newest === book.seen.candle || newest.ts < book.seen.ts) return;
    let i = own.length;
    while (i > 0 && own[i - 1].ts >= book.seen.ts) i -= 1;
    for (; i < own.length; i += 1) {
      const before = own[i].ts === draft.seen.ts ? draft.seen.volume : "0";
      takeCandle(candlesOf(book, draft), draft.timeframe, own[i], before);
      draft.seen = { ts: own[i].ts, volume: own[i].volume, candle: own[i] };
    }
  }

  function takeCandle(candles, timeframe, candle, volumeBefore) {
    if (candle.timeframe === timeframe) return put(candles, candle);
    const [size, part] = [sizeOf(timeframe), sizeOf(candle.timeframe)];
    if (size && part && part < size && size % part === 0) mergePart(candles, size, candle, volumeBefore);
  }

  function put(candles, candle) {
    let i = candles.length;
    while (i > 0 && candles[i - 1].ts >= candle.ts) i -= 1;
    candles.splice(i, candles[i] && candles[i].ts === candle.ts ? 1 : 0, candle);
    if (candles.length > LIMIT) candles.shift();
  }

  /** A shorter candle of the bot's becomes part of the longer one around it. */
  function mergePart(candles, size, part, volumeBefore) {
    const ts = bucketOf(part.ts, size);
    const whole = last(candles);
    if (whole && whole.ts > ts) return;
    if (!whole || whole.ts < ts) return put(candles, { ...part, ts, closed: false, timeframe: undefined });
    const volume = scripts.format.add(whole.volume, scripts.format.add(part.volume, "-" + volumeBefore));
    const opening = part.ts === ts ? part.open : whole.open;
    candles[candles.length - 1] = { ...stretch(stretch(whole, part.high), part.low), open: opening, close: part.close, volume };
  }

  function stretch(candle, price) {
    const value = Number(price);
    const high = value > Number(candle.high) ? price : candle.high;
    const low = value < Number(candle.low) ? price : candle.low;
    return { ...candle, high, low, close: price };
  }

  /** Prices newer than those taken. A candle of the bot's that came with them knows those before. */
  function takePrices(book, draft, points) {
    const size = sizeOf(draft.timeframe);
    const newest = last(points);
    if (!newest || !size || newest.ts <= book.priceTs) return;
    let i = points.length - 1;
    while (i > 0 && points[i - 1].ts > book.priceTs) i -= 1;
    for (; i < points.length; i += 1) takePrice(book, draft, points[i], size);
    draft.priceTs = newest.ts;
  }

  function takePrice(book, draft, point, size) {
    const ts = bucketOf(point.ts, size);
    const newest = last(draft.candles || book.candles);
    if (newest && (newest.ts > ts || (newest.ts === ts && (newest.closed || isWithin(newest, point.text))))) return;
    const candles = candlesOf(book, draft);
    if (newest && newest.ts === ts) candles[candles.length - 1] = stretch(newest, point.text);
    else put(candles, { ts, open: point.text, high: point.text, low: point.text, close: point.text, volume: "0", closed: false });
  }

  /** Says the candle that price already? */
  const isWithin = (candle, price) => candle.close === price;

  // What is drawn.

  let drawn = new WeakMap();

  /** A candle's numbers and its words for the hover box; made once for each. */
  function draw(candle) {
    if (!drawn.has(candle)) {
      const figures = Object.fromEntries(["open", "high", "low", "close"].map((name) => [name, Number(candle[name])]));
      drawn.set(candle, { ...figures, x: scripts.points.local(candle.ts), volume: Number(candle.volume) || 0, text: textOf(candle) });
    }
    return drawn.get(candle);
  }

  /** The reader chose other numbers or times: the words made for the old ones go. */
  const renew = () => void (drawn = new WeakMap());

  function textOf(candle) {
    const { amount, price } = scripts.format;
    const parts = [["Open", candle.open], ["High", candle.high], ["Low", candle.low], ["Close", candle.close]];
    const words = parts.map(([name, value]) => "<br>" + name + " " + price(value)).join("");
    return words.slice(4) + (Number(candle.volume) > 0 ? "<br>Volume " + amount(candle.volume) : "");
  }

  /** The candles as Plotly's columns. */
  function columns(candles) {
    const all = candles.map(draw);
    const column = (name) => all.map((one) => one[name]);
    return {
      x: column("x"), open: column("open"), high: column("high"), low: column("low"), close: column("close"),
      volume: column("volume"), text: column("text"),
    };
  }

  scripts.candles = { LIMIT, TIMEFRAMES, advance, bucketOf, columns, isPast, join, renew, sizeOf, start };
})();
