import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";

/** Lets a server listen on a free port of 127.0.0.1. Returns the port. */
export async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A TCP port of 127.0.0.1 that was free a moment ago. Another process can take it before the caller does. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  server.close();
  await once(server, "close");
  return port;
}
