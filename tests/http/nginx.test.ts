import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../database/sessions.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { connectHttp, generations, send, spawnHttp } from "./serving.ts";

/** Debian's package puts it where the path of a user does not lead. */
const nginx = ["/usr/sbin/nginx", "/usr/local/sbin/nginx"].find(existsSync);
if (nginx === undefined)
  process.stdout.write("Left out: two servers behind one nginx, which is not installed (apt-get install nginx-light).\n");

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Requests go to the servers in turn; `log` has the address that each was sent to and its status. */
async function nginxBefore(program: string, servers: readonly string[]): Promise<{ readonly url: string; log(): readonly string[] }> {
  const folder = mkdtempSync(join(tmpdir(), "nginx-"));
  const port = await freePort();
  const log = join(folder, "access");
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr error;
     events { worker_connections 256; }
     http {
       log_format upstream '$upstream_addr $status'; access_log ${log} upstream;
       ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(" ")}
       upstream backend_db { ${servers.map((server) => `server ${new URL(server).host};`).join(" ")} }
       server { listen 127.0.0.1:${port}; location / { proxy_pass http://backend_db; proxy_http_version 1.1; proxy_set_header Host $host; } }
     }`,
  );
  const child = spawn(program, ["-c", join(folder, "nginx.conf")], { stdio: "ignore" });
  onTestFinished(async () => {
    child.kill();
    await once(child, "exit");
    rmSync(folder, { recursive: true });
  });
  const url = `http://127.0.0.1:${port}/mcp`;
  await eventually(() =>
    send(url, { method: "GET", path: "/healthz" }).then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
  writeFileSync(log, "");
  return { url, log: () => readFileSync(log, "utf8").split("\n").filter(Boolean) };
}

test.skipIf(nginx === undefined)(
  "two servers behind one nginx answer the calls of one client in turn, whichever protocol it speaks",
  { timeout: 60_000 },
  async () => {
    const database = await freshDatabase(18, "create table orders (id int primary key, note text)");
    const environment = { DATABASE_URL: database.url };
    const servers = await Promise.all([spawnHttp({ environment }), spawnHttp({ environment })]);
    const { url, log } = await nginxBefore(
      nginx ?? "",
      servers.map((server) => server.url),
    );
    for (const generation of generations) {
      const before = log().length;
      const client = await connectHttp(url, { generation });
      expect((await client.listTools()).tools.length).toBeGreaterThan(5);
      const inspect = { name: "inspect_schema", arguments: {} };
      for (const call of [inspect, { name: "search_docs", arguments: { query: "foreign key" } }, inspect]) {
        expect(await client.callTool(call)).not.toMatchObject({ isError: true });
      }
      await eventually(async () => log().length >= before + 5);
      const lines = log().slice(before);
      const served = servers.map((server) => lines.filter((line) => line.startsWith(new URL(server.url).host)).length);
      expect(Math.min(...served)).toBeGreaterThanOrEqual(2);
      // 405: clients of earlier revisions ask for a stream that a server without sessions does not have.
      expect(lines.filter((line) => !/ (200|202|405)$/.test(line))).toEqual([]);
    }
  },
);
