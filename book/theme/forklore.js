// What the pages do beyond being read: colours, contents on small screens, copying, the outline, and the search.
"use strict";

const root = document.documentElement;
const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};

// --- colours: as the system, light, dark ------------------------------------------------------------------------------

const themeButton = $(".theme");
const themes = { "": "as the system", light: "light", dark: "dark" };
const showTheme = () => {
  const now = `Colours: ${themes[root.dataset.theme || ""]}`;
  themeButton.setAttribute("aria-label", now);
  themeButton.title = now;
};
themeButton.addEventListener("click", () => {
  const order = Object.keys(themes);
  const next = order[(order.indexOf(root.dataset.theme || "") + 1) % order.length];
  if (next) root.dataset.theme = next; else delete root.dataset.theme;
  try { next ? localStorage.setItem("forklore-theme", next) : localStorage.removeItem("forklore-theme"); } catch (e) { /* not kept */ }
  showTheme();
});
showTheme();

// --- contents ---------------------------------------------------------------------------------------------------------

const contents = $("#contents"), menu = $(".menu");
const openContents = (open) => {
  contents.classList.toggle("open", open);
  menu.setAttribute("aria-expanded", open);
};
menu.addEventListener("click", () => {
  openContents(!contents.classList.contains("open"));
  if (contents.classList.contains("open")) ($("[aria-current]", contents) || $("a", contents)).focus();
});
document.addEventListener("click", (event) => {
  if (contents.classList.contains("open") && !contents.contains(event.target) && !menu.contains(event.target)) openContents(false);
});
const current = $("[aria-current]", contents);
if (current) contents.scrollTop = Math.max(0, current.offsetTop - contents.clientHeight / 2);

// --- copying ----------------------------------------------------------------------------------------------------------

const said = make("div", { className: "said" });
said.setAttribute("aria-live", "polite");
document.body.append(said);

// A transcript is copied without its prompts and answers: what you would type.
const textOf = (pre) => pre.closest(".session") ? $$(".in", pre).map((e) => e.textContent).join("\n") : pre.textContent.replace(/\n$/, "");
const copyText = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch (e) {
    // Pages opened from a file may have no clipboard of that kind.
    const area = make("textarea", { value: text });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
};
for (const block of $$(".listing, .session, .code:not(.file)")) {
  const pre = $("pre", block);
  const button = make("button", { type: "button", className: "copy", textContent: "Copy" });
  button.setAttribute("aria-label", block.matches(".session") ? "Copy the commands" : "Copy the code");
  button.addEventListener("click", async () => {
    await copyText(textOf(pre));
    button.textContent = "Copied";
    said.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 1500);
  });
  block.append(button);
}

// --- outline: where in the page the reader is -------------------------------------------------------------------------

const outline = $$(".outline a");
if (outline.length) {
  // Beside the text it is open; above the text, on narrower screens, it waits to be asked.
  const wide = matchMedia("(min-width: 84rem)");
  const unfold = () => { $(".outline").open = wide.matches; };
  wide.addEventListener("change", unfold);
  unfold();
  const targets = outline.map((a) => document.getElementById(decodeURIComponent(a.hash.slice(1))));
  const follow = () => {
    let here = 0;
    targets.forEach((t, i) => { if (t && t.getBoundingClientRect().top < innerHeight * 0.3) here = i; });
    outline.forEach((a, i) => a.classList.toggle("here", i === here));
  };
  let asked = false;
  addEventListener("scroll", () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; follow(); });
  }, { passive: true });
  follow();
}

// --- search -----------------------------------------------------------------------------------------------------------

const form = $(".search"), input = $(".search input"), hits = $("#hits");
let index = null, loading = null, chosen = -1;

const fold = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
// fold() must keep the length of a text, or the places found in it would shift.
const foldKeeping = (text) => { const f = fold(text); return f.length === text.length ? f : text.toLowerCase(); };
const escapeRe = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

