// A failure's page in a real browser: node tests/browser/page_test.mjs PAGE.html [FOLDER]
// Steps by keys, follows links, copies, and demands that nothing is fetched and nothing complained
// about; with FOLDER, writes pictures by day and by night, narrow and wide.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { openBrowser } from "./browser.mjs";

const [page, folder] = process.argv.slice(2);
if (!page) {
  console.error("usage: node tests/browser/page_test.mjs PAGE.html [FOLDER]");
  process.exit(2);
}
const url = pathToFileURL(resolve(page)).href;
const browser = await openBrowser();
const tests = [];
const test = (sentence, run) => tests.push({ sentence, run });

const step = () => browser.value("document.querySelector('.here').id");
const count = (css) => browser.value(`document.querySelectorAll(${JSON.stringify(css)}).length`);
const text = (css) => browser.value(`document.querySelector(${JSON.stringify(css)}).textContent`);

test("it opens at the violated step", async () => {
  await browser.open(url);
  assert.equal(await browser.value("document.querySelector('.here').classList.contains('bad')"), true);
  assert.equal(await browser.value("document.getElementById('panel').hidden"), false);
  assert.equal(await browser.value("scrollY"), 0);
});
test("k and j step back and on, and v goes to the violation", async () => {
  const violated = await step();
  await browser.key("k");
  const before = await step();
  assert.notEqual(before, violated);
  assert.equal(await browser.value("location.hash"), "#" + before);
  await browser.key("j");
  assert.equal(await step(), violated);
  for (let i = 0; i < 3; ++i) await browser.key("k");
  await browser.key("v");
  assert.equal(await step(), violated);
});
test("stepping stops at both ends", async () => {
  const all = await count("li.s");
  for (let i = 0; i < Math.min(all, 60) + 2; ++i) await browser.key("k");
  if (all <= 60) assert.equal(await step(), await browser.value("document.querySelector('li.s').id"));
  await browser.key("v");
});
test("d shows only what differs, and everything again", async () => {
  const hidden = "[...document.querySelectorAll('tr.same')].filter((row) => getComputedStyle(row).display === 'none').length";
  assert.equal(await browser.value(hidden), 0);
  await browser.key("d");
  assert.equal(await text("#only[aria-pressed=true]"), "Differences");
  assert.equal(await browser.value(hidden), await count("tr.same"));
  await browser.key("d");
  assert.equal(await browser.value(hidden), 0);
});
test("? opens the help, and Escape closes it", async () => {
  await browser.key("?");
  assert.equal(await browser.value("document.getElementById('help').open"), true);
  const before = await step();
  await browser.key("j");
  assert.equal(await step(), before);
  await browser.key("Escape");
  assert.equal(await browser.value("document.getElementById('help').open"), false);
});
test("a link opens its step", async () => {
  await browser.open(url + "#step=3");
  assert.equal(await step(), "step=3");
  await browser.value("location.hash = '#step=2'");
  await browser.value("new Promise((resolve) => setTimeout(resolve, 50))");
  assert.equal(await step(), "step=2");
  await browser.open(url + "#step=999999");
  assert.equal(await step(), await browser.value("[...document.querySelectorAll('li.s')].at(-1).id"));
  await browser.open(url + "#nonsense");
  assert.equal(await browser.value("document.querySelector('.here').classList.contains('bad')"), true);
});
test("the button copies the replay command", async () => {
  await browser.send("Browser.grantPermissions", { permissions: ["clipboardReadWrite", "clipboardSanitizedWrite"] });
  await browser.value("document.getElementById('copy').focus()");
  await browser.key("Enter");
  await browser.value("new Promise((resolve) => setTimeout(resolve, 100))");
  assert.match(await text("#copied"), /copied/);
  assert.equal(await browser.value("navigator.clipboard.readText()"), await text("#command"));
});
test("the keyboard alone reaches everything, and the focus can be seen", async () => {
  await browser.open(url);
  const seen = new Set();
  for (let i = 0; i < 60; ++i) {
    await browser.key("Tab");
    const [name, outline] = await browser.value(
      "((e) => [e.id || e.className || e.tagName, getComputedStyle(e).outlineStyle])(document.activeElement)");
    if (name === "BODY") break;
    assert.notEqual(outline, "none", `${name} shows no focus`);
    seen.add(name);
  }
  for (const name of ["copy", "panel", "back", "on", "violation", "only", "keys"]) assert.ok(seen.has(name), `${name} can't be reached`);
  await browser.value("document.querySelector('.here a').focus()");
  const before = await step();
  await browser.key("ArrowUp");
  assert.notEqual(await step(), before);
  assert.equal(await browser.value("document.activeElement.closest('li').id"), await step());
});
test("it is as wide as its window, and no wider", async () => {
  for (const width of [375, 1400]) {
    await browser.look({ width, height: 900, scheme: "light" });
    assert.equal(await browser.value("document.documentElement.scrollWidth"), width);
  }
});
test("everything that can be pressed has a name", async () => {
  assert.deepEqual(await browser.value(
    "[...document.querySelectorAll('button,a,[tabindex]')].filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim())).map((e) => e.outerHTML)"), []);
});
test("it reads without script", async () => {
  await browser.command("Emulation.setScriptExecutionDisabled", { value: true });
  await browser.open(url);
  await browser.command("Emulation.setScriptExecutionDisabled", { value: false });
  assert.ok((await text("h1")).includes("is violated"));
  assert.ok((await text("header .card p")).length > 20);
  assert.ok((await count("li.s .f")) > 0);
  assert.equal(await browser.value("document.getElementById('panel').hidden"), true);
});
test("nothing is fetched, and the console is silent", async () => {
  const asked = browser.events.filter((each) => each.method === "Network.requestWillBeSent")
    .map((each) => each.params.request.url).filter((each) => !each.startsWith("file:") && each !== "about:blank");
  assert.deepEqual(asked, []);
  const files = browser.events.filter((each) => each.method === "Network.requestWillBeSent" && each.params.request.url.startsWith("file:"));
  assert.ok(files.every((each) => each.params.request.url.startsWith(url.split("#")[0])));
  const complaints = browser.events.filter((each) =>
    each.method === "Runtime.exceptionThrown" || each.method === "Log.entryAdded" ||
    (each.method === "Runtime.consoleAPICalled" && each.params.type !== "debug"));
  assert.deepEqual(complaints.map((each) => JSON.stringify(each.params)), []);
});

let failed = 0;
for (const { sentence, run } of tests) {
  try {
    await run();
    console.log(`✓ ${sentence}`);
  } catch (error) {
    ++failed;
    console.log(`✗ ${sentence}\n  ${error.message}`);
  }
}
if (folder) {
  mkdirSync(folder, { recursive: true });
  for (const scheme of ["light", "dark"])
    for (const [width, height] of [[375, 812], [1400, 1000]]) {
      await browser.look({ width, height, scheme });
      await browser.open(url);
      const name = join(folder, `${basename(page, ".html")}-${scheme}-${width}`);
      writeFileSync(`${name}.png`, await browser.picture());
      await browser.key("v");
      writeFileSync(`${name}-violation.png`, await browser.picture());
    }
}
await browser.close();
process.exit(failed ? 1 : 0);
