// The pages of `exward serve` in a real Chromium: node run.mjs PROGRAM. Ends with 0 if everything was as told.
import assert from "node:assert/strict";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect, launch, open, printed } from "./look.mjs";
import { Stage, until } from "./stage.mjs";

const PASSWORD = "correct horse battery staple";

async function signIn(page, base, name) {
  await page.goto(`${base}/sign-in`);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/t/default/");
}

const signOut = (page) => page.getByRole("button", { name: "Sign out" }).click();

async function theFirstAdmin(page, stage) {
  await page.goto(stage.setup);
  await page.getByLabel("Your name").fill("ada");
  for (const field of await page.locator("input[type=password]").all()) await field.fill(PASSWORD);
  const failures = await inspect(page, "set-up");
  await page.locator("main button").click();
  await page.waitForURL("**/t/default/");
  for (const [name, role] of [["vera", "viewer"], ["april", "approver"]]) {
    await page.goto(`${stage.base}/people`);
    const form = page.locator("form[action='/people']");
    const summary = page.locator("summary", { hasText: "Add a person" });
    if (await summary.count()) await summary.click();
    await form.locator("[name=name]").fill(name);
    await form.locator("[name=role]").selectOption(role);
    await form.locator("[name=password]").fill(PASSWORD);
    await form.locator("button").click();
    await page.getByText(name, { exact: true }).first().waitFor();
  }
  return failures;
}

// Estate → the worst server → what its verdict rests on; then a finding is accepted until a day.
async function evidenceAndAcceptance(page, stage) {
  await page.goto(`${stage.base}/t/default/`);
  const failures = await inspect(page, "estate");
  await page.getByLabel("Verdict").selectOption("vulnerable");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.locator("main table tbody th a").first().click();
  await page.waitForURL("**/servers/*");
  const evidence = page.locator("summary", { hasText: "What the verdict rests on" });
  await evidence.click();
  await page.getByRole("cell", { name: /15\.2\./ }).first().waitFor();
  await page.locator("summary", { hasText: "Accept…" }).first().click();
  const form = page.locator("form[action$='/accept']").first();
  const cve = await form.locator("[name=cve]").inputValue();
  await form.locator("[name=until]").fill("2099-12-31");
  await form.locator("[name=why]").fill("behind <script>alert(1)</script> a proxy");
  await form.locator("button").click();
  const row = page.locator("main tr", { hasText: cve }).first();
  await row.getByText("until 2099-12-31 by ada").waitFor();
  await row.getByText("behind <script>alert(1)</script> a proxy").waitFor();
  return [...failures, ...(await inspect(page, "server"))];
}

// The alarm of the worst server is settled, looks settled, and is raised again.
async function settling(page) {
  await page.locator("summary", { hasText: "Settle this alarm…" }).first().click();
  const form = page.locator("form[action$='/settle']").first();
  await form.getByLabel("What came of it").fill("a test of ours, <b>agreed</b>");
  await form.getByRole("button", { name: "Settle" }).click();
  await page.getByText("The alarm is settled.").waitFor();
  assert.match(await page.locator("dl.facts").innerText(), /exploit reached, settled/i);
  await page.getByText("a test of ours, <b>agreed</b>").waitFor();
  const failures = await inspect(page, "server-settled");
  await page.getByRole("button", { name: /^Raise it again/ }).click();
  await page.getByText("The alarm is raised again.").waitFor();
  return failures;
}

