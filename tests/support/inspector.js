/* Looks at the page as it stands and says, in one sentence each, what is out of place. It changes nothing but the scroll
   position, which it puts back, and the titles that come with a pointer. Run as a function body with one argument: {touched}. */
const { touched } = arguments[0];
const TOLERANCE = 1;
const THUMB = 44;
const LEAST = 24;
const found = [];

const styleOf = (element) => getComputedStyle(element);
const round = (pixels) => Math.round(pixels * 10) / 10;
const root = document.querySelector("dialog[open]") || document.body;
const all = [...root.querySelectorAll("*:not(svg *)")].filter(isSeen);
const seenOnes = new Set(all);

function isSeen(element) {
  if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
  if (isForReadersAlone(element)) return false;
  if (styleOf(element).display === "contents") return true;
  const box = element.getBoundingClientRect();
  return box.width > 0 && box.height > 0;
}

/** Inside of a box that is clipped away, as a table's head on a phone is, for a screen reader to find. */
function isForReadersAlone(element) {
  for (let one = element; one; one = one.parentElement) if (styleOf(one).clipPath !== "none") return true;
  return false;
}

/** `button#stop-button “Stop bot”`, or what else tells the element best. */
function name(element) {
  const kind = element.tagName.toLowerCase() + (element.id ? "#" + element.id : "");
  const classes = element.id || !element.classList.length ? "" : "." + [...element.classList].join(".");
  const words = element.textContent.trim().replace(/\s+/g, " ");
  return kind + classes + (words ? " “" + words.slice(0, 40) + "”" : "");
}

const say = (element, what) => found.push(name(element) + " " + what);

// Nothing scrolls sideways.

function sideways() {
  const page = document.scrollingElement;
  const over = page.scrollWidth - page.clientWidth;
  if (over > TOLERANCE) found.push("the page is " + over + " px wider than the screen: " + widest());
  for (const element of all) {
    const isScrolled = ["auto", "scroll"].includes(styleOf(element).overflowX);
    const more = element.scrollWidth - element.clientWidth;
    if (isScrolled && more > TOLERANCE) say(element, "scrolls sideways by " + more + " px");
  }
}

function widest() {
  const right = (element) => element.getBoundingClientRect().right;
  const counts = (element) => layerOf(element) === root && !clipper(element);
  const reaches = all.filter(counts).sort((a, b) => right(b) - right(a))[0];
  return reaches ? name(reaches) + " reaches to " + round(right(reaches)) : "nothing that is seen";
}

function clipper(element) {
  for (let one = element.parentElement; one; one = one.parentElement) if (styleOf(one).overflowX !== "visible") return one;
  return null;
}

// Boxes beside each other do not overlap.

function overlaps() {
  for (const parent of [root, ...all]) {
    if (styleOf(parent).display === "contents") continue;
    const boxes = inFlow(parent);
    boxes.forEach((one, i) => boxes.slice(i + 1).forEach((other) => compare(one, other)));
  }
}

const inFlow = (parent) =>
  [...parent.children].flatMap((child) => {
    if (!seenOnes.has(child)) return [];
    if (styleOf(child).display === "contents") return inFlow(child);
    return ["static", "relative"].includes(styleOf(child).position) ? [child] : [];
  });

function compare(one, other) {
  for (const a of one.getClientRects()) {
    for (const b of other.getClientRects()) {
      const [width, height] = shared(a, b);
      if (width > TOLERANCE && height > TOLERANCE) {
        return say(one, "and " + name(other) + " overlap by " + round(width) + " × " + round(height) + " px");
      }
    }
  }
}

const shared = (a, b) => [
  Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top),
];

// Text is whole, or says in its title what is cut; and no two texts stand on each other.

function texts() {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const seen = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !seenOnes.has(element) || element.closest("select, svg")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    const shown = whole(element, box);
    if (shown) seen.push({ element, layer: layerOf(element), rects: [...range.getClientRects()].map((one) => cut(one, shown)) });
  }
  seen.forEach((one, i) => seen.slice(i + 1).forEach((other) => collide(one, other)));
}

