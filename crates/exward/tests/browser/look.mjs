// What is looked at on every page, whatever it shows.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SHOTS = process.env.EXWARD_SCREENSHOTS;

// The flags keep Chromium from asking anybody but the server under test.
export const launch = () =>
  chromium.launch({
    executablePath: process.env.EXWARD_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });

// A page whose mistakes are collected: errors of scripts, refusals of the policy.
export async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.mistakes = [];
  page.on("pageerror", (error) => page.mistakes.push(String(error)));
  page.on("console", (message) => {
    // A browser asks for an icon by itself.
    const isIcon = message.location().url.endsWith("/favicon.ico");
    if (message.type() === "error" && !isIcon) page.mistakes.push(message.text());
  });
  return page;
}

// Holds the page to what holds for all pages, in desktop and phone width, and keeps a picture of both.
export async function inspect(page, name) {
  const failures = [];
  for (const [width, height] of [[1280, 900], [375, 800]]) {
    await page.setViewportSize({ width, height });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (overflow > 0) failures.push(`${name} at ${width}: ${overflow} pixels beside the screen`);
    const { violations } = await axe(page);
    for (const it of violations.filter((it) => ["serious", "critical"].includes(it.impact))) {
      failures.push(`${name} at ${width}: ${it.id} (${it.impact}): ${it.nodes.map((node) => node.html).slice(0, 3).join(" ")}`);
    }
    if (SHOTS) {
      mkdirSync(SHOTS, { recursive: true });
      await page.screenshot({ path: join(SHOTS, `${name}-${width}.png`), fullPage: true });
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  failures.push(...page.mistakes.splice(0).map((it) => `${name}: ${it}`));
  return failures;
}

// The policy lets no script of others into the page; a world of its own sees the page all the same.
async function axe(page) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
  const run = async (expression) => {
    const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
      expression, contextId: executionContextId, awaitPromise: true, returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  await run(AXE);
  const found = await run("axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => ({ violations }))");
  await session.detach();
  return found;
}
