/* The rows of a long list, in pieces. Far down only pieces in view are laid out (`content-visibility`, trades.css); old ones
   out of view give up their rows and keep their height, so that the document stays small however far back somebody reads. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const PIECE = 50;
  const KEEP = 40;
  const NEAR = "1200px 0px";

  /** A list of trades in `table`, scrolled by `frame`; `row(trade, isNew)` makes a row. */
  function create(frame, table, row) {
    const rows = { table, row, pieces: [], newest: 0, oldest: Infinity, bodies: new WeakMap() };
    rows.observer = new IntersectionObserver((entries) => entries.forEach((entry) => look(rows, entry)), { root: frame, rootMargin: NEAR });
    return rows;
  }

  function clear(rows) {
    for (const piece of rows.pieces) remove(rows, piece);
    Object.assign(rows, { pieces: [], newest: 0, oldest: Infinity });
  }

  function remove(rows, piece) {
    rows.observer.unobserve(piece.body);
    piece.body.remove();
  }

  /** How many trades of the list (oldest first) are newer than the newest row. */
  function countNewer(rows, list) {
    let first = list.length;
    while (first > 0 && list[first - 1].seq > rows.newest) first -= 1;
    return list.length - first;
  }

  /** Put what is newer on top, what is older at the end, and take off what the list no longer has. */
  function sync(rows, list, isNews) {
    addNewer(rows, list.slice(list.length - countNewer(rows, list)), isNews);
    let older = 0;
    while (older < list.length && list[older].seq < rows.oldest) older += 1;
    addOlder(rows, list.slice(0, older).reverse());
    takeOff(rows, list.length ? list[0].seq : 0);
  }

  function takeOff(rows, oldest) {
    while (rows.pieces.length && rows.pieces.at(-1).trades[0].seq < oldest) remove(rows, rows.pieces.pop());
    if (rows.pieces.length) rows.oldest = rows.pieces.at(-1).trades.at(-1).seq;
  }

  /** `fresh` is oldest first; pieces hold the newest first. */
  function addNewer(rows, fresh, isNews) {
    if (!fresh.length) return;
    let first = 0;
    while (first < fresh.length) {
      const top = rows.pieces[0];
      const room = top && top.trades.length < PIECE ? PIECE - top.trades.length : 0;
      const part = fresh.slice(first, first + (room || PIECE)).reverse();
      if (room) grow(rows, top, part, isNews);
      else rows.pieces.unshift(build(rows, part, isNews, rows.table.tHead));
      first += part.length;
    }
    rows.newest = fresh.at(-1).seq;
    rows.oldest = Math.min(rows.oldest, fresh[0].seq);
    rows.pieces.slice(KEEP).forEach((piece) => piece.isNear || fold(piece));
  }

  function grow(rows, top, part, isNews) {
    top.trades = [...part, ...top.trades];
    top.body.prepend(...part.map((trade) => rows.row(trade, isNews)));
    measure(top);
  }

  const measure = (piece) => piece.body.style.setProperty("--rows", piece.trades.length);

  /** `found` is newest first. */
  function addOlder(rows, found) {
    for (let first = 0; first < found.length; first += PIECE) {
      const last = rows.pieces.at(-1);
      rows.pieces.push(build(rows, found.slice(first, first + PIECE), false, last ? last.body : rows.table.tHead));
    }
    if (found.length) rows.oldest = found.at(-1).seq;
  }

  function build(rows, trades, isNews, before) {
    const body = scripts.dom.make("tbody", { role: "rowgroup" }, ...trades.map((trade) => rows.row(trade, isNews)));
    const piece = { trades, body, isNear: true };
    measure(piece);
    before.after(body);
    rows.bodies.set(body, piece);
    rows.observer.observe(body);
    return piece;
  }

  function look(rows, entry) {
    const piece = rows.bodies.get(entry.target);
    piece.isNear = entry.isIntersecting;
    if (piece.isNear) unfold(rows, piece);
    else if (rows.pieces.indexOf(piece) >= KEEP) fold(piece);
  }

  const fold = (piece) => piece.body.firstChild && piece.body.replaceChildren();

  function unfold(rows, piece) {
    if (!piece.body.firstChild) piece.body.append(...piece.trades.map((trade) => rows.row(trade, false)));
  }

  scripts.trades_list = { clear, countNewer, create, sync };
})();