// The approver approves, follows, pauses after a step, resumes. The page is never loaded again meanwhile.
async function rollout(page, stage) {
  await page.goto(`${stage.base}/t/default/rollouts`);
  await page.locator("summary", { hasText: "Bring a blueprint" }).click();
  await page.locator("[name=blueprint]").fill(readFileSync(join(stage.dir, "plan.json"), "utf8"));
  await page.getByRole("button", { name: "Keep it" }).click();
  await page.waitForURL("**/rollouts/*");
  const address = page.url();
  await signOut(page);
  await signIn(page, stage.base, "vera");
  await page.goto(address);
  assert.equal(await page.getByRole("button", { name: "Approve" }).count(), 0, "a viewer approves nothing");
  await signOut(page);
  await signIn(page, stage.base, "april");
  await page.goto(address);
  await page.getByLabel("Until (UTC)").fill("2099-12-31T00:00");
  await page.getByRole("button", { name: "Approve" }).click();
  await page.getByRole("cell", { name: "april" }).or(page.getByRole("rowheader", { name: "april" })).first().waitFor();
  // A run ends when it is paused; the same command goes on.
  const carryOut = () => stage.begin(`rollout run plan.json --store exward.db --lab ${stage.link} --speed 120`);
  let running = carryOut();
  const failures = [];
  try {
    // A page that nobody follows yet is looked at again until it is live.
    await until("the rollout begins", 20, async () => {
      await page.goto(address);
      return (await page.locator("[data-live]").count()) > 0 && (await page.getByText("minutes gone").or(page.getByText(" min gone")).count()) > 0;
    });
    await page.evaluate(() => (window.isTheSamePage = true));
    const before = await page.locator("#live").innerText();
    await until("progress without loading again", 30, async () => (await page.locator("#live").innerText()) !== before);
    assert.ok(await page.evaluate(() => window.isTheSamePage), "the page was loaded again while the run went on");
    await page.getByRole("button", { name: "Pause after this step" }).click();
    await page.getByRole("button", { name: "Resume" }).waitFor({ timeout: 30_000 });
    failures.push(...(await inspect(page, "rollout")));
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByRole("button", { name: "Pause now" }).waitFor();
    await until("the run has paused", 30, () => running.exitCode !== null);
    running = carryOut();
    await page.evaluate(() => (window.isTheSamePage = true));
    await page.getByText("Every wave has ended").or(page.getByText("every wave has ended")).first().waitFor({ timeout: 60_000 });
    assert.ok(await page.evaluate(() => window.isTheSamePage), "the page was loaded again");
  } catch (error) {
    throw new Error(`${error.message}\nrollout run said:\n${running.said.slice(-1500)}`);
  }
  return failures;
}

// A feed is dropped. The job that reads it and the servers that it brings appear without loading a page again.
async function live(browser, stage) {
  const [estate, activity] = [await open(browser), await open(browser)];
  for (const page of [estate, activity]) await signIn(page, stage.base, "ada");
  await activity.goto(`${stage.base}/t/default/activity`);
  for (const page of [estate, activity]) await page.evaluate(() => (window.isTheSamePage = true));
  const typed = estate.getByRole("searchbox", { name: "Server" });
  await typed.fill("half a na");
  assert.equal(await estate.getByText("203.0.113.9").count(), 0, "nobody has seen it yet");
  copyFileSync(new URL("../../../../examples/scan_exchange.csv", import.meta.url), join(stage.dir, "dropped/scan.csv"));
  const job = activity.locator("main tr", { hasText: "import" });
  await job.getByText("done").waitFor({ timeout: 40_000 });
  await job.getByText("5 of 5").waitFor();
  await estate.getByRole("link", { name: /203\.0\.113\.9/ }).waitFor({ timeout: 20_000 });
  assert.equal(await typed.inputValue(), "half a na", "what is typed stays");
  assert.ok(await typed.evaluate((it) => it === document.activeElement), "the focus stays");
  for (const page of [estate, activity]) {
    assert.ok(await page.evaluate(() => window.isTheSamePage), "the page was loaded again");
    assert.equal(await page.locator("[data-stale]").count(), 0);
  }
  // A target that is asked from now on; not the one that other parts of the story are about.
  const target = readFileSync(join(stage.dir, "hosts.txt"), "utf8").split("\n").findLast((it) => /^[\w.]+:\d+$/.test(it));
  const schedules = await estate.context().newPage();
  await schedules.goto(`${stage.base}/t/default/schedules`);
  await schedules.locator("summary", { hasText: "Ask a target again" }).click();
  await schedules.locator("[name=target]").fill(target);
  await schedules.locator("[name=every_minutes]").fill("60");
  await schedules.locator("form[action$='/schedules'] button").click();
  await schedules.getByRole("rowheader", { name: target }).waitFor();
  await schedules.close();
  await activity.locator("main tr", { hasText: "check" }).getByText("1 of 1").waitFor({ timeout: 40_000 });
  // A catalog of a later day is looked for twice a minute.
  stage.catalogOf("2026-10-15");
  for (const page of [estate, activity]) await page.getByText(/ is out: .* of Exchange /).first().waitFor({ timeout: 60_000 });
  await activity.locator("main tr", { hasText: "reassess" }).getByText("for all tenants").waitFor();
  assert.equal(await typed.inputValue(), "half a na", "what is typed stays");
  for (const page of [estate, activity]) assert.ok(await page.evaluate(() => window.isTheSamePage), "loaded again");
  const failures = [...(await inspect(estate, "estate-live")), ...(await inspect(activity, "activity-live"))];
  for (const page of [estate, activity]) await page.context().close();
  return failures;
}

