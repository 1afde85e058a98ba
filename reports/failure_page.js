// Walks through the history. The page says everything that matters without this.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const run = JSON.parse($("run").textContent);
  const items = [...document.querySelectorAll(".rows li.s")];
  const links = items.map((item) => item.firstElementChild);
  const panel = $("panel");
  const body = $("step");
  let here = -1;
  let only = false;

  const make = (name, text, css) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (css) element.className = css;
    return element;
  };
  const add = (parent, ...children) => (parent.append(...children), parent);
  const texts = (item, css) => [...item.querySelectorAll(css)].map((each) => each.textContent);

  // What is so once the first `count` rows have happened.
  const worldAfter = (count) => {
    const world = { jobs: new Map(), owners: new Map(), beliefs: new Map(), over: new Set() };
    for (const row of run.r.slice(0, count)) {
      if (!row) continue;
      for (const [job, record] of row.c || []) {
        const before = world.jobs.get(job);
        if (!before || !record || before[run.lease] !== record[run.lease]) world.over.delete(job);
        world.jobs.set(job, record);
      }
      for (const [job, worker, attempt] of row.o || []) {
        world.owners.set(job, worker < 0 ? null : { worker, attempt });
        world.over.delete(job);
      }
      for (const [worker, job, attempt] of row.h || []) {
        const key = worker + " " + job;
        if (attempt < 0) world.beliefs.delete(key);
        else world.beliefs.set(key, { worker, job, attempt });
      }
      for (const job of row.l || []) world.over.add(job);
    }
    return world;
  };

  const cell = (value) =>
    value === null || value === undefined ? make("td", "null", "null") : make("td", value);
  const table = (caption, heads) => {
    const head = make("tr");
    for (const each of heads) {
      const th = make("th", each);
      th.scope = "col";
      head.append(th);
    }
    const element = make("table");
    element.append(make("caption", caption, "unseen"), add(make("thead"), head), make("tbody"));
    return element;
  };
  const rowOf = (name, cells, css) => {
    const th = make("th", name);
    th.scope = "row";
    return add(make("tr", undefined, css), th, ...cells);
  };

  const showStatement = (row) => {
    const statement = run.q[row.q];
    const source = $("sql" + row.q);
    if (source) {
      body.append(make("h3", "The SQL, as it is written"));
      const figure = make("figure");
      const caption = make("figcaption");
      caption.append(make("strong", statement.n), make("code", statement.w, "soft"));
      figure.append(caption, source.querySelector("pre").cloneNode(true));
      body.append(figure);
    }
    if (!row.b || !row.b.length) return;
    body.append(make("h3", "What its parameters were bound to"));
    const values = table("Bound values", ["parameter", "value"]);
    row.b.forEach((value, i) => {
      const token = statement.t && statement.t.includes(i);
      const name = statement.p[i] + (token ? " (the lease's token)" : "");
      values.tBodies[0].append(rowOf(name, [cell(value)]));
    });
    body.append(values);
  };

  const showJobs = (before, after, row) => {
    const touched = new Set((row && row.c ? row.c : []).map(([job]) => job));
    const shown = [...after.jobs.keys()].filter((job) => job === run.job || touched.has(job));
    for (const job of shown) {
      const name = "Job " + run.j[job];
      const then = before.jobs.get(job);
      const now = after.jobs.get(job);
      body.append(make("h3", name + ", before and after"));
      const state = table(name, ["", "before", "after"]);
      let differences = 0;
      run.f.forEach((field, i) => {
        const [a, b] = [then ? then[i] : null, now ? now[i] : null];
        if ((a === null || a === undefined) && (b === null || b === undefined)) return;
        const differs = (a ?? null) !== (b ?? null);
        differences += differs ? 1 : 0;
        state.tBodies[0].append(rowOf(field, [cell(a), cell(b)], differs ? "differs" : "same"));
      });
      if (differences || !only) body.append(state);
      if (!differences) body.append(make("p", "Nothing changed.", "soft"));
    }
  };

  const showOwners = (world) => {
    const jobs = [...world.jobs.keys()].filter(
      (job) => job === run.job || [...world.beliefs.values()].some((each) => each.job === job));
    for (const job of jobs) {
      const owner = world.owners.get(job);
      const believers = [...world.beliefs.values()].filter((each) => each.job === job);
      const workers = [...new Set([...(owner ? [owner.worker] : []), ...believers.map((each) => each.worker)])].sort();
      body.append(make("h3", "Who holds job " + run.j[job]));
      if (!workers.length) {
        body.append(make("p", "Nobody, by the database and by belief.", "soft"));
        continue;
      }
      const holders = table("Who holds job " + run.j[job], ["worker", "by the database", "by its own belief"]);
      for (const worker of workers) {
        const owns = owner && owner.worker === worker;
        const belief = believers.find((each) => each.worker === worker);
        const right = belief && owns && belief.attempt === owner.attempt;
        const database = owns ? "yes, attempt " + owner.attempt + (world.over.has(job) ? ", but the lease has ended" : "") : "no";
        const own = !belief ? "no"
          : (belief.attempt ? "yes, attempt " + belief.attempt : "yes, without a grant") + (right ? "" : ", wrongly");
        holders.tBodies[0].append(
          rowOf(run.w[worker], [make("td", database), make("td", own, belief && !right ? "badword" : "")]));
      }
      body.append(holders);
    }
  };

  const show = (index) => {
    const item = items[index];
    const row = run.r[index];
    body.replaceChildren();
    const time = item.querySelector(".t").textContent;
    body.append(make("p", "Step " + item.dataset.step + " · " + time + " · row " + (index + 1) + " of " + items.length, "soft"));
    const head = make("p", undefined, "head");
    head.textContent = item.querySelector(".f").textContent;
    body.append(head);
    const meanings = texts(item, ".n");
    if (meanings.length) {
      const list = make("ul");
      for (const each of meanings) list.append(make("li", each, each.startsWith("✗") ? "badword" : ""));
      body.append(list);
    }
    if (row && row.q !== undefined) showStatement(row);
    const after = worldAfter(index + 1);
    showJobs(worldAfter(index), after, row);
    showOwners(after);
    body.classList.toggle("only", only);
  };

  const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const select = (index, { scroll = true, focus = false, link = true } = {}) => {
    const next = Math.max(0, Math.min(items.length - 1, index));
    if (here >= 0) {
      items[here].classList.remove("here");
      links[here].removeAttribute("aria-current");
      links[here].tabIndex = -1;
    }
    here = next;
    items[here].classList.add("here");
    links[here].setAttribute("aria-current", "step");
    links[here].tabIndex = 0;
    if (focus) links[here].focus({ preventScroll: true });
    if (scroll) items[here].scrollIntoView({ block: "center", behavior: reduced ? "auto" : "instant" });
    if (link) history.replaceState(null, "", "#" + items[here].id);
    show(here);
    panel.scrollTop = 0;
  };

  // "#step=12": that step, or the last one before it that has a row of its own.
  const fromHash = () => {
    const asked = decodeURIComponent(location.hash.slice(1));
    const exact = items.findIndex((item) => item.id === asked);
    if (exact >= 0) return exact;
    const match = /^step=(\d+)$/.exec(asked);
    if (!match) return -1;
    return items.findLastIndex((item) => Number(item.dataset.step) <= Number(match[1]));
  };

  const copy = async () => {
    const text = $("command").textContent;
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch {
      const range = document.createRange();
      range.selectNodeContents($("command"));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      done = document.execCommand("copy");
    }
    $("copied").textContent = done ? "The command is copied." : "Copying is not allowed here; the command is selected.";
    $("copy").textContent = done ? "Copied" : "Selected";
    setTimeout(() => ($("copy").textContent = "Copy"), 2000);
  };
  const help = () => ($("help").open ? $("help").close() : $("help").showModal());
  const differences = () => {
    only = !only;
    $("only").setAttribute("aria-pressed", String(only));
    show(here);
  };
  const step = (by) => select(here + by, { focus: document.activeElement && document.activeElement.closest(".rows") !== null });
  const keys = {
    j: () => step(1), k: () => step(-1), v: () => select(run.v), d: differences, "?": help,
    Home: () => select(0), End: () => select(items.length - 1),
  };
  const inRows = { ArrowDown: () => step(1), ArrowUp: () => step(-1) };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if ($("help").open && event.key !== "?") return;
    const rows = event.target.closest && event.target.closest(".rows");
    const scrolls = event.key === "Home" || event.key === "End";
    const action = scrolls && !rows ? undefined : keys[event.key] || (rows ? inRows[event.key] : undefined);
    if (!action) return;
    event.preventDefault();
    action();
  });
  $("rows").addEventListener("click", (event) => {
    const index = items.indexOf(event.target.closest("li.s"));
    if (index < 0) return;
    event.preventDefault();
    select(index, { scroll: false, focus: true });
  });
  addEventListener("hashchange", () => {
    const index = fromHash();
    if (index >= 0 && index !== here) select(index, { link: false });
  });
  $("copy").addEventListener("click", copy);
  $("back").addEventListener("click", () => step(-1));
  $("on").addEventListener("click", () => step(1));
  $("violation").addEventListener("click", () => select(run.v));
  $("only").addEventListener("click", differences);
  $("keys").addEventListener("click", help);

  for (const link of links) link.tabIndex = -1;
  for (const each of document.querySelectorAll("[data-script]")) each.hidden = false;
  document.querySelector("main").classList.remove("alone");
  const asked = fromHash();
  select(asked >= 0 ? asked : run.v, { scroll: asked >= 0, link: false });
})();