// The index is a script, since a page opened from a file may load scripts but not fetch data.
window.forkloreSearchIndex = (data) => {
  index = {
    sections: data.sections.map(([url, page, heading, text]) =>
      ({ url, page, heading, text, inPage: foldKeeping(page), inHeading: foldKeeping(heading), inText: foldKeeping(text) })),
    names: data.names.map(([url, full, kind, brief]) =>
      ({ url, full, kind, brief, short: foldKeeping(full.split(/::|\//).pop()), inFull: foldKeeping(full), inBrief: foldKeeping(brief) })),
  };
};
const loadIndex = () => loading || (loading = new Promise((done) => {
  const script = make("script", { src: "search-index.js" });
  script.onload = done;
  document.head.append(script);
}));

const termsOf = (query) => fold(query).split(/\s+/).filter(Boolean);

// How well a term stands in a text: as a word of its own, at the beginning of one, or anywhere.
const weigh = (term, text) => {
  const at = text.indexOf(term);
  if (at < 0) return 0;
  if (new RegExp(`(?<![\\p{L}\\p{N}_])${escapeRe(term)}(?![\\p{L}\\p{N}_])`, "u").test(text)) return 3;
  return new RegExp(`(?<![\\p{L}\\p{N}_])${escapeRe(term)}`, "u").test(text) ? 2 : 1;
};

const find = (query) => {
  const terms = termsOf(query), phrase = fold(query).trim();
  if (!terms.length || !index) return [];
  const found = [];
  for (const s of index.sections) {
    let score = 0;
    for (const term of terms) {
      const times = Math.min(5, s.inText.split(term).length - 1);
      const one = 8 * weigh(term, s.inHeading) + 4 * weigh(term, s.inPage) + (times ? 2 * weigh(term, s.inText) + times : 0);
      if (!one) { score = 0; break; }
      score += one;
    }
    // A page's name alone is no find in each of its sections.
    if (score && s.heading && !terms.some((t) => s.inHeading.includes(t) || s.inText.includes(t))) score = 0;
    if (score && terms.length > 1 && s.inText.includes(phrase)) score += 12;
    if (score) found.push({ ...s, score, title: s.heading || s.page, place: s.heading ? s.page : "" });
  }
  for (const n of index.names) {
    let score = 0;
    for (const term of terms) {
      const one = (n.short === term ? 40 : 6 * weigh(term, n.short)) + 2 * weigh(term, n.inFull) + weigh(term, n.inBrief);
      if (!one) { score = 0; break; }
      score += one;
    }
    if (score) found.push({ ...n, score, title: n.full, place: n.kind, text: n.brief, inText: n.inBrief, isName: true });
  }
  return found.sort((a, b) => b.score - a.score);
};

// The text with the terms marked; long texts are cut to the surroundings of the first place found.
const marked = (text, folded, terms, room = 0) => {
  const pattern = new RegExp(terms.map(escapeRe).sort((a, b) => b.length - a.length).join("|"), "g");
  let begin = 0, end = text.length;
  if (room && text.length > room) {
    const first = Math.max(0, folded.search(pattern));
    begin = Math.max(0, first - Math.floor(room / 4));
    if (begin) begin = text.indexOf(" ", begin) + 1 || begin;
    end = Math.min(text.length, begin + room);
  }
  const out = [begin ? "… " : ""];
  let at = begin;
  for (const match of folded.slice(begin, end).matchAll(pattern)) {
    out.push(text.slice(at, begin + match.index), make("mark", { textContent: text.slice(begin + match.index, begin + match.index + match[0].length) }));
    at = begin + match.index + match[0].length;
  }
  out.push(text.slice(at, end), end < text.length ? " …" : "");
  return out;
};

const hitElement = (hit, query, room) => {
  const terms = termsOf(query), [page, anchor] = hit.url.split("#");
  const link = make("a", { className: "hit", href: hit.isName ? hit.url : `${page}?q=${encodeURIComponent(query)}${anchor ? "#" + anchor : ""}` },
    make(hit.isName ? "code" : "b", {}, ...marked(hit.title, foldKeeping(hit.title), terms)), " ",
    make("span", { className: "place", textContent: hit.place }));
  if (hit.text) link.append(make("p", {}, ...marked(hit.text, hit.inText, terms, room)));
  return link;
};

const choose = (n) => {
  const all = $$(".hit", hits);
  chosen = all.length ? (n + all.length + 1) % (all.length + 1) : -1;
  if (chosen === all.length) chosen = -1;
  all.forEach((hit, i) => hit.setAttribute("aria-selected", i === chosen));
  if (chosen >= 0) {
    all[chosen].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", all[chosen].id);
  } else {
    input.removeAttribute("aria-activedescendant");
  }
};
const closeHits = () => {
  hits.hidden = true;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
  chosen = -1;
};
const showHits = async () => {
  const query = input.value;
  if (!query.trim()) return closeHits();
  await loadIndex();
  if (query !== input.value) return;
  const found = find(query).slice(0, 12);
  hits.replaceChildren(...found.map((hit, i) => {
    const element = hitElement(hit, query, 150);
    element.id = `hit-${i}`;
    element.setAttribute("role", "option");
    element.tabIndex = -1;
    return element;
  }));
  if (!found.length) hits.append(make("p", { className: "none", textContent: `Nothing in the book has “${query.trim()}”.` }));
  hits.hidden = false;
  input.setAttribute("aria-expanded", "true");
  choose(-1);
};
input.addEventListener("focus", () => { loadIndex(); if (input.value) showHits(); });
input.addEventListener("input", showHits);
input.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") { event.preventDefault(); hits.hidden ? showHits() : choose(chosen + 1); }
  else if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen < 0 ? $$(".hit", hits).length - 1 : chosen - 1); }
  else if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); $$(".hit", hits)[chosen].click(); closeHits(); }
  else if (event.key === "Escape" && !hits.hidden) { event.preventDefault(); event.stopPropagation(); closeHits(); }
});
form.addEventListener("focusout", (event) => { if (!form.contains(event.relatedTarget)) closeHits(); });
form.addEventListener("submit", (event) => { if (!input.value.trim()) event.preventDefault(); });

