import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import { listening } from "../control-plane/free-port.ts";

/** Passes bytes on to a port of this machine, until it stops without an error on either side. */
export interface SilentProxy {
  readonly port: number;
  /** Connections of clients that are open, silent ones too. */
  readonly open: () => number;
  /** All connections of clients that there have been. */
  readonly total: () => number;
  /** From now on nothing goes through the connections that are there, in either direction. They stay open, and new ones work. */
  fallSilent(): void;
  stop(): Promise<void>;
}

/** As after a control plane's failover, or when a load balancer or an address translator forgot its connections. */
export async function startSilentProxy(to: number): Promise<SilentProxy> {
  const pairs = new Set<{ sockets: readonly Socket[]; silent: boolean }>();
  let total = 0;
  const server = createServer((client) => {
    total += 1;
    const upstream = connect(to, "127.0.0.1");
    const pair = { sockets: [client, upstream], silent: false };
    pairs.add(pair);
    client.setNoDelay();
    upstream.setNoDelay();
    client.on("data", (bytes) => pair.silent || upstream.write(bytes));
    upstream.on("data", (bytes) => pair.silent || client.write(bytes));
    client.on("error", () => undefined);
    upstream.on("error", () => undefined);
    upstream.on("close", () => pair.silent || client.destroy());
    client.on("close", () => {
      pairs.delete(pair);
      upstream.destroy();
    });
  });
  return {
    port: await listening(server),
    open: () => pairs.size,
    total: () => total,
    fallSilent() {
      for (const pair of pairs) pair.silent = true;
    },
    async stop() {
      const closed = once(server, "close");
      server.close();
      for (const { sockets } of pairs)
        for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
