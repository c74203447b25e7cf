import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { listening } from "../../control-plane/free-port.ts";

/** A proxy that leads to one port of this machine, wherever its clients want to go. */
export interface ForwardProxy {
  readonly port: number;
  /** `host:port` of every connection that was asked for. */
  readonly asked: readonly string[];
  readonly stop: () => Promise<void>;
}

/** A proxy that understands `CONNECT host:port`. */
export async function startHttpProxy(to: number): Promise<ForwardProxy> {
  const asked: string[] = [];
  const server = createHttpServer();
  server.on("connect", ({ url }, client: Socket, head: Buffer) => {
    asked.push(String(url));
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    join(client, to, head);
  });
  return await started(server, asked);
}

/** A proxy of SOCKS 5 without passwords: https://www.rfc-editor.org/rfc/rfc1928 */
export async function startSocksProxy(to: number): Promise<ForwardProxy> {
  const asked: string[] = [];
  const server = createServer((client) => {
    client.on("error", () => undefined);
    client.once("data", () => {
      client.write(Buffer.from([5, 0]));
      client.once("data", (request: Buffer) => {
        asked.push(addressIn(request));
        client.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
        join(client, to, Buffer.alloc(0));
      });
    });
  });
  return await started(server, asked);
}

/** Names are kept as they came; an address of version 4 is in its usual form. */
function addressIn(request: Buffer): string {
  const port = request.readUInt16BE(request.length - 2);
  const host =
    request[3] === 3
      ? request.subarray(5, request.length - 2).toString()
      : [...request.subarray(4, request.length - 2)].join(".");
  return `${host}:${port}`;
}

function join(client: Socket, to: number, head: Buffer): void {
  const upstream = connect(to, "127.0.0.1");
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    one.on("error", () => other.destroy());
    one.on("close", () => other.destroy());
  }
  upstream.write(head);
  client.pipe(upstream).pipe(client);
}

async function started(
  server: Server,
  asked: readonly string[],
): Promise<ForwardProxy> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  return {
    port: await listening(server),
    asked,
    async stop() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
