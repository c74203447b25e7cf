import { once } from "node:events";
import { Agent, createServer as createHttpServer, request } from "node:http";
import type { ClientRequest, IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import type { Limits } from "../../../functions/admission/max-in-flight.ts";
import { allowed } from "../../../functions/admission/response.ts";
import { createLogger } from "../../../functions/http/logger.ts";
import { createMetrics } from "../../../functions/http/metrics.ts";
import { createServer } from "../../../functions/http/server.ts";
import { eventually } from "../../support/eventually.ts";
import { REVIEW, TOKEN } from "./server-suite.ts";

const MIB = 1024 * 1024;
const PATH = `/mutate/${TOKEN}`;

/** A review of about this size, in bytes; its Pod has one long annotation. */
function reviewOf(bytes: number): string {
  return REVIEW.replace(
    '"annotations":{',
    () => `"annotations":{"example.com/long":"${"x".repeat(bytes)}",`,
  );
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

function open(
  port: number,
  headers: Readonly<Record<string, string | number>> = {},
  path = PATH,
  agent: Agent | false = false,
): ClientRequest {
  return request({
    agent,
    port,
    host: "127.0.0.1",
    method: "POST",
    path,
    headers: { "content-type": "application/json", ...headers },
  });
}

async function answerTo(sent: ClientRequest): Promise<Answer> {
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  const { statusCode: status, headers } = answer;
  return { status, headers, body: await json(answer) };
}

function post(port: number, body: string | Buffer): Promise<Answer> {
  const length = Buffer.byteLength(body);
  const sent = open(port, { "content-length": length });
  sent.end(body);
  return answerTo(sent);
}

async function shedCount(port: number, shortage: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const line = new RegExp(
    `^stateful_deployments_calls_shed_total\\{shortage="${shortage}"\\} (\\d+)`,
    "m",
  );
  return Number(line.exec(text)?.[1] ?? 0);
}

describe("the room for the bodies of reviews", function () {
  this.timeout(15_000);
  const servers: Server[] = [];
  /** How many reviews the handler holds, and what lets them go. */
  let waiting: (() => void)[];
  let deadlines: number[];

  afterEach(() => {
    for (const release of waiting) release();
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  /** A function whose handler holds each review, unless it is told otherwise; returns its port. */
  async function serve(limits?: Limits, hold = true): Promise<number> {
    waiting = [];
    deadlines = [];
    const app = createServer({
      handler: async (_request, deadline) => {
        deadlines.push(deadline);
        if (hold) await new Promise<void>((resolve) => waiting.push(resolve));
        return allowed("done");
      },
      ready: () => Promise.resolve(undefined),
      metrics: createMetrics(),
      log: createLogger("error", () => {}),
      tokens: () => [TOKEN],
      ...(limits && { limits }),
    });
    const server = createHttpServer(app).listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  const shortages = [
    { shortage: "requests", limits: { requests: 1, memory: 100 * MIB } },
    { shortage: "memory", limits: { requests: 9, memory: 4 * MIB } },
  ];
  for (const { limits, shortage } of shortages)
    it(`W13: a review for which there is no room (${shortage}) is not read, and answered so that the API server sends it again`, async () => {
      const port = await serve(limits);
      const first = post(port, reviewOf(MIB));
      await eventually("the first is held", () => waiting.length === 1);
      // Not a byte of this body is ever sent.
      const agent = new Agent({ keepAlive: true });
      const unread = open(port, { "content-length": MIB }, PATH, agent);
      unread.on("error", () => undefined);
      unread.flushHeaders();
      const { body, headers, status } = await answerTo(unread);
      agent.destroy();
      expect(status).to.equal(429);
      expect(headers).to.have.property("retry-after", "1");
      expect(body).to.deep.include({
        kind: "Status",
        apiVersion: "v1",
        status: "Failure",
        reason: "TooManyRequests",
        code: 429,
      });
      expect(body)
        .to.have.property("message")
        .that.includes("create the Pod again");
      expect(await shedCount(port, shortage)).to.equal(1);
      expect(deadlines).to.have.lengthOf(1);

      waiting.shift()?.();
      expect((await first).status).to.equal(200);
      const again = post(port, reviewOf(MIB));
      await eventually("it is held in its turn", () => waiting.length === 1);
      waiting.shift()?.();
      expect((await again).status).to.equal(200);
    });

  it("W13: a review for which there is no room goes by before its answer when its connection will be closed", async () => {
    const port = await serve({ requests: 1, memory: 100 * MIB });
    const first = post(port, REVIEW);
    await eventually("the first is held", () => waiting.length === 1);
    const length = { "content-length": 20 * MIB, connection: "close" };
    const sent = open(port, length);
    sent.end(Buffer.alloc(20 * MIB));
    const { status } = await answerTo(sent);
    expect(status).to.equal(429);
    expect(sent.writableFinished).to.equal(true);
    waiting.shift()?.();
    await first;
  });

  it("is not taken by requests with a wrong path, type, method or size, whose bodies nobody reads", async () => {
    const port = await serve({ requests: 1, memory: 100 * MIB }, false);
    const length = { "content-length": MIB };
    const type = { "content-type": "text/plain" };
    const wrong = [
      { sent: open(port, length, "/mutate/another-token-0123456789"), is: 404 },
      { sent: open(port, { ...length, ...type }), is: 415 },
      { sent: open(port, { "content-length": 21 * MIB }), is: 413 },
    ];
    for (const { is, sent } of wrong) {
      sent.flushHeaders();
      expect((await answerTo(sent)).status).to.equal(is);
    }
    // All of them still owe their bodies.
    expect((await post(port, REVIEW)).status).to.equal(200);
    expect(await shedCount(port, "requests")).to.equal(0);
    for (const { sent } of wrong) sent.destroy();
  });

  it("is counted as it is taken by a body that comes in chunks", async () => {
    const port = await serve({ requests: 9, memory: 4 * MIB });
    const inChunks = (body: string): ClientRequest => {
      const sent = open(port);
      for (let at = 0; at < body.length; at += 100_000)
        sent.write(body.slice(at, at + 100_000));
      sent.end();
      expect(sent.hasHeader("content-length")).to.equal(false);
      return sent;
    };
    const small = inChunks(reviewOf(MIB));
    const first = answerTo(small);
    await eventually("the first is held", () => waiting.length === 1);
    const { headers, status } = await answerTo(inChunks(reviewOf(MIB)));
    expect(status).to.equal(429);
    expect(headers).to.have.property("retry-after", "1");
    expect(await shedCount(port, "memory")).to.equal(1);
    waiting.shift()?.();
    expect((await first).status).to.equal(200);
  });

  it("has always a place for one body of the largest size, escapes and many small strings", async () => {
    const port = await serve(undefined, false);
    const escapes = reviewOf(0).replace(
      '"example.com/long":""',
      () => `"example.com/long":"${"\\u003c".repeat(3.3 * MIB)}"`,
    );
    expect(escapes.length).to.be.within(19 * MIB, 20 * MIB);
    expect((await post(port, escapes)).status).to.equal(200);
    const args = `"args":[${'"--x=1234",'.repeat(1.7 * MIB)}"-"],`;
    const strings = REVIEW.replace('"image":', () => `${args}"image":`);
    expect(strings.length).to.be.within(18 * MIB, 20 * MIB);
    expect((await post(port, strings)).status).to.equal(200);
  });

  it("is refused for good to a body whose objects would take more memory than there is", async () => {
    const port = await serve(undefined, false);
    const body = `{"a":[${"{},".repeat(3 * MIB)}{}]}`;
    const answer = await post(port, body);
    expect(answer.status).to.equal(413);
    expect(answer.body).to.deep.equal({
      error:
        "the body has more objects, lists and strings than fit into memory",
    });
  });

  it("is not given to a compressed body, which does not tell how large it is", async () => {
    const port = await serve(undefined, false);
    const body = gzipSync(REVIEW);
    const sent = open(port, {
      "content-length": body.length,
      "content-encoding": "gzip",
    });
    sent.end(body);
    expect(await answerTo(sent)).to.deep.include({
      status: 415,
      body: {
        error:
          'Content-Encoding "gzip" is not supported; send the body as it is',
      },
    });
  });

  it("is given back by a body that does not come", async () => {
    const port = await serve({ requests: 1, memory: 100 * MIB }, false);
    const slow = open(
      port,
      { "content-length": REVIEW.length },
      `${PATH}?timeout=1s`,
    );
    slow.write(REVIEW.slice(0, 20));
    const start = performance.now();
    const { headers, status } = await answerTo(slow);
    expect(status).to.equal(429);
    expect(headers).to.include({ connection: "close", "retry-after": "1" });
    expect(performance.now() - start).to.be.within(700, 1_500);
    await eventually(
      "the place is free",
      async () => (await post(port, REVIEW)).status === 200,
    );
  });

  it("is given back by a client that goes away", async () => {
    const port = await serve({ requests: 1, memory: 100 * MIB }, false);
    const gone = open(port, { "content-length": REVIEW.length });
    gone.on("error", () => undefined);
    gone.write(REVIEW.slice(0, 20));
    await eventually(
      "it has the place",
      async () => (await post(port, REVIEW)).status === 429,
    );
    gone.destroy();
    await eventually(
      "the place is free",
      async () => (await post(port, REVIEW)).status === 200,
    );
  });

  it("W12: takes the time that a body needs from the time for the answer", async () => {
    const port = await serve(undefined, false);
    const sent = open(
      port,
      { "content-length": REVIEW.length },
      `${PATH}?timeout=10s`,
    );
    sent.write(REVIEW.slice(0, 20));
    const start = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 700));
    sent.end(REVIEW.slice(20));
    expect((await answerTo(sent)).status).to.equal(200);
    expect(deadlines).to.have.lengthOf(1);
    expect((deadlines[0] ?? NaN) - start).to.be.below(9_500 + 100);
  });
});