// --- keys -------------------------------------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if ((event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) ||
      (event.key === "k" && (event.ctrlKey || event.metaKey))) {
    event.preventDefault();
    input.focus();
    input.select();
  } else if (event.key === "Escape") {
    if (contents.classList.contains("open")) { openContents(false); menu.focus(); }
    else clearFound();
  }
});

// --- what was searched for, on the page that was found ----------------------------------------------------------------

let foundNote = null;
const clearFound = () => {
  if (!foundNote) return;
  for (const mark of $$("article mark")) mark.replaceWith(...mark.childNodes);
  foundNote.remove();
  foundNote = null;
};
const markFound = (query) => {
  const terms = termsOf(query), article = $("article");
  if (!terms.length) return;
  const pattern = new RegExp(terms.map(escapeRe).sort((a, b) => b.length - a.length).join("|"), "g");
  const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT, {
    acceptNode: (node) => node.parentElement.closest("svg, button, script") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT });
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  let count = 0;
  for (const node of nodes) {
    const text = node.data, folded = foldKeeping(text);
    if (folded.search(pattern) < 0) continue;
    const out = [];
    let at = 0;
    for (const match of folded.matchAll(pattern)) {
      out.push(text.slice(at, match.index), make("mark", { textContent: text.slice(match.index, match.index + match[0].length) }));
      at = match.index + match[0].length;
      count++;
    }
    node.replaceWith(...out, text.slice(at));
  }
  if (!count) return;
  const clear = make("button", { type: "button", textContent: "Clear" });
  clear.addEventListener("click", clearFound);
  foundNote = make("div", { className: "found" }, `${count} × “${query.trim()}” on this page`, clear);
  foundNote.setAttribute("role", "status");
  document.body.append(foundNote);
};

const query = new URLSearchParams(location.search).get("q");
const results = $("#results");
if (results) {
  if (query && query.trim()) {
    input.value = query;
    loadIndex().then(() => {
      const found = find(query);
      results.replaceChildren(
        make("p", { textContent: found.length ? `${found.length} places for “${query.trim()}”` : `Nothing in the book has “${query.trim()}”.` }),
        ...found.slice(0, 100).map((hit) => hitElement(hit, query, 260)));
    });
  } else {
    results.replaceChildren(make("p", { textContent: "Type what you look for into the field above." }));
  }
} else if (query) {
  markFound(query);
  // The marks may have moved the place that the address names.
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}