/** What of the box is seen: {left, right, top, bottom}; null where it is scrolled away. Says what is cut for good. */
function whole(element, box) {
  let shown = { left: -1e9, right: 1e9, top: -1e9, bottom: 1e9 };
  let canScroll = false;
  const block = blockOf(element).getBoundingClientRect();
  const spill = Math.max(box.right - block.right, block.left - box.left);
  for (let one = element; one && one !== document.body; one = one.parentElement) {
    const style = styleOf(one);
    if (style.overflowX === "visible" && style.overflowY === "visible") continue;
    const frame = one.getBoundingClientRect();
    const over = Math.max(box.right - frame.right, frame.left - box.left, box.bottom - frame.bottom, frame.top - box.top);
    if (["auto", "scroll"].includes(style.overflowY) || ["auto", "scroll"].includes(style.overflowX)) canScroll = true;
    else if (over > TOLERANCE && !canScroll) return tellCut(element, one, style, over);
    shown = cut(shown, frame);
  }
  if (spill > TOLERANCE && !isClipped(element)) say(element, "spills out of its box by " + round(spill) + " px");
  return shown.right > shown.left && shown.bottom > shown.top ? shown : null;
}

function tellCut(element, frame, style, over) {
  const isEllipsed = style.textOverflow === "ellipsis";
  const titled = titledOne(element);
  if (!isEllipsed) say(element, "is cut by " + round(over) + " px at the edge of " + name(frame));
  else if (!(titled && titled.title && (frame.contains(titled) || titled.contains(frame)))) say(element, "is cut by " + round(over) + " px and has no title");
  return null;
}

/** A long list gives a row its titles when the pointer comes to it. */
function titledOne(element) {
  element.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
  return element.closest("[title]");
}

const isClipped = (element) => styleOf(blockOf(element)).overflowX !== "visible";

function blockOf(element) {
  let one = element;
  while (["inline", "contents"].includes(styleOf(one).display)) one = one.parentElement;
  return one;
}

const cut = (box, frame) => ({
  left: Math.max(box.left, frame.left), right: Math.min(box.right, frame.right),
  top: Math.max(box.top, frame.top), bottom: Math.min(box.bottom, frame.bottom),
});

/** What stands over the page on purpose is compared with its like alone. */
function layerOf(element) {
  for (let one = element; one; one = one.parentElement) if (["fixed", "sticky"].includes(styleOf(one).position)) return one;
  return root;
}

function collide(one, other) {
  if (one.layer !== other.layer) return;
  for (const a of one.rects) {
    for (const b of other.rects) {
      const [width, height] = shared(a, b);
      if (width > TOLERANCE && height > 3 * TOLERANCE) return say(one.element, "is written over " + name(other.element));
    }
  }
}

// A thumb hits what it aims at. A row of chips without gaps may share its width among them.

function targets() {
  if (!touched) return;
  for (const element of all.filter(isPressed)) {
    const { width, height } = (element.closest("tr[data-trade-id], label") || element).getBoundingClientRect();
    const isNarrow = width < (element.matches(".chips .chip") ? LEAST : THUMB - 0.5);
    if (isNarrow || height < THUMB - 0.5) say(element, "is " + round(width) + " × " + round(height) + " px, less than " + THUMB);
  }
}

const isPressed = (element) => element.matches("a[href], button, input, select, summary, textarea") && !isInSentence(element);

/** A link among words may be as high as its line. */
const isInSentence = (element) => element.matches("p a");

// The bar at the bottom covers nothing that cannot be scrolled away.

function bottom() {
  const bars = all.filter((element) => styleOf(element).position === "fixed" && isAtBottom(element.getBoundingClientRect()));
  const main = [...root.querySelectorAll("main")].find((one) => seenOnes.has(one));
  if (!bars.length || !main) return;
  const top = Math.min(...bars.map((bar) => bar.getBoundingClientRect().top));
  const { scrollX, scrollY } = window;
  window.scrollTo(0, document.scrollingElement.scrollHeight);
  const hidden = main.getBoundingClientRect().bottom - top;
  window.scrollTo(scrollX, scrollY);
  if (hidden > TOLERANCE) found.push("the last " + round(hidden) + " px of the page stay behind the bar at the bottom");
  for (const toast of root.querySelectorAll(".toast, .toast-more")) {
    const over = isSeen(toast) ? toast.getBoundingClientRect().bottom - top : 0;
    if (over > TOLERANCE) say(toast, "covers the bar at the bottom by " + round(over) + " px");
  }
}

const isAtBottom = (box) => box.bottom >= window.innerHeight - TOLERANCE && box.top > window.innerHeight / 2;

sideways();
overlaps();
texts();
targets();
bottom();
return [...new Set(found)];
