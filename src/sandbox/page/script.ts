/**
 * The script of the page. It puts what it is told into the page as text only, never as HTML. It holds no backslash and
 * no template, so that it reads here as it runs.
 */
export const SCRIPT = `
"use strict";
const $ = (id) => document.getElementById(id);
const make = (tag, className, text) => {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
};
const number = (value) => value.toLocaleString("en");
const words = (status) => status[0] + status.slice(1).toLowerCase().replaceAll("_", " ");
const MOST = 200;
const rows = $("rows");
let total = 0, held, unsaid = 0, last;

function row(r, fresh) {
  const tr = make("tr", (r.method === "GET" ? "read" : "write") + (r.status > 0 && r.status < 400 ? " good" : "") + (fresh ? " new" : ""));
  const time = make("td", "time", new Date(r.time).toLocaleTimeString([], { hour12: false }));
  time.title = r.time + ", request " + r.id;
  const what = make("td", "");
  what.append(make("bdi", "path", r.path));
  if (r.fault !== undefined) what.append(make("span", "fault", "fault: " + r.fault));
  if (r.query.length > 0) {
    const query = make("span", "query");
    r.query.forEach(([name, value], i) => query.append(i ? "  " : "", make("b", "", name), "=", make("bdi", "", value)));
    what.append(query);
  }
  if (r.login !== undefined) what.append(make("bdi", "who", r.login));
  const code = make("td", "num");
  code.append(make("span", "code s" + Math.floor(r.status / 100), r.status || "cut"));
  tr.append(time, make("td", "method " + r.method, r.method), what, code, make("td", "num", r.ms.toFixed(r.ms < 100 ? 1 : 0)));
  return tr;
}

function count() {
  $("total").textContent = number(total);
  $("empty").hidden = rows.childElementCount > 0;
  $("table").hidden = rows.childElementCount === 0;
}

function add(r) {
  total += 1;
  rows.prepend(row(r, true));
  while (rows.childElementCount > MOST) rows.lastElementChild.remove();
  count();
  unsaid += 1;
  last = r;
}

function showOrg(org) {
  $("people").textContent = number(org.total);
  const ahead = $("ahead"), days = org.aheadSeconds / 86400;
  ahead.hidden = org.aheadSeconds === 0;
  ahead.textContent = "clock " + (days >= 1 ? "+" + number(Math.round(days * 10) / 10) + " days" : "+" + number(org.aheadSeconds) + " s");
  $("bar").replaceChildren(...org.statuses.filter((s) => s.count > 0).map((s) => {
    const part = make("span", s.name);
    part.style.flexGrow = s.count;
    return part;
  }));
  $("statuses").replaceChildren(...org.statuses.map((s) => {
    const item = make("li", s.count ? "" : "none");
    item.dataset.status = s.name;
    item.append(make("span", "dot " + s.name), make("span", "", words(s.name)), make("span", "num", number(s.count)));
    return item;
  }));
  $("newest").replaceChildren(...org.newest.map((user) => {
    const item = make("li", ""), person = make("div", "person"), dot = make("span", "dot " + user.status);
    const about = make("small", "");
    about.append(make("bdi", "", user.login), make("br", ""), words(user.status) + ", created " + new Date(user.created).toLocaleDateString());
    person.append(make("bdi", "", user.name), about);
    item.append(dot, person);
    return item;
  }));
  const most = Math.max(1, ...org.groups.map((group) => group.members));
  $("groups").replaceChildren(...org.groups.map((group) => {
    const item = make("li", "group"), bar = make("i", "");
    bar.style.width = (100 * group.members) / most + "%";
    item.append(make("bdi", "", group.name), make("span", "num", number(group.members)), bar);
    return item;
  }));
  $("more").hidden = org.moreGroups === 0;
  $("more").textContent = "and " + number(org.moreGroups) + " more";
}

function state(className, text) {
  $("state").className = "pill " + className;
  $("state").textContent = text;
}

function listen() {
  const source = new EventSource("/events");
  source.onopen = () => state("on", "Live");
  source.onerror = () => {
    state("off", "Reconnecting");
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
  };
  source.addEventListener("org", (event) => showOrg(JSON.parse(event.data)));
  source.addEventListener("recent", (event) => {
    const recent = JSON.parse(event.data);
    total = recent.total;
    rows.replaceChildren(...recent.requests.reverse().map((r) => row(r, false)));
    if (held) held = [];
    count();
  });
  source.addEventListener("request", (event) => {
    const r = JSON.parse(event.data);
    if (!held) return add(r);
    held.push(r);
    if (held.length > MOST) held.shift();
    $("pause").textContent = "Resume (" + held.length + ")";
  });
}

$("pause").onclick = () => {
  if (held) held.splice(0).forEach(add);
  held = held ? undefined : [];
  $("pause").textContent = held ? "Resume" : "Pause";
};
$("clear").onclick = () => {
  rows.replaceChildren();
  count();
};
for (const button of document.querySelectorAll("[data-filter]")) {
  button.onclick = () => {
    for (const other of document.querySelectorAll("[data-filter]")) other.setAttribute("aria-pressed", other === button);
    rows.dataset.show = button.dataset.filter;
  };
}
// Whoever listens to the page hears of a burst of requests once.
setInterval(() => {
  if (unsaid === 0) return;
  $("say").textContent = (unsaid === 1 ? "One request" : unsaid + " requests") + ". Last: " + last.method + " " + last.path + ", " + (last.status || "cut");
  unsaid = 0;
}, 3000);
$("where").textContent = location.host;
listen();
`;
