// The stage: a lab, a store that was filled by exward's own commands, and a server on it. All on loopback.
import { execFile, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const POLICY = `goal = "latest"

[pools]
default_max = 2

[[rings]]
name = "all"
everything = true
canaries = 1
soak_minutes = 30
failures_max = 2
unavailable_max = 4
`;

const run = promisify(execFile);

// A port and the next one that nobody listens on.
async function freePort() {
  const listening = (port) =>
    new Promise((resolve, reject) => {
      const server = createServer().on("error", reject);
      server.listen(port, "127.0.0.1", () => resolve(server));
    });
  for (;;) {
    const server = await listening(0);
    const { port } = server.address();
    try {
      const next = await listening(port + 1);
      next.close();
      return port;
    } catch {
      // Somebody has the next one.
    } finally {
      server.close();
    }
  }
}

// Looks again and again, for at most so many seconds.
export async function until(what, seconds, look) {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not within ${seconds} s: ${what}`);
}

export class Stage {
  static async build(program) {
    const it = new Stage();
    it.program = program;
    it.dir = mkdtempSync(join(tmpdir(), "exward-browser-"));
    it.processes = [];
    writeFileSync(join(it.dir, "policy.toml"), POLICY);
    mkdirSync(join(it.dir, "dropped"));
    cpSync(new URL("../../../../catalog", import.meta.url), join(it.dir, "catalog"), { recursive: true });
    it.catalogOf("2026-10-12");
    it.link = await it.lab("hosts.txt", "inventory.json", 8);
    await it.exward("check --from hosts.txt --allow-loopback --rate 0 --store exward.db --format csv --out a.csv");
    await it.exward("lab logs --out iis.log --size 2 --attacks 8");
    await it.exward("hunt iis.log --store exward.db --server 127.1.0.1 --format csv --out h.csv");
    await it.exward("plan --policy policy.toml --inventory inventory.json --out plan.json");
    const serve = it.begin("serve --store exward.db --listen 127.0.0.1:0 --watch dropped --catalog catalog --allow-loopback --rate 0");
    it.setup = await until("the server listens", 20, () => serve.said.match(/http:\S+\/setup\/\S+/)?.[0]);
    it.base = new URL(it.setup).origin;
    return it;
  }

  // Lets the catalog be of another day.
  catalogOf(day) {
    const path = join(this.dir, "catalog/catalog.toml");
    writeFileSync(path, readFileSync(path, "utf8").replace(/^as_of = "[^"]*"/m, `as_of = "${day}"`));
  }

  // Begins a lab; gives its link.
  async lab(hosts, inventory, seed) {
    const port = await freePort();
    const link = `127.0.0.1:${port + 1}`;
    this.begin(`lab estate --dags 2 --members 4 --standalone 1 --seed ${seed} --port ${port} --link ${link} --hosts ${hosts} --inventory ${inventory}`);
    await until("the lab listens", 20, () => existsSync(join(this.dir, hosts)));
    return link;
  }

  // Runs a command to its end, whatever it ends with: what it found is not the test's matter.
  async exward(line) {
    await run(this.program, line.split(" "), { cwd: this.dir }).catch((error) => {
      if (typeof error.code !== "number" || error.code === 2 || error.code > 3) throw error;
    });
  }

  // Begins a command that goes on.
  begin(line) {
    const child = spawn(this.program, line.split(" "), { cwd: this.dir, stdio: ["ignore", "pipe", "pipe"] });
    child.said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (child.said += data));
    this.processes.push(child);
    return child;
  }

  leave() {
    for (const child of this.processes) child.kill("SIGKILL");
    rmSync(this.dir, { recursive: true, force: true });
  }
}
