"use strict";
// The page of the explorer. The server sends a snapshot a second (`events`); each is drawn over the one before, so that what the
// reader has opened or focused stays as it is.

const by_id = (id) => document.getElementById(id);

// ---- what values look like

const number = new Intl.NumberFormat("en");
const bytes = (n) => {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let unit = 0;
    for (; n >= 1024 && unit < units.length - 1; ++unit) n /= 1024;
    return `${n < 10 && unit ? n.toFixed(1) : Math.round(n)} ${units[unit]}`;
};
const span = (seconds) => {
    const s = Math.max(0, Math.floor(seconds));
    if (s < 60) return `${s} s`;
    if (s < 3600) return `${Math.floor(s / 60)} min`;
    if (s < 86400) return `${Math.floor(s / 3600)} h ${String(Math.floor(s / 60) % 60).padStart(2, "0")}`;
    return `${Math.floor(s / 86400)} d`;
};
const milliseconds = (ms) => (ms < 1000 ? `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString("en-GB");
const count = (n, one, many = one + "s") => `${number.format(n)} ${n === 1 ? one : many}`;

// ---- drawing

function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
}
function say(node, text) {
    if (node.textContent !== text) node.textContent = text;
}
function mark(node, name, value) {
    if (value === null || value === undefined || value === "") node.removeAttribute(name);
    else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

// Makes the parent's children those of the items, in their order: what was there for an item's key is kept.
function list(parent, items, key, make, fill) {
    const known = (parent.known ??= new Map());
    const left = new Set(known.keys());
    let at = parent.firstElementChild;
    items.forEach((item, index) => {
        const name = key(item);
        left.delete(name);
        let node = known.get(name);
        if (!node) known.set(name, (node = make(item)));
        if (node === at) at = at.nextElementSibling;
        else parent.insertBefore(node, at);
        fill(node, item, index);
    });
    for (const name of left) {
        const gone = known.get(name);
        known.delete(name);
        leave(gone);
        gone.remove();
    }
}

// The rows of a table; each column is a function from an item to a text, or to [text, class, title].
function table(body, items, key, columns, none) {
    body.parentElement.hidden = items.length === 0;
    const wide = body.closest(".wide");
    if (items.length === 0) {
        wide.message ??= wide.appendChild(element("p", { class: "sum none" }, none));
        wide.message.hidden = false;
        return;
    }
    if (wide.message) wide.message.hidden = true;
    list(body, items, key,
        () => element("tr", {}, ...columns.map((_, i) => element("td", i ? { class: "number" } : {}))),
        (row, item) => columns.forEach((column, i) => {
            const [text, kind = "", title] = [column(item)].flat();
            say(row.cells[i], text);
            mark(row.cells[i], "class", `${i ? "number" : ""} ${kind}`.trim());
            mark(row.cells[i], "title", title);
        }));
}

// ---- the tree

const tree = by_id("tree");

function tree_item(level, label, opens) {
    const item = element("li", { role: "treeitem", "aria-level": level, tabindex: "-1" }, label);
    if (opens) {
        item.setAttribute("aria-expanded", "false");
        item.append(element("ul", { role: "group", hidden: "" }));
    }
    return item;
}
function process_item(process, level) {
    const item = tree_item(level, element("div", { class: "row" },
        ...["pid", "title", "state", "wait", "since"].map((name) => element("span", { class: name }))), true);
    if (tree.drawn) item.classList.add("come");
    item.dataset.pid = process.pid;
    return item;
}
const label_of = (item) => item.firstElementChild;
const group_of = (item) => item.querySelector(':scope > [role="group"]');
const parent_of = (item) => item.parentElement.closest('[role="treeitem"]');
const is_open = (item) => item.getAttribute("aria-expanded") === "true";
const in_sight = () => [...tree.querySelectorAll('[role="treeitem"]')].filter((item) => item.closest("[hidden]") === null);

function open_item(item, open) {
    if (!item.hasAttribute("aria-expanded")) return;
    item.setAttribute("aria-expanded", String(open));
    group_of(item).hidden = !open;
    if (open && item.facts) draw_facts(item);
    if (!open && item.contains(tree.current)) go_to(item, item.contains(document.activeElement));
}
function go_to(item, focus = true) {
    tree.current?.setAttribute("tabindex", "-1");
    tree.current = item;
    item.setAttribute("tabindex", "0");
    if (focus) item.focus();
}
// A node is about to be taken away: who stood on it stands on what is nearest.
function leave(node) {
    if (!tree.contains(node) || !tree.current || !node.contains(tree.current)) return;
    const next = node.nextElementSibling ?? node.previousElementSibling ?? parent_of(node);
    if (next) go_to(next, node.contains(document.activeElement));
}
tree.addEventListener("keydown", (event) => {
    const item = event.target.closest('[role="treeitem"]');
    if (!item || event.altKey || event.ctrlKey || event.metaKey) return;
    const all = in_sight();
    const here = all.indexOf(item);
    const opens = item.hasAttribute("aria-expanded");
    const steps = {
        ArrowDown: () => all[here + 1],
        ArrowUp: () => all[here - 1],
        Home: () => all[0],
        End: () => all[all.length - 1],
        ArrowRight: () => (opens && is_open(item) ? group_of(item).firstElementChild : void open_item(item, true)),
        ArrowLeft: () => (opens && is_open(item) ? void open_item(item, false) : parent_of(item)),
        Enter: () => void open_item(item, !is_open(item)),
        " ": () => void open_item(item, !is_open(item)),
    };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const next = steps[event.key]();
    if (next) go_to(next);
});
tree.addEventListener("click", (event) => {
    const item = event.target.closest('[role="treeitem"]');
    if (!item || getSelection().toString() !== "") return;
    go_to(item);
    if (event.target.closest(".row")) open_item(item, !is_open(item));
});

function draw_process(item, process) {
    const [pid, title, state, wait] = label_of(item).children;
    say(pid, process.pid);
    say(title, process.title ?? "");
    mark(title, "title", process.title);
    say(state, process.state ?? "");
    mark(state, "data-state", process.state);
    mark(state, "title", process.state);
    say(wait, process.wait ?? "");
    mark(wait, "data-class", process.wait_type);
    mark(wait, "title", process.wait && `${process.wait_type}: ${process.wait}`);
    item.since = Number(process.changed ?? process.started);
    mark(item, "aria-label", [process.title, `pid ${process.pid}`, process.state, process.wait && `waits for ${process.wait}`].filter(Boolean).join(", "));
    if (process.pid === seen.server.pid) return;  // below the postmaster are its children
    item.facts = facts(process);
    if (is_open(item)) draw_facts(item);
}

// What a process's item shows when it is open: [name, text, whether it is code].
function facts(process) {
    const out = [];
    const add = (name, text, code = false) => void (text && out.push([name, text, code]));
    add("kind", process.type);
    add("began", process.started && `${clock(process.started)}`);
    add("serves", [process.role, process.database].filter(Boolean).join(" in "));
    add("client", process.type === "client backend" && [process.application, process.address ? `from ${process.address}, port ${process.port}` : "on a Unix socket"].filter(Boolean).join(", "));
    add("waits for", process.wait && `${process.wait_type}: ${process.wait}`);
    add("transaction", process.xact && `since ${clock(process.xact)}`);
    add(process.state === "active" ? "statement" : "last statement", process.query, true);
    const listener = seen.listeners.find((one) => one.pid === process.pid);
    add("listens", listener && `to ${count(Number(listener.channels), "channel")}, ${bytes(Number(listener.lag))} unread`);
    for (const line of seen.log.filter((one) => one.pid === process.pid)) add("log", `${clock(line.time)}  ${line.severity}:  ${line.message}`, true);
    return out;
}
function draw_facts(item) {
    list(group_of(item), item.facts.map((fact, i) => [...fact, i]), ([name, , , i]) => `${name} ${i}`,
        () => tree_item(Number(item.getAttribute("aria-level")) + 1, element("div", { class: "fact" }, element("span"), element("span")), false),
        (node, [name, text, code]) => {
            const [left, right] = label_of(node).children;
            say(left, name);
            say(right, text);
            mark(right, "class", code ? "mono" : "");
        });
}

function draw_tree() {
    const { server } = seen;
    const root_process = { pid: server.pid, title: server.title, started: server.started, type: "postmaster" };
    list(tree, [root_process], (one) => one.pid, (one) => {
        const root = process_item(one, 1);
        open_item(root, true);
        return root;
    }, (root, one) => {
        draw_process(root, one);
        list(group_of(root), seen.processes, (process) => `${process.pid} ${process.started}`, (process) => process_item(process, 2), draw_process);
    });
    if (!tree.current || !tree.contains(tree.current)) go_to(tree.firstElementChild, false);
    tree.drawn = true;
}

// ---- the other parts

function draw_figures() {
    const { server, processes, memory, channels } = seen;
    const clients = processes.filter((one) => one.type === "client backend");
    const total = memory.reduce((sum, one) => sum + Number(one.allocated), 0);
    const free = memory.filter((one) => one.name === null).reduce((sum, one) => sum + Number(one.allocated), 0);
    const figures = [
        ["clients", number.format(clients.length), `of ${server.max_connections}`],
        ["at work", number.format(clients.filter((one) => one.state === "active").length), ""],
        ["wait for a lock", number.format(processes.filter((one) => /Lock$/.test(one.wait_type ?? "")).length), ""],
        ["helpers and workers", number.format(processes.length - clients.length), ""],
        ["shared memory", `${total > 0 ? Math.round(((total - free) / total) * 100) : 0} %`, `of ${bytes(total)}`],
        ["notifications", number.format(Math.round(channels.reduce((sum, one) => sum + one.rate, 0))), "a second"],
    ];
    list(by_id("figures"), figures, ([name]) => name,
        ([name]) => element("div", {}, element("dt", {}, name), element("dd", {}, element("span"), " ", element("small"))),
        (node, [, value, unit]) => {
            say(node.querySelector("span"), value);
            say(node.querySelector("small"), unit);
        });
}

function draw_memory() {
    const pieces = seen.memory.filter((one) => Number(one.allocated) > 0).sort((a, b) => Number(a.off ?? Infinity) - Number(b.off ?? Infinity));
    const total = pieces.reduce((sum, one) => sum + Number(one.allocated), 0);
    const name = (one) => (one.name === null ? "free" : one.name === "<anonymous>" ? "the directory of names" : one.name);
    // What belongs to one structure ("Notify Channels: locks", "Notify Channels: entries") has one tint.
    let family = null, tint = 0;
    for (const one of pieces) {
        const its = name(one).split(":")[0];
        if (its !== family) tint = (tint + 1) % 3;
        [family, one.tint] = [its, tint];
    }
    const paint = (node, one) => {
        node.style.setProperty("--tint", one.tint);
        node.classList.toggle("free", one.name === null);
    };
    list(by_id("map"), pieces, name, () => element("span"), (node, one) => {
        const share = Number(one.allocated) / total;
        node.style.setProperty("flex", `${share} 1 0`);
        node.classList.toggle("thin", share < 0.16);
        paint(node, one);
        say(node, name(one));
        mark(node, "title", `${name(one)}: ${bytes(Number(one.allocated))}`);
    });
    const free = pieces.filter((one) => one.name === null).reduce((sum, one) => sum + Number(one.allocated), 0);
    say(by_id("memory-sum"), `${bytes(total)} in ${count(pieces.filter((one) => one.off !== null).length, "structure")}, ${bytes(free)} free`);
    table(by_id("structures"), pieces, name, [
        (one) => name(one),
        (one) => [one.off === null ? "" : number.format(one.off), "soft"],
        (one) => [bytes(Number(one.allocated)), "", `${number.format(one.size)} bytes`],
    ], "nothing yet");
    for (const [i, row] of [...by_id("structures").rows].entries()) {
        row.swatch ??= element("span", { class: "swatch" });
        if (!row.swatch.isConnected) row.cells[0].prepend(row.swatch);
        paint(row.swatch, pieces[i]);
    }
}

function draw_locks() {
    by_id("locks-off").hidden = seen.server.track_lwlocks === "on";
    table(by_id("tranches"), seen.locks, (one) => one.tranche, [
        (one) => one.tranche + (one.locks > 1 ? ` × ${one.locks}` : ""),
        (one) => number.format(one.shared),
        (one) => number.format(one.exclusive),
        (one) => [number.format(one.waits), one.waiting > 0 ? "hot" : ""],
        (one) => [milliseconds(Number(one.waited)), one.waiting > 0 ? "hot" : ""],
    ], "No locks are listed.");
}

function draw_notifications() {
    const used = Number(seen.server.queue);
    by_id("queue").value = used;
    say(by_id("queue-sum"), `${(used * 100).toFixed(used > 0 && used < 0.1 ? 1 : 0)} % full`);
    const listeners = seen.listeners.length;
    table(by_id("channels"), seen.channels, (one) => `${one.database} ${one.channel}`, [
        (one) => [one.channel, "", `in database ${one.database}`],
        (one) => number.format(one.listeners),
        (one) => number.format(one.sent),
        (one) => number.format(one.delivered),
        (one) => [number.format(Math.round(one.rate)), one.rate > 0 ? "hot" : "soft"],
    ], "Nobody listens to any channel just now.");
    table(by_id("listeners"), seen.listeners, (one) => one.pid, [
        (one) => one.pid,
        (one) => number.format(one.channels),
        (one) => number.format(one.delivered),
        (one) => [bytes(Number(one.lag)), Number(one.lag) > 0 ? "hot" : "soft"],
    ], "");
    by_id("listeners").closest(".wide").hidden = listeners === 0;
}

function draw_log() {
    const bad = new Set(["WARNING", "ERROR", "FATAL", "PANIC"]);
    list(by_id("line-list"), seen.log, (line) => `${line.pid} ${line.line} ${line.time}`,
        () => element("li", {}, element("time"), element("span", { class: "pid-of" }), element("span", { class: "severity" }), element("span", { class: "text" })),
        (node, line) => {
            const [time, pid, severity, text] = node.children;
            say(time, clock(line.time));
            say(pid, line.pid);
            say(severity, line.severity);
            mark(severity, "data-bad", bad.has(line.severity) ? "yes" : null);
            say(text, line.message);
        });
}

// ---- snapshots

let seen = null;

// A snapshot as it comes: for each part its columns and rows, all values texts.
function take(message) {
    const before = seen;
    seen = { at: Date.now() / 1000 };
    for (const [part, { columns, rows }] of Object.entries(message))
        seen[part] = rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
    seen.server = seen.server[0];
    seen.log.sort((a, b) => b.time - a.time || b.line - a.line);
    seen.ahead = Number(seen.server.now) - seen.at;  // the server's clock and ours
    const passed = before ? Number(seen.server.now) - Number(before.server.now) : 0;
    const rates = (part, key, from, to) => {
        const old = new Map((before?.[part] ?? []).map((one) => [key(one), Number(one[from])]));
        for (const one of seen[part]) one[to] = passed > 0 && old.has(key(one)) ? Math.max(0, Number(one[from]) - old.get(key(one))) / passed : 0;
    };
    rates("channels", (one) => `${one.database} ${one.channel}`, "sent", "rate");
    rates("locks", (one) => one.tranche, "waits", "waiting");
    draw();
}

function draw() {
    const { server } = seen;
    say(by_id("server"), `version ${server.version}, port ${server.port}, up for ${span(Number(server.now) - Number(server.started))}`);
    draw_tree();
    draw_ages();
    draw_figures();
    draw_log();
    draw_memory();
    draw_locks();
    draw_notifications();
}
function draw_ages() {
    const now = Date.now() / 1000 + seen.ahead;
    for (const item of tree.querySelectorAll("[data-pid]")) say(label_of(item).lastElementChild, span(now - item.since));
}

// ---- the link to the server: open while somebody looks

let link = null;
let paused = false;

function show_link(state, text) {
    mark(by_id("link"), "data-link", state);
    say(by_id("link"), text);
}
function watch() {
    const wanted = !paused && !document.hidden;
    if (wanted === (link !== null)) return;
    if (!wanted) {
        link.close();
        link = null;
        show_link("paused", "paused");
        return;
    }
    show_link("waiting", "connecting");
    link = new EventSource("events");
    link.addEventListener("snapshot", (event) => {
        show_link("live", "live");
        take(JSON.parse(event.data));
    });
    link.addEventListener("error", () => {
        show_link("waiting", "the server is away; trying again");
        // The browser tries again by itself, unless it was told that there is nothing here.
        if (link?.readyState !== EventSource.CLOSED) return;
        link = null;
        setTimeout(watch, 1000);
    });
}
by_id("pause").addEventListener("click", () => {
    paused = !paused;
    by_id("pause").setAttribute("aria-pressed", String(paused));
    watch();
});
document.addEventListener("visibilitychange", watch);
watch();
