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

// An A4 page without its margins of 12 mm, in pixels.
const PAPER = { width: Math.round((210 - 24) / 25.4 * 96), height: Math.round((297 - 24) / 25.4 * 96) };

// Holds the page to what holds for all pages on paper: nothing to click or to fill in, nothing beside the paper, dark on
// white, and the head of a table on each of its pages. Keeps a picture of it.
export async function printed(page, name) {
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize(PAPER);
  const failures = await page.evaluate((paper) => {
    const shown = (it) => it.checkVisibility() && it.getBoundingClientRect().width > 0;
    const all = (what) => [...document.querySelectorAll(what)].filter(shown);
    const clicked = all("nav, form, button, input, select, textarea, .button").map((it) => `<${it.localName}> is there`);
    const beside = all("body *").filter((it) => it.getBoundingClientRect().right > paper.width + 1 && !it.closest(".unseen"));
    const heads = all("thead").filter((it) => getComputedStyle(it).display !== "table-header-group");
    // The eye sees about so much of each colour (ITU-R BT.709).
    const light = (colour) => {
      const [r, g, b] = colour.match(/[\d.]+/g).map(Number);
      return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
    };
    const words = all("body *").filter((it) => [...it.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.nodeValue.trim()));
    const pale = words.filter((it) => !it.closest("svg") && light(getComputedStyle(it).color) > 0.4);
    const back = getComputedStyle(document.body).backgroundColor;
    return [
      ...clicked,
      ...beside.slice(0, 5).map((it) => `<${it.localName} class="${it.className}"> ends ${Math.round(it.getBoundingClientRect().right - paper.width)} pixels beside the paper`),
      ...heads.map(() => "the head of a table is not repeated"),
      ...pale.slice(0, 5).map((it) => `"${it.textContent.trim().slice(0, 30)}" is pale`),
      ...(light(back) < 0.99 ? [`the paper is ${back}`] : []),
    ];
  }, PAPER);
  if (SHOTS) {
    mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: join(SHOTS, `${name}-print.png`), fullPage: true });
    await page.pdf({ path: join(SHOTS, `${name}.pdf`), format: "A4" });
  }
  await page.emulateMedia({ media: null });
  await page.setViewportSize({ width: 1280, height: 900 });
  return failures.map((it) => `${name} on paper: ${it}`);
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
