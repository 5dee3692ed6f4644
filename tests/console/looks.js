// What a page is asked while a browser stands on it. Each question answers with its faults, one sentence each: none is well.
window.looks = (() => {
  const CONTROLS = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  const SHAPES = "svg :is(rect, path, line, circle, polyline, polygon):not(.grid)";
  const CONTRAST = 3; // WCAG 1.4.11
  const SPACED = `* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
    p { margin-bottom: 2em !important }`; // WCAG 1.4.12
  const DATE = /(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])/g;
  const FEW_ROWS = "tbody tr:nth-child(n + 4) { display: none }";

  const all = (selector) => [...document.querySelectorAll(selector)];
  const seen = (each) => each.checkVisibility({ visibilityProperty: true });
  const brief = (each) => each.outerHTML.replace(/\s+/g, " ").slice(0, 120);

  function styled(text) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    document.adoptedStyleSheets = [sheet];
  }

  // --- nothing runs over, is cut or lies over something else

  /** Every line of text and every control, as {what, left, right, top, bottom}. */
  function boxes() {
    const found = [], add = (what, rect) => rect.width > 1 && found.push({ what, ...rect.toJSON() });
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode, around = text.parentElement;
      if (!text.data.trim() || around.closest(".unseen, .skip, button, select, textarea, script, svg") || !seen(around)) continue;
      const range = document.createRange(), scrolls = around.closest("pre")?.getBoundingClientRect();
      range.selectNodeContents(text);
      for (const rect of range.getClientRects()) if (!scrolls || rect.top < scrolls.bottom) add(text.data.trim().slice(0, 60), rect);
    }
    for (const each of all("button, input:not([type=hidden]), select, textarea")) if (seen(each)) add(brief(each), each.getBoundingClientRect());
    return found.sort((one, other) => one.top - other.top);
  }

  /** Dates of sentences that begin on one line and end on the next. */
  function torn() {
    const faults = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
    while (texts.nextNode()) {
      const text = texts.currentNode;
      if (text.parentElement.closest("pre, script, option") || !seen(text.parentElement)) continue;
      for (const date of text.data.matchAll(DATE)) {
        range.setStart(text, date.index);
        range.setEnd(text, date.index + date[0].length);
        if (new Set([...range.getClientRects()].map(({ top }) => top)).size > 1) faults.push(`torn: ${date[0]} in ${text.data.trim().slice(0, 80)}`);
      }
    }
    return faults;
  }

  function fits() {
    const faults = torn(), wide = document.documentElement.scrollWidth;
    if (wide > innerWidth) faults.push(`runs over: ${wide} pixels`);
    for (const each of all("body *:not(.unseen)")) {
      const hides = each.matches("button") || /hidden|clip/.test(getComputedStyle(each).overflow);
      if (hides && seen(each) && !each.closest("svg") && (each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1))
        faults.push(`cut: ${brief(each)}`);
    }
    const lines = boxes();
    lines.forEach((one, place) => {
      if (one.left < -1) faults.push(`cut at the left: ${one.what}`);
      for (const other of lines.slice(place + 1)) {
        if (other.top > one.bottom - 3) break;
        if (Math.min(one.right, other.right) - Math.max(one.left, other.left) > 2) faults.push(`overlap: ${one.what} / ${other.what}`);
      }
    });
    return faults;
  }

  // --- the keyboard

  let walked = [], wanted = [];

  /** One begins to press Tab: tables have few rows, and each stop is looked at as one leaves it. Gives how many to reach. */
  function begins() {
    styled(FEW_ROWS);
    walked = [];
    wanted = all(CONTROLS).filter((each) => !each.disabled && seen(each));
    addEventListener("keydown", stop, true);
    return wanted.length;
  }

  function stop() {
    const here = document.activeElement;
    if (here === document.body || walked.at(-1)?.here === here) return;
    const style = getComputedStyle(here), rect = here.getClientRects()[0];
    const shown = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const [left, right] = [Math.max(rect.left, 0), Math.min(rect.right, innerWidth)];
    const [top, bottom] = [Math.max(rect.top, 0), Math.min(rect.bottom, innerHeight)];
    const above = document.elementFromPoint((left + right) / 2, (top + bottom) / 2); // of what is in the window
    const covered = top >= bottom || left >= right || !(here.contains(above) || above?.contains(here));
    walked.push({ here, shown, covered, top: rect.top + scrollY, bottom: rect.bottom + scrollY });
  }

  /** Whether the stop is the last that there is to reach. */
  const over = () => document.activeElement === wanted.at(-1) || document.activeElement === document.body;

  function walk() {
    stop();
    removeEventListener("keydown", stop, true);
    const order = walked.map(({ here }) => here).filter((each) => each.id !== "main");
    const faults = wanted.filter((each) => !order.includes(each)).map((each) => `not reached: ${brief(each)}`);
    order.forEach((each, place) => { if (each !== wanted[place] && !faults.length) faults.push(`out of order: ${brief(each)}`); });
    walked.forEach(({ here, shown, covered, bottom }, place) => {
      if (here.id === "main") return;
      if (!shown) faults.push(`its focus is not seen: ${brief(here)}`);
      if (covered) faults.push(`hidden while it has the focus: ${brief(here)}`);
      const before = walked[place - 1];
      if (before && before.here.closest("main") && bottom <= before.top) faults.push(`one goes back up to it: ${brief(here)}`);
    });
    return faults;
  }

  // --- colours that the reader forces

  function bright(colour) {
    const parts = colour.match(/[\d.]+/g)?.map(Number);
    if (!parts || parts.length < 3 || parts[3] === 0) return null;
    const [red, green, blue] = parts.map((each) => { const part = each / 255; return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function forced() {
    const ground = bright(getComputedStyle(document.documentElement).backgroundColor);
    const stands = (colour) => { const own = bright(colour); return own !== null && (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05) >= CONTRAST; };
    const faults = ground === null ? ["no colour of the ground"] : [];
    for (const each of all(SHAPES).filter(seen)) {
      const { fill, stroke } = getComputedStyle(each);
      if (!stands(fill) && !stands(stroke)) faults.push(`vanishes: ${brief(each)}`);
    }
    for (const each of all(":is(.tag, .card, .band, button, .rule):not(:empty)").filter(seen)) {
      const { borderTopStyle, borderTopWidth, borderTopColor } = getComputedStyle(each);
      if (borderTopStyle === "none" || !parseFloat(borderTopWidth) || !stands(borderTopColor)) faults.push(`has no edge: ${brief(each)}`);
    }
    return faults;
  }

  // --- paper

  function printed() {
    const faults = all("nav, button, header form, .filter, .skip, .files").filter(seen).map((each) => `on paper: ${brief(each)}`);
    for (const each of all("body *:not(.unseen, thead, tbody, tr, th, td, td *, svg *)").filter(seen)) {
      const { right } = each.getBoundingClientRect();
      if (right > innerWidth + 1) faults.push(`cut on paper: ${Math.round(right)} pixels: ${brief(each)}`);
    }
    for (const each of all("pre")) if (each.scrollHeight > each.clientHeight + 1) faults.push(`cut on paper: ${brief(each)}`);
    for (const each of all("thead")) if (getComputedStyle(each).display !== "table-header-group") faults.push(`not repeated: ${brief(each)}`);
    if (!all("h1, .place code").every(seen)) faults.push("no heading or no place of the journal");
    return faults;
  }

  return { fits, begins, over, walk, forced, printed, spaced: (on) => styled(on ? SPACED : "") };
})();
