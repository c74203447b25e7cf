import { createHook } from "node:async_hooks";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import {
  ApiStatusError,
  ApiUnreachableError,
  connectApiServer,
  NotSentError,
} from "../../../functions/kubernetes/api-server.ts";
import type { ApiServer } from "../../../functions/kubernetes/api-server.ts";
import { MAX_IDLE_CONNECTIONS } from "../../../functions/kubernetes/connections.ts";
import { eventually } from "../../support/eventually.ts";
import { startSilentProxy } from "../../support/silent-proxy.ts";
import type { SilentProxy } from "../../support/silent-proxy.ts";
import { listening } from "../../control-plane/free-port.ts";

/** More than answers need here, and short for a test. */
const TRY_MS = 400;

/** For a hundred requests at once, all in this process, on a machine that is busy with something else. */
const PATIENT_MS = 5_000;

function answered(results: readonly PromiseSettledResult<unknown>[]): number {
  return results.filter(({ status }) => status === "fulfilled").length;
}

/** The timers that are set while `work` runs, and not yet over or cleared when it ends. */
async function timersLeftBy(work: () => Promise<unknown>): Promise<number> {
  const left = new Set<number>();
  const hook = createHook({
    init: (id, type) => void (type === "Timeout" && left.add(id)),
    destroy: (id) => void left.delete(id),
  }).enable();
  try {
    await work();
    await sleep(10);
    return left.size;
  } finally {
    hook.disable();
  }
}

describe("connectApiServer", function () {
  this.timeout(20_000);
  let server: Server;
  let proxy: SilentProxy;
  let credentials: https.RequestOptions;
  let api: ApiServer;
  let rejections: number;

  beforeEach(async () => {
    // `/slow` takes its time, `/401` rejects, all else is answered at once.
    server = createServer(({ url }, response) => {
      const delay = url === "/slow" ? TRY_MS * 1.5 : 0;
      if (url === "/401") response.statusCode = 401;
      setTimeout(() => response.end("{}"), delay);
    });
    // The API server has no such limit of a few seconds.
    server.keepAliveTimeout = 0;
    proxy = await startSilentProxy(await listening(server));
    credentials = {};
    rejections = 0;
    api = apiWith(async (options) => {
      await Promise.resolve();
      Object.assign(options, credentials);
    });
  });
  afterEach(async () => {
    await proxy.stop();
    server.closeAllConnections();
    server.close();
  });

  function apiWith(
    applyToHTTPSOptions: (options: https.RequestOptions) => Promise<void>,
  ): ApiServer {
    const config = {
      getCurrentCluster: () => ({
        name: "c",
        server: `http://127.0.0.1:${proxy.port}`,
        skipTLSVerify: true,
      }),
      applyToHTTPSOptions,
    };
    return connectApiServer(config as unknown as KubeConfig, "test", () => {
      rejections += 1;
    });
  }

  const ask = async (path = "/", timeoutMs = PATIENT_MS): Promise<number> =>
    (await api({ method: "GET", path, timeoutMs, stillWanted: () => true }))
      .status;

  /** The error of a request that gets no answer. */
  const unanswered = async (path = "/"): Promise<Error> => {
    const error = await ask(path, TRY_MS).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ApiUnreachableError);
    return error as Error;
  };

  const askAtOnce = (count: number, path = "/") =>
    Promise.allSettled(Array.from({ length: count }, () => ask(path)));

  it("keeps few connections while no request uses them, and uses them again", async () => {
    expect(answered(await askAtOnce(50, "/slow"))).to.equal(50);
    expect(proxy.total()).to.equal(50);
    await eventually(
      "the others close",
      () => proxy.open() === MAX_IDLE_CONNECTIONS,
    );
    await askAtOnce(MAX_IDLE_CONNECTIONS);
    expect(proxy.total()).to.equal(50);
  });

  it("keeps no timer of a request that is answered, and so nothing of it", async () => {
    await askAtOnce(50);
    const left = await timersLeftBy(async () => {
      expect(answered(await askAtOnce(200))).to.equal(200);
    });
    // Idle connections have timers too.
    expect(left).to.be.below(2 * MAX_IDLE_CONNECTIONS);
  });

  it("needs one more try when the peer of all idle connections fell silent", async () => {
    await askAtOnce(12, "/slow");
    expect(proxy.open()).to.equal(12);
    proxy.fallSilent();
    expect((await unanswered()).message).to.include("no answer in time");
    expect(await ask()).to.equal(200);
  });

  it("of a hundred requests at once, loses only those that begin on a silent connection, and only once", async () => {
    await askAtOnce(50, "/slow");
    await eventually("idle", () => proxy.open() === MAX_IDLE_CONNECTIONS);
    proxy.fallSilent();
    expect(answered(await askAtOnce(100))).to.be.at.least(
      100 - MAX_IDLE_CONNECTIONS,
    );
    expect(answered(await askAtOnce(100))).to.equal(100);
  });

  it("needs one more try for requests under way and in the queue when all connections fall silent", async () => {
    const results = askAtOnce(100, "/slow");
    await eventually("all are open", () => proxy.open() === 64);
    proxy.fallSilent();
    expect(answered(await results)).to.equal(0);
    expect(answered(await askAtOnce(100))).to.equal(100);
  });

  it("spares the requests under way when a try times out", async () => {
    await askAtOnce(2);
    const slow = ask("/slow");
    await unanswered("/slow");
    expect(await slow).to.equal(200);
  });

  it("lets no request wait in the queue for longer than its time", async () => {
    const before = Array.from({ length: 64 }, () => ask("/slow"));
    await eventually("all are open", () => proxy.open() === 64);
    proxy.fallSilent();
    const startedAt = performance.now();
    await unanswered();
    expect(performance.now() - startedAt).to.be.below(PATIENT_MS / 2);
    await Promise.allSettled(before);
  });

  it("spares the requests under way and in the queue when credentials change, and closes their connections after that", async () => {
    await askAtOnce(4);
    const before = Array.from({ length: 80 }, () =>
      ask("/slow", 2 * PATIENT_MS),
    );
    await eventually("all are open", () => proxy.open() === 64);
    credentials = { ca: "another" };
    expect(await ask()).to.equal(200);
    expect(answered(await Promise.allSettled(before))).to.equal(80);
    await eventually("the old ones are closed", () => proxy.open() === 1);
    const opened = proxy.total();
    expect(await ask()).to.equal(200);
    expect(proxy.total(), "the new one is kept").to.equal(opened);
  });

  it("waits for credentials no longer than for an answer, and takes them when they come", async () => {
    const late = sleep(TRY_MS * 1.5);
    api = apiWith(() => late);
    expect(String(await unanswered())).to.equal(
      "ApiUnreachableError: cannot use the credentials: no answer in time",
    );
    expect(await ask()).to.equal(200);
  });

  it("does not send a request that is not wanted any more when its credentials are there", async () => {
    let wanted = true;
    const sent = api({
      method: "DELETE",
      path: "/claim",
      timeoutMs: TRY_MS,
      stillWanted: () => wanted,
    });
    // The credentials are asked for at once, and come later.
    wanted = false;
    const error = await sent.catch((reason: unknown) => reason);
    expect(error).to.be.an.instanceOf(NotSentError);
  });

  it("reports that the API server rejected the credentials", async () => {
    await ask();
    expect(rejections).to.equal(0);
    const error = await ask("/401").catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ApiStatusError);
    expect(rejections).to.equal(1);
  });
});
