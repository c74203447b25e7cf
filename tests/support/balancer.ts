import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import { listening } from "../control-plane/free-port.ts";

/** A port in front of other ports. */
export interface Balancer {
  readonly port: number;
  /** Leads new connections to these ports, and closes the others. */
  readonly leadTo: (ports: readonly number[]) => void;
  readonly stop: () => void;
}

/** Leads each connection to one of the ports by turns, and to the next where nobody listens. */
export async function startBalancer(): Promise<Balancer> {
  const open = new Set<Socket>();
  let ports: readonly number[] = [];
  let turn = 0;
  const lead = (client: Socket, tries: number): void => {
    const port = ports[turn % ports.length];
    turn += 1;
    if (port === undefined) {
      client.destroy();
      return;
    }
    let connected = false;
    const server = connect(port, "127.0.0.1", () => {
      connected = true;
      client.pipe(server).pipe(client);
      client.once("close", () => server.destroy());
      server.once("close", () => client.destroy());
    });
    server.on("error", () => {
      if (!connected && tries > 1) lead(client, tries - 1);
      else client.destroy();
    });
  };
  const closeAll = (): void => {
    for (const client of open) client.destroy();
  };
  const balancer = createServer((client) => {
    open.add(client);
    client.once("close", () => open.delete(client));
    client.on("error", () => client.destroy());
    lead(client, ports.length);
  });
  const port = await listening(balancer);
  return {
    port,
    leadTo: (others) => {
      ports = others;
      closeAll();
    },
    stop: () => {
      balancer.close();
      closeAll();
    },
  };
}