async function everyOtherPage(page, stage) {
  const failures = [];
  for (const name of ["rollouts", "campaigns", "campaigns/CVE-2026-42897", "hunt", "catalog", "activity", "runs", "schedules"]) {
    const answer = await page.goto(`${stage.base}/t/default/${name}`);
    assert.equal(answer.status(), 200, name);
    failures.push(...(await inspect(page, name.replace("/", "-"))));
  }
  await page.goto(`${stage.base}/tenants`);
  await page.locator("main tr", { hasText: "default" }).getByRole("img", { name: /must act/ }).waitFor();
  failures.push(...(await inspect(page, "tenants")));
  await page.goto(`${stage.base}/password`);
  return [...failures, ...(await inspect(page, "password"))];
}

// Estate, a server, a campaign, every other page, and the report, on paper; whatever colours the screen has.
async function onPaper(browser, stage) {
  const page = await open(browser, { colorScheme: "dark" });
  await signIn(page, stage.base, "ada");
  const failures = await printed(page, "estate");
  await page.locator("main table tbody th a").first().click();
  await page.waitForURL("**/servers/*");
  failures.push(...(await printed(page, "server")));
  for (const name of ["campaigns/CVE-2026-42897", "campaigns", "hunt", "catalog", "activity", "runs", "schedules", "rollouts"]) {
    await page.goto(`${stage.base}/t/default/${name}`);
    failures.push(...(await printed(page, name.replace("/", "-"))));
  }
  await page.goto(`${stage.base}/tenants`);
  failures.push(...(await printed(page, "tenants")));
  await stage.exward("report --store exward.db --out report.html");
  await page.goto(`file://${stage.dir}/report.html`);
  failures.push(...(await printed(page, "report")));
  await page.context().close();
  return failures;
}

async function leaving(page, stage) {
  await page.goto(`${stage.base}/t/default/`);
  await signOut(page);
  await page.waitForURL("**/sign-in");
  await page.goBack();
  assert.equal(await page.getByText("servers protected").count(), 0, "nothing private after signing out");
  await page.goto(`${stage.base}/sign-in`);
  return inspect(page, "sign-in");
}

// As somebody without a mouse comes to a field.
async function tabTo(page, field) {
  for (let pressed = 0; pressed < 10; pressed++) {
    await page.keyboard.press("Tab");
    if ((await page.locator(":focus").getAttribute("name")) === field) return;
  }
  throw new Error(`no way to ${field} by the keyboard`);
}

