import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import { join } from "node:path";
import { expect } from "chai";
import { aPodWith } from "../support/pods-with-volumes.ts";
import { aPod, aRequest, aReview } from "../support/builders.ts";
import { FUNCTION } from "../support/built-programs.ts";
import { eventually } from "../support/eventually.ts";
import { portOf, startProgram } from "../support/program.ts";
import type { Program } from "../support/program.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { listening } from "../control-plane/free-port.ts";

const manual = readFileSync(
  new URL("../../docs/function.md", import.meta.url),
  "utf8",
);

function post(
  port: number,
  path: string,
  request = aRequest(aPod()),
): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(aReview(request)),
  });
}

describe("the function as a program", function () {
  this.timeout(20_000);
  const running: Program[] = [];
  const servers: Server[] = [];
  const directory = temporaryDirectory();

  afterEach(() => {
    for (const program of running.splice(0)) program.process.kill("SIGKILL");
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  /** Starts the function on a free port, without a cluster unless `env` has one. */
  function start(
    env: Readonly<Record<string, string>>,
    args: readonly string[] = [],
  ): Program {
    const program = startProgram(FUNCTION, {
      args,
      env: { PORT: "0", HOME: directory, ...env },
    });
    running.push(program);
    return program;
  }

  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    servers.push(server);
    return String(await listening(server));
  }

  /** The path of a kubeconfig; only a server with TLS gets credentials. */
  function kubeconfigOf(server: string): string {
    const file = join(directory, "kubeconfig");
    const user = server.startsWith("https:") && { user: "u" };
    const config = {
      clusters: [{ name: "c", cluster: { server } }],
      users: [{ name: "u", user: { token: "t" } }],
      contexts: [{ name: "x", context: { cluster: "c", ...user } }],
      "current-context": "x",
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  it("explains its variables", async () => {
    const program = start({}, ["--help"]);
    expect(await program.exited).to.equal(0);
    const variables = [...manual.matchAll(/^\| `([A-Z_]+)` +\|/gm)];
    expect(variables).to.have.length.above(0);
    for (const [, variable] of variables)
      expect(program.stdout()).to.include(`  ${variable} `);
  });

  const wrong: [
    name: string,
    says: RegExp,
    env?: (() => Promise<Record<string, string>>) | undefined,
    ...args: string[],
  ][] = [
    [
      "an argument",
      /^stateful-deployments: --port: there is no such flag; --help lists them\nstateful-deployments: "99": is not expected; --help lists all settings\n$/,
      undefined,
      "--port",
      "99",
    ],
    [
      "wrong settings, each on a line",
      /^stateful-deployments: PORT: "http" is not a whole number\nstateful-deployments: LOG_LEVEL: "loud" is none of debug, info, warn, error\n$/,
      () => Promise.resolve({ PORT: "http", LOG_LEVEL: "loud" }),
    ],
    [
      "a port that is in use",
      /^stateful-deployments: cannot listen on port \d+: .*EADDRINUSE/,
      async () => ({ PORT: await serve(() => {}) }),
    ],
    [
      "a directory without certificate",
      /^stateful-deployments: TLS_CERT_DIR \S+: tls\.crt and tls\.key cannot be used: ENOENT.*\n$/,
      () => Promise.resolve({ TLS_CERT_DIR: directory }),
    ],
  ];
  for (const [name, says, env, ...args] of wrong)
    it(`exits with 2 and names ${name}`, async () => {
      const program = start((await env?.()) ?? {}, args);
      expect(await program.exited).to.equal(2);
      expect(program.stderr()).to.match(says);
    });

  it("starts without a cluster, is not ready, and gives the reason to probes and in reviews", async () => {
    const port = await portOf(start({ KUBECONFIG: "/nowhere/config" }));
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(ready.status).to.equal(503);
    expect(await ready.text()).to.include(
      "KUBECONFIG names no existing file (/nowhere/config)",
    );
    const healthy = await fetch(`http://127.0.0.1:${port}/healthz`);
    expect(healthy.status).to.equal(200);
    expect(await (await post(port, "/mutate?timeout=1s")).json())
      .to.have.nested.property("response.status.message")
      .that.includes("no cluster");
  });

  it("follows the token file, is not ready without it or without the API server, and logs requests at LOG_LEVEL=debug", async () => {
    const file = join(directory, "token");
    const token = "a-token-from-a-file";
    const program = start({
      KUBECONFIG: kubeconfigOf("https://127.0.0.1:1"),
      WEBHOOK_TOKEN_FILE: file,
      LOG_LEVEL: "debug",
    });
    const port = await portOf(program);
    const reason = async (): Promise<string> => {
      const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
      expect(ready.status).to.equal(503);
      return await ready.text();
    };
    const statusOf = async (path: string): Promise<number> => {
      const request = aRequest(aPod(), { dryRun: true });
      return (await post(port, path, request)).status;
    };
    expect(await reason()).to.include(file);
    for (const path of ["/mutate", "/mutate/", `/mutate/${token}`])
      expect(await statusOf(path), path).to.equal(404);

    writeFileSync(file, `${token}\n`);
    await eventually(
      "the path of the token is served",
      async () => (await statusOf(`/mutate/${token}`)) === 200,
    );
    expect(await statusOf("/mutate")).to.equal(404);
    expect(await reason()).to.include("ECONNREFUSED");
    expect(program.stdout())
      .to.match(
        /^\{.*"level":"debug","msg":"API request","method":"GET","path":"\/version","ms":\d+,"error":".*ECONNREFUSED/m,
      )
      .and.not.include(token);
  });

  it("on SIGTERM answers the request under way, finishes its rollback, takes no new connections and exits with 0", async () => {
    let creates = 0;
    let deleting = false;
    let deleted = false;
    const server = await serve((incoming, outgoing) => {
      incoming.resume();
      const answer = (status: number, body: object): void => {
        outgoing.writeHead(status, { "content-type": "application/json" });
        outgoing.end(JSON.stringify(body));
      };
      if (incoming.method === "DELETE") {
        deleting = true;
        // The answer waits 2 s for the rollback.
        setTimeout(() => {
          deleted = true;
          answer(200, {});
        }, 3_500);
      } else if (incoming.method === "POST") {
        creates += 1;
        if (creates === 1) answer(201, { metadata: { uid: "u" } });
        else answer(403, { message: "exceeded quota: small" });
      } else answer(200, {});
    });
    const program = start({
      KUBECONFIG: kubeconfigOf(`http://127.0.0.1:${server}`),
    });
    const port = await portOf(program);
    const pod = aPodWith([{ name: "data" }, { name: "wal" }]);
    const answer = post(port, "/mutate?timeout=10s", aRequest(pod));
    await eventually("the rollback is under way", () => deleting);
    program.process.kill("SIGTERM");
    await eventually("it drains", () =>
      program.stdout().includes('"msg":"draining"'),
    );
    const failed = await fetch(`http://127.0.0.1:${port}/healthz`).catch(
      (error: unknown) => error,
    );
    expect(failed).to.be.instanceOf(Error);
    expect(await (await answer).text()).to.include("exceeded quota: small");
    expect(deleted).to.equal(false);
    expect(await program.exited).to.equal(0);
    expect(deleted).to.equal(true);
  });
});
