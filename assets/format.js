/* Numbers and times as text.

   Money comes as decimal strings and stays one: digits are grouped, rounded, added and compared as text or BigInt, never
   as floating point, so that no digit is lost or made up. What is not a number is shown as an en dash. How digits are
   grouped, which digits they are and which time zone the clock shows is Intl's and the reader's choice. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const NONE = "–";
  const MINUS = "−";
  const DECIMAL = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
  /** A language for each way to write numbers; the browser's own where there is none. */
  const LANGUAGES = { comma: "en-US", dot: "de-DE", space: "fr-FR" };
  let made = {};

  const keep = (name, make) => made[name] || (made[name] = make());
  const numbers = (options) => new Intl.NumberFormat(LANGUAGES[scripts.choices.get("numbers")], options);
  const integers = () => keep("integers", () => numbers({ maximumFractionDigits: 0 }));
  const pairs = () => keep("pairs", () => numbers({ minimumIntegerDigits: 2, maximumFractionDigits: 0 }));
  const digits = () => keep("digits", () => Array.from({ length: 10 }, (_, i) => numbers({ useGrouping: false }).format(i)));
  const sample = (type) => numbers({ minimumFractionDigits: 1 }).formatToParts(1234567.5).find((part) => part.type === type);
  const point = () => keep("point", () => sample("decimal").value);

  /** Decimal point and thousands separator, as Plotly's axes want them. */
  const separators = () => keep("separators", () => point() + (sample("group") || { value: "" }).value);

  /** The reader chose other numbers or times: what was made for the old ones goes. */
  const renew = () => void (made = {});

  /** A decimal as {negative, whole, fraction}, all digits kept; null when it is not one. */
  function parse(value) {
    const match = value === null || value === undefined ? null : DECIMAL.exec(String(value).trim());
    if (!match) return null;
    const shifted = shift(match[2], match[3] || "", Number(match[4] || 0));
    const whole = shifted.whole.replace(/^0+(?=\d)/, "");
    const isZero = /^0*$/.test(whole + shifted.fraction);
    return { negative: match[1] === "-" && !isZero, whole, fraction: shifted.fraction, isZero };
  }

  function shift(whole, fraction, exponent) {
    if (exponent === 0 || Math.abs(exponent) > 400) return { whole, fraction };
    if (exponent > 0) {
      const digits = fraction.padEnd(exponent, "0");
      return { whole: whole + digits.slice(0, exponent), fraction: digits.slice(exponent) };
    }
    const digits = whole.padStart(1 - exponent, "0");
    return { whole: digits.slice(0, exponent), fraction: digits.slice(exponent) + fraction };
  }

  /** The same number with at most `places` decimals, half away from zero. */
  function round(number, places) {
    if (number.fraction.length <= places) return number;
    const up = number.fraction.charCodeAt(places) >= 53;
    const scaled = BigInt(number.whole + number.fraction.slice(0, places)) + (up ? 1n : 0n);
    return fromScaled(number.negative ? -scaled : scaled, places);
  }

  function fromScaled(scaled, places) {
    const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(places + 1, "0");
    const cut = digits.length - places;
    return { negative: scaled < 0n, whole: digits.slice(0, cut), fraction: digits.slice(cut), isZero: scaled === 0n };
  }

  const toScaled = (number, places) => {
    const size = BigInt(number.whole + number.fraction.padEnd(places, "0").slice(0, places));
    return number.negative ? -size : size;
  };

  /** a + b exactly, as a plain decimal string; what is not a number counts as nothing. */
  function add(a, b) {
    const one = parse(a) || parse("0");
    const two = parse(b) || parse("0");
    const places = Math.max(one.fraction.length, two.fraction.length);
    const sum = fromScaled(toScaled(one, places) + toScaled(two, places), places);
    return (sum.negative ? "-" : "") + sum.whole + (places ? "." + sum.fraction : "");
  }

  const negate = (value) => (String(value).startsWith("-") ? String(value).slice(1) : "-" + value);

  /** -1, 0 or 1: the sign of a, exactly; 0 when it is not a number. */
  function sign(value) {
    const number = parse(value);
    if (!number || number.isZero) return 0;
    return number.negative ? -1 : 1;
  }

  /** -1, 0 or 1 as a is below, at or above b. */
  const compare = (a, b) => sign(add(a, negate(b)));

  function join(number) {
    const whole = integers().format(BigInt(number.whole));
    const fraction = number.fraction.replace(/\d/g, (digit) => digits()[digit]);
    return (number.negative ? MINUS : "") + whole + (fraction ? point() + fraction : "");
  }

  const padded = (number, places) => ({ ...number, fraction: number.fraction.padEnd(places, "0") });

  /** A price with every digit it came with, and at least two decimals. */
  function price(value) {
    const number = parse(value);
    return number ? join(padded(number, 2)) : NONE;
  }

  /** An amount with every digit it came with, or with `most` decimals. */
  function amount(value, most = Infinity) {
    const number = parse(value);
    return number ? join(round(number, most)) : NONE;
  }

  /** Decimals that a sum of money needs: two from 1 up, four that count below. */
  function placesFor(number) {
    if (number.isZero || !/^0*$/.test(number.whole)) return 2;
    const leading = /^0*/.exec(number.fraction)[0].length;
    return leading < 2 ? 2 + (leading > 0 ? 2 : 0) : Math.min(leading + 4, 12);
  }

  /** Quote currencies of which a hundredth is real money: these are told to the eighth decimal, as exchanges keep them. */
  const COINS = ["BTC", "XBT", "ETH", "BNB", "SOL"];

  /** Decimals to which a currency is told. */
  const decimals = (unit) => (COINS.includes(unit) ? 8 : 2);

  /** A sum of money, rounded for reading as its currency `unit` is told. */
  function money(value, unit) {
    const number = parse(value);
    if (!number) return NONE;
    const places = Math.max(placesFor(number), decimals(unit));
    return join(padded(round(number, places), 2));
  }

  /** A sum of money with its sign in front; zero has none. */
  const signedMoney = (value, unit) => (sign(value) > 0 ? "+" : "") + money(value, unit);

  /** A figure for a narrow column: all its digits where they fit into `width` characters, else rounded so that they do. What
      a column cuts off could be read as a smaller figure, so the decimals go, then the digits ("1.235B"). */
  function fit(value, width, least = 0) {
    const exact = parse(value);
    if (!exact) return NONE;
    if (integers().format(BigInt(exact.whole)).length > width) return shortened(exact);
    const places = placesIn(width - join({ ...exact, fraction: "" }).length - 1);
    const rounded = round(exact, places);
    return rounded.isZero && !exact.isZero ? nearly(exact, places) : join(padded(rounded, Math.min(least, places)));
  }

  /** Decimals for which there is that room; two or none where it is next to nothing. */
  const placesIn = (room) => (room < 1 ? 0 : Math.max(2, room));

  /** "1.235B": the letter is the page's language's, the decimal point the reader's. */
  const compact = () => keep("compact", () => new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 }));
  const shortened = ({ negative, whole }) => (negative ? MINUS : "") + compact().formatToParts(BigInt(whole)).map(written).join("");

  function written({ type, value }) {
    if (type === "decimal") return point();
    return type === "integer" || type === "fraction" ? value.replace(/\d/g, (digit) => digits()[digit]) : value;
  }

  /** "<0.0000001": not zero, though it would be rounded to it. */
  function nearly(number, places) {
    const smallest = { negative: number.negative, whole: "0", fraction: "1".padStart(places, "0") };
    return (number.negative ? ">" : "<") + join(smallest);
  }

  const LONG = 7;

  /** The same, from a million on without decimals: what is missing is for a title to tell. */
  function shortMoney(value, unit) {
    const number = parse(value);
    if (!number || number.whole.length < LONG) return signedMoney(value, unit);
    return (number.negative ? "" : "+") + join(round(number, 0));
  }

  const fixed = (places) =>
    keep("fixed" + places, () => numbers({ minimumFractionDigits: places, maximumFractionDigits: places }));

  const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

  /** A plain number with `places` decimals. */
  function number(value, places = 2) {
    if (!isNumber(value)) return NONE;
    return (value < 0 && !isNothing(value, places) ? MINUS : "") + fixed(places).format(Math.abs(value));
  }

  /** Does it read as zero? */
  const isNothing = (value, places) => !/[1-9]/.test(value.toFixed(places));

  const percent = (value, places = 2) => (isNumber(value) ? number(value, places) + " %" : NONE);

  function signedPercent(value, places = 2) {
    const text = percent(value, places);
    return isNumber(value) && value > 0 && !isNothing(value, places) ? "+" + text : text;
  }

  const isUtc = () => scripts.choices.get("times") === "utc";
  const dates = (options) => new Intl.DateTimeFormat(undefined, { ...options, hourCycle: "h23", timeZone: isUtc() ? "UTC" : undefined });
  const clock = () => keep("clock", () => dates({ hour: "2-digit", minute: "2-digit", second: "2-digit" }));
  const calendar = () => keep("calendar", () => dates({ dateStyle: "medium", timeStyle: "medium" }));

  const day = () => keep("day", () => dates({ month: "short", day: "numeric" }));

  /** Beyond this many ms before or after 1970 there are no dates (ECMAScript, "Time Values and Time Range"). */
  const LAST_MS = 8.64e15;
  const isDate = (ts) => isNumber(ts) && Math.abs(ts) <= LAST_MS;

  /** The time of a moment of today, with the day before it else; `now` is today. */
  function moment(ts, now) {
    if (!isDate(ts)) return NONE;
    return midnight(ts) === midnight(now) ? time(ts) : day().format(ts) + ", " + time(ts).slice(0, 5);
  }

  const time = (ts) => (isDate(ts) ? clock().format(ts) : NONE);
  const dateTime = (ts) => (isDate(ts) ? calendar().format(ts) + (isUtc() ? " UTC" : "") : NONE);

  /** For machines, and for logs that leave the page. */
  const iso = (ts) => (isDate(ts) ? new Date(ts).toISOString() : NONE);

  /** Milliseconds by which the chosen clock is ahead of UTC at `ts`. */
  const zoneOffset = (ts) => (isUtc() ? 0 : -new Date(ts).getTimezoneOffset() * 60000);

  /** When the day of `ts` began by the chosen clock. */
  function midnight(ts) {
    const day = new Date(ts);
    return isUtc() ? day.setUTCHours(0, 0, 0, 0) : day.setHours(0, 0, 0, 0);
  }

  const count = (value) => integers().format(value);

  /** How old, short: "0.2 s", "14 s", "3 min", "2 h". */
  function age(ms) {
    if (!isNumber(ms)) return NONE;
    const late = Math.max(0, ms);
    if (late < 9950) return fixed(1).format(late / 1000) + " s";
    if (late < 99500) return count(late / 1000) + " s";
    return late < 5970000 ? count(late / 60000) + " min" : count(late / 3600000) + " h";
  }

  /** How long ago, in words that count by themselves. */
  function ago(ms) {
    if (!isNumber(ms)) return NONE;
    const seconds = Math.floor(Math.max(0, ms) / 1000);
    if (seconds < 1) return "just now";
    if (seconds < 60) return count(seconds) + " s ago";
    return seconds < 3600 ? count(Math.floor(seconds / 60)) + " min ago" : count(Math.floor(seconds / 3600)) + " h ago";
  }

  /** How long something has lasted. */
  function duration(ms) {
    if (!isNumber(ms)) return NONE;
    const minutes = Math.floor(Math.max(0, ms) / 60000);
    const hours = Math.floor(minutes / 60);
    if (minutes < 1) return count(Math.floor(Math.max(0, ms) / 1000)) + " s";
    if (minutes < 60) return count(minutes) + " min";
    if (hours < 24) return count(hours) + " h " + pairs().format(minutes % 60) + " min";
    return count(Math.floor(hours / 24)) + " d " + count(hours % 24) + " h";
  }

  scripts.format = {
    NONE, add, age, ago, amount, compare, count, dateTime, decimals, duration, fit, iso, midnight, moment, money, number, percent, price, renew,
    separators, shortMoney, sign, signedMoney, signedPercent, time, zoneOffset,
  };
})();
