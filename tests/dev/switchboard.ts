import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** A TCP port that stays the same while what answers behind it changes. Whoever is connected stays with whom he reached. */
export interface Switchboard {
  /** Where to call, on loopback. */
  readonly port: number;
  /** Connects new calls to this port on loopback. */
  leadTo(port: number): void;
  close(): void;
}

/** Opens one that leads nowhere: calls are hung up. */
export async function openSwitchboard(): Promise<Switchboard> {
  let target: number | undefined;
  const sockets = new Set<Socket>();
  const server = createServer((call) => {
    if (target === undefined) {
      call.destroy();
      return;
    }
    const answer = connect(target, "127.0.0.1");
    for (const [one, other] of [
      [call, answer],
      [answer, call],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      // The other side learns of it by the close; there is nobody else to tell.
      one.on("error", () => undefined);
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    leadTo(port) {
      target = port;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
