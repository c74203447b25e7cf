import { once } from "node:events";
import { Agent, createServer as createHttpServer, request } from "node:http";
import type { ClientRequest, IncomingMessage, Server } from "node:http";
import { json } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import type { Limits } from "../../../functions/admission/max-in-flight.ts";
import { allowed } from "../../../functions/admission/response.ts";
import { createLogger } from "../../../functions/http/logger.ts";
import { createMetrics } from "../../../functions/http/metrics.ts";
import { createServer } from "../../../functions/http/server.ts";
import { eventually } from "../../support/eventually.ts";
import { aPod, aRequest, aReview } from "../../support/builders.ts";
import { listening } from "../../control-plane/free-port.ts";

const MIB = 1024 * 1024;
const TOKEN = "secret-path-0123456789";
const PATH = `/mutate/${TOKEN}`;
const REVIEW = JSON.stringify(aReview(aRequest(aPod())));

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

function post(
  port: number,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const length = Buffer.byteLength(body);
  const sent = open(port, { "content-length": length, ...headers });
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
  /** Releases each review that the handler holds. */
  let waiting: (() => void)[];
  let deadlines: number[];

  afterEach(() => {
    for (const release of waiting) release();
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  /** Starts a function whose handler holds each review if `hold` is true; returns its port. */
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
    const server = createHttpServer(app);
    servers.push(server);
    return await listening(server);
  }

  const shortages = [
    { shortage: "requests", limits: { requests: 1, memory: 100 * MIB } },
    { shortage: "memory", limits: { requests: 9, memory: 4 * MIB } },
  ];
  for (const { limits, shortage } of shortages)
    it(`W13: answers 429 with Retry-After to a review without room (${shortage}), before it reads the body`, async () => {
      const port = await serve(limits);
      const first = post(port, reviewOf(MIB));
      await eventually("the first is held", () => waiting.length === 1);
      // The test never sends this body.
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
      await eventually("the second is held", () => waiting.length === 1);
      waiting.shift()?.();
      expect((await again).status).to.equal(200);
    });

  it("W13: reads and drops a body without room before it answers, when the connection will be closed", async () => {
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

  it("keeps no room for requests with a wrong path, type or size, whose bodies it does not read", async () => {
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
    // Their bodies have not been sent.
    expect((await post(port, REVIEW)).status).to.equal(200);
    expect(await shedCount(port, "requests")).to.equal(0);
    for (const { sent } of wrong) sent.destroy();
  });

  it("counts a body in chunks as it arrives", async () => {
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

  it("has room for one body of the largest size, with escapes or with many small strings", async () => {
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

  it("answers 413 to a body whose objects would take more memory than there is", async () => {
    const port = await serve(undefined, false);
    const error =
      "the body has more objects, lists and strings than fit into memory";
    expect(
      await post(port, `{"a":[${"{},".repeat(3 * MIB)}{}]}`),
    ).to.deep.include({ status: 413, body: { error } });
  });

  it("answers 415 to a compressed body, because its real size is unknown", async () => {
    const port = await serve(undefined, false);
    const error =
      'Content-Encoding "gzip" is not supported; send the body as it is';
    expect(
      await post(port, gzipSync(REVIEW), { "content-encoding": "gzip" }),
    ).to.deep.include({ status: 415, body: { error } });
  });

  it("frees the room of a body that does not arrive in time", async () => {
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

  it("frees the room of a client that goes away", async () => {
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

  it("W12: counts the time for the body as time for the answer", async () => {
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