// Every form works, and everything is said, without a script; and by the keyboard alone.
async function withoutScript(browser, stage) {
  const page = await open(browser, { javaScriptEnabled: false });
  await page.goto(`${stage.base}/sign-in`);
  for (const [field, text] of [["name", "ada"], ["password", PASSWORD]]) {
    await tabTo(page, field);
    await page.keyboard.type(text);
  }
  await page.keyboard.press("Enter");
  await page.waitForURL("**/t/default/");
  await page.getByRole("searchbox", { name: "Server" }).fill("127.1.0.1");
  await page.getByRole("button", { name: "Filter" }).click();
  assert.equal(await page.locator("main table tbody tr").count(), 1, "the filter works");
  await page.locator("main table tbody th a").first().click();
  await page.locator("summary", { hasText: "What the verdict rests on" }).click();
  await page.locator("summary", { hasText: "Site and tags" }).click();
  await page.getByLabel("Tags, with commas between them").fill("seen without a script");
  await page.getByRole("button", { name: "Keep" }).click();
  await page.getByText("Site and tags are kept.").waitFor();
  await page.locator("summary", { hasText: "Accept…" }).first().click();
  const form = page.locator("form[action$='/accept']").first();
  await form.locator("[name=until]").fill("2098-12-31");
  await form.locator("[name=why]").fill("no script");
  await form.locator("button").click();
  await page.getByText("until 2098-12-31 by ada").waitFor();
  await page.getByRole("button", { name: /Revoke the acceptance/ }).first().click();
  await page.getByText("The acceptance is revoked.").waitFor();
  await signOut(page);
  await page.waitForURL("**/sign-in");
  await page.context().close();
}

// A first start, and a rollout that is brought, approved, paused and resumed by forms alone; what is new is seen by
// loading the page again. On a stage of its own: one journal has one line of blueprints.
async function rolloutWithoutScript(browser, stage) {
  const page = await open(browser, { javaScriptEnabled: false });
  page.setDefaultTimeout(15_000);
  await page.goto(stage.setup);
  await page.getByLabel("Your name").fill("ada");
  for (const field of await page.locator("input[type=password]").all()) await field.fill(PASSWORD);
  await page.locator("main button").click();
  await page.waitForURL("**/t/default/");
  await page.goto(`${stage.base}/t/default/rollouts`);
  await page.locator("summary", { hasText: "Bring a blueprint" }).click();
  await page.locator("[name=blueprint]").fill(readFileSync(join(stage.dir, "plan.json"), "utf8"));
  await page.getByRole("button", { name: "Keep it" }).click();
  await page.waitForURL("**/rollouts/*");
  const address = page.url();
  await page.getByLabel("Until (UTC)").fill("2099-12-31T00:00");
  await page.getByRole("button", { name: "Approve" }).click();
  await page.getByRole("rowheader", { name: "ada" }).first().waitFor();
  const running = stage.begin(`rollout run plan.json --store exward.db --lab ${stage.link} --speed 60`);
  const pause = page.getByRole("button", { name: "Pause now" });
  await until("the rollout begins", 30, async () => {
    await page.goto(address);
    return (await pause.count()) > 0;
  });
  await pause.click();
  const resume = page.getByRole("button", { name: "Resume" });
  await resume.waitFor();
  await until("the run has paused", 30, () => running.exitCode !== null);
  await page.goto(address);
  await resume.click();
  await pause.waitFor();
  await page.context().close();
}

async function dark(browser, stage) {
  const page = await open(browser, { colorScheme: "dark" });
  await signIn(page, stage.base, "ada");
  const failures = await inspect(page, "estate-dark");
  await page.goto(`${stage.base}/people`);
  return [...failures, ...(await inspect(page, "people-dark"))];
}

const stage = await Stage.build(process.argv[2]);
const browser = await launch();
let other = null;
try {
  const page = await open(browser);
  page.setDefaultTimeout(15_000);
  const failures = await theFirstAdmin(page, stage);
  failures.push(...(await evidenceAndAcceptance(page, stage)));
  failures.push(...(await settling(page)));
  failures.push(...(await rollout(page, stage)));
  failures.push(...(await live(browser, stage)));
  failures.push(...(await everyOtherPage(page, stage)));
  failures.push(...(await onPaper(browser, stage)));
  failures.push(...(await leaving(page, stage)));
  await withoutScript(browser, stage);
  other = await Stage.build(process.argv[2]);
  await rolloutWithoutScript(browser, other);
  failures.push(...(await dark(browser, stage)));
  assert.deepEqual(failures, [], "every page is in order");
  console.log("every page was as told");
} finally {
  await browser.close();
  stage.leave();
  other?.leave();
}
