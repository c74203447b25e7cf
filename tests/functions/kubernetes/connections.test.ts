import { once } from "node:events";
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { connectionsTo } from "../../../functions/kubernetes/connections.ts";
import { eventually } from "../../support/eventually.ts";
import { listening } from "../../control-plane/free-port.ts";

const IDLE_MS = 200;

describe("connectionsTo", function () {
  this.timeout(10_000);

  it("closes a connection that was idle for so long, and never one that waits for its answer", async () => {
    const server = http.createServer((_, response) => {
      void sleep(3 * IDLE_MS).then(() => response.end());
    });
    server.keepAliveTimeout = 0;
    const port = await listening(server);
    let open = 0;
    server.on("connection", (socket) => {
      open += 1;
      socket.on("close", () => (open -= 1));
    });
    const url = `http://127.0.0.1:${port}`;
    const connections = connectionsTo(
      { name: "c", server: url, skipTLSVerify: true },
      IDLE_MS,
    );
    try {
      const request = http.get(url, { agent: await connections.agentFor({}) });
      const [response] = (await once(request, "response")) as [
        http.IncomingMessage,
      ];
      expect(response.statusCode).to.equal(200);
      response.resume();
      await once(response, "end");
      const idleSince = performance.now();
      expect(open).to.equal(1);
      await eventually("it is closed", () => open === 0, 5_000);
      expect(performance.now() - idleSince).to.be.above(IDLE_MS * 0.9);
    } finally {
      server.close();
    }
  });

  for (const proxyUrl of ["http://127.0.0.1:1", "socks5h://127.0.0.1:1"])
    it(`has another agent for ${proxyUrl} when certificates change, and the same while they stay`, async () => {
      const connections = connectionsTo({
        name: "c",
        server: "https://127.0.0.1:1",
        skipTLSVerify: false,
        proxyUrl,
      });
      const [one, same] = await Promise.all(
        ["a", "a"].map((servername) => connections.agentFor({ servername })),
      );
      expect(one).to.be.instanceOf(http.Agent);
      expect(same).to.equal(one);
      expect(await connections.agentFor({ servername: "b" })).not.to.equal(one);
    });
});
