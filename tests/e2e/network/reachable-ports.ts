import { eventually } from "../../support/eventually.ts";
import { core } from "../steps/cluster.ts";
import { images } from "../steps/overlay.ts";

/** A Pod that tries to reach another one, as network policies select it. */
export interface Caller {
  readonly title: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The Pod starts, waits, and tries for two seconds, on a busy node. */
const endTimeoutMs = 120_000;

/** By then the network knows the Pod's address; a connection that gets no answer for so long is blocked. */
const program = `
  const { connect } = require("node:net");
  const { setTimeout } = require("node:timers/promises");
  const isOpen = (port) => new Promise((resolve) => {
    const socket = connect({ host: process.env.ADDRESS, port, timeout: 2_000 });
    const end = (open) => () => { socket.destroy(); resolve(open); };
    socket.on("connect", end(true)).on("error", end(false)).on("timeout", end(false));
  });
  const ports = JSON.parse(process.env.PORTS);
  setTimeout(5_000)
    .then(() => Promise.all(ports.map(isOpen)))
    .then((open) => console.log(JSON.stringify(ports.filter((_, index) => open[index]))));
`;

/** Which of these TCP ports of an address accept a connection from a Pod of the caller's kind. */
export async function reachedBy(
  { namespace, labels }: Caller,
  address: string,
  ports: readonly number[],
): Promise<number[]> {
  const { metadata } = await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { generateName: "e2e-caller-", labels },
      spec: {
        restartPolicy: "Never",
        // It is never ready, so no Service that selects these labels sends it anything.
        readinessGates: [
          { conditionType: "e2e.stateful-deployments.dev/never" },
        ],
        containers: [
          {
            name: "main",
            // It has Node.
            image: images["stateful-deployments/function"],
            command: ["node", "--eval", program],
            env: [
              { name: "ADDRESS", value: address },
              { name: "PORTS", value: JSON.stringify(ports) },
            ],
          },
        ],
      },
    },
  });
  const name = metadata?.name ?? "";
  try {
    await eventually(
      `Pod ${name} ended`,
      async () => {
        const { status } = await core.readNamespacedPod({ namespace, name });
        return status?.phase === "Succeeded";
      },
      endTimeoutMs,
    );
    const log = await core.readNamespacedPodLog({ namespace, name });
    return JSON.parse(log) as number[];
  } finally {
    await core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
  }
}
