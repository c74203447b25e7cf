import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { aPod, aRequest, aReview } from "../support/builders.ts";
import { FUNCTION } from "../support/built-programs.ts";
import { eventually } from "../support/eventually.ts";
import { portOf, startProgram } from "../support/program.ts";
import { programSuite } from "./program-suite.ts";

const manual = readFileSync(
  new URL("../../docs/function.md", import.meta.url),
  "utf8",
);

describe("the function as a program", function () {
  this.timeout(20_000);
  const suite = programSuite();

  it("takes no arguments, and explains its variables", async () => {
    const asked = startProgram(FUNCTION, { args: ["--help"], env: {} });
    expect(await asked.exited).to.equal(0);
    const variables = [...manual.matchAll(/^\| `([A-Z_]+)` +\|/gm)];
    expect(variables).to.have.length.above(0);
    for (const [, variable] of variables)
      expect(asked.stdout()).to.include(`  ${variable} `);
    const wrong = startProgram(FUNCTION, { args: ["--port", "99"], env: {} });
    expect(await wrong.exited).to.equal(2);
    expect(wrong.stderr()).to.equal(
      'stateful-deployments: there is no argument "--port"; its settings are environment variables: --help lists them\n',
    );
  });

  it("names every wrong setting, a line each, and exits with 2", async () => {
    const program = suite.start({ PORT: "http", LOG_LEVEL: "loud" });
    expect(await program.exited).to.equal(2);
    expect(program.stderr().trim().split("\n")).to.deep.equal([
      'stateful-deployments: PORT must be integer, not "http"',
      'stateful-deployments: LOG_LEVEL must be "debug" or "info" or "warn" or "error", not "loud"',
    ]);
  });

  it("exits with 2 and says so when its port is taken", async () => {
    const taken = createServer().listen(0);
    suite.servers.push(taken);
    await once(taken, "listening");
    const program = suite.start({
      PORT: String((taken.address() as AddressInfo).port),
    });
    expect(await program.exited).to.equal(2);
    expect(program.stderr())
      .to.include("cannot listen on port")
      .and.to.include("EADDRINUSE");
  });

  it("starts without a cluster, is not ready, says why, and refuses Pods in words", async () => {
    const port = await portOf(suite.start({ KUBECONFIG: "/nowhere/config" }));
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(ready.status).to.equal(503);
    expect(await ready.text()).to.include(
      "KUBECONFIG names no existing file (/nowhere/config)",
    );
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).to.equal(
      200,
    );
    const answer = await fetch(`http://127.0.0.1:${port}/mutate?timeout=1s`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(aReview(aRequest(aPod()))),
    });
    expect(await answer.json())
      .to.have.nested.property("response.status.message")
      .that.includes("no cluster");
  });

  it("serves nothing and is not ready while the file of its token is missing, and follows it then", async () => {
    const file = join(suite.directory(), "token");
    const token = "a-token-from-a-file";
    const program = suite.start({
      KUBECONFIG: "/nowhere/config",
      WEBHOOK_TOKEN_FILE: file,
    });
    const origin = `http://127.0.0.1:${await portOf(program)}`;
    const statusOf = async (path: string): Promise<number> => {
      const { status } = await fetch(origin + path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(aReview(aRequest(aPod(), { dryRun: true }))),
      });
      return status;
    };
    const ready = await fetch(`${origin}/readyz`);
    expect(ready.status).to.equal(503);
    expect(await ready.text()).to.include(file);
    for (const path of ["/mutate", "/mutate/", `/mutate/${token}`])
      expect(await statusOf(path), path).to.equal(404);

    writeFileSync(file, `${token}\n`);
    await eventually(
      "the path of the token is served",
      async () => (await statusOf(`/mutate/${token}`)) === 200,
    );
    expect(await statusOf("/mutate")).to.equal(404);
    expect(program.stdout()).not.to.include(token);
  });

  it("is not ready while the cluster cannot be reached, and LOG_LEVEL=debug tells what was asked", async () => {
    const kubeconfig = join(suite.directory(), "unreachable");
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
        users: [{ name: "u", user: { token: "t" } }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
        "current-context": "x",
      }),
    );
    const program = suite.start({
      KUBECONFIG: kubeconfig,
      LOG_LEVEL: "debug",
    });
    const port = await portOf(program);
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(ready.status).to.equal(503);
    expect(await ready.text()).to.include("ECONNREFUSED");
    // It comes by a pipe of its own, which may be read later than the answer.
    await eventually("the line of the request", () =>
      /^\{.*"level":"debug","msg":"API request","method":"GET","path":"\/version","ms":\d+,"error":".*ECONNREFUSED/m.test(
        program.stdout(),
      ),
    );
  });
});
