// A headless Chromium driven over its debugging pipe: no packages, no ports.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/// Starts the browser. `command(method, parameters)` sends to the page; `events` holds what it said.
export async function openBrowser(program = process.env.CHROMIUM || "chromium") {
  const profile = mkdtempSync(join(tmpdir(), "fencepost-browser-"));
  const browser = spawn(
    program,
    ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
     "--remote-debugging-pipe", `--user-data-dir=${profile}`, "about:blank"],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const waiting = new Map();
  const events = [];
  let last = 0;
  let text = "";
  browser.on("error", (error) => {
    for (const { reject } of waiting.values())
      reject(new Error(`${program} can't be started (${error.code}); install chromium, or name it in CHROMIUM`));
  });
  browser.stdio[4].on("data", (chunk) => {
    text += chunk;
    for (let end = text.indexOf("\0"); end >= 0; end = text.indexOf("\0")) {
      const message = JSON.parse(text.slice(0, end));
      text = text.slice(end + 1);
      const asked = waiting.get(message.id);
      waiting.delete(message.id);
      if (!asked) events.push(message);
      else if (message.error) asked.reject(new Error(message.error.message));
      else asked.resolve(message.result);
    }
  });
  const send = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      browser.stdio[3].write(JSON.stringify({ id: last, method, params, sessionId }) + "\0");
    });
  const { targetInfos } = await send("Target.getTargets");
  const { targetId } = targetInfos.find((each) => each.type === "page");
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const command = (method, params) => send(method, params, sessionId);
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await command(`${domain}.enable`);

  const loaded = async (before) => {
    while (!events.slice(before).some((each) => each.method === "Page.loadEventFired"))
      await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return {
    command,
    events,
    send,
    async open(url) {
      const before = events.length;
      await command("Page.navigate", { url: "about:blank" });
      await loaded(before);
      const then = events.length;
      await command("Page.navigate", { url });
      await loaded(then);
    },
    async value(expression) {
      const { result, exceptionDetails } = await command("Runtime.evaluate", {
        expression, returnByValue: true, awaitPromise: true, userGesture: true });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description || exceptionDetails.text);
      return result.value;
    },
    async key(key) {
      const code = key.length === 1 ? key.toUpperCase().charCodeAt(0) : { Tab: 9, Enter: 13, Escape: 27, ArrowDown: 40, ArrowUp: 38 }[key];
      const what = { key, windowsVirtualKeyCode: code, text: key.length === 1 ? key : key === "Enter" ? "\r" : undefined };
      await command("Input.dispatchKeyEvent", { type: "keyDown", ...what });
      await command("Input.dispatchKeyEvent", { type: "keyUp", key, windowsVirtualKeyCode: code });
    },
    async look({ width, height, scheme }) {
      await command("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 500 });
      await command("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
    },
    async picture(whole = false) {
      const { data } = await command("Page.captureScreenshot", { format: "png", captureBeyondViewport: whole });
      return Buffer.from(data, "base64");
    },
    async close() {
      await send("Browser.close").catch(() => {});
      await new Promise((resolve) => (browser.exitCode !== null ? resolve() : browser.on("exit", resolve)));
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
