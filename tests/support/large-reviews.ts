import { once } from "node:events";
import { Agent, request } from "node:http";
import type { IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { aPod, aRequest, aReview } from "./builders.ts";

/** Nearly the largest body that the function reads, in bytes. */
const SIZE = 20 * 1024 * 1024 - 4_096;

/** Reviews of the largest size, of which each takes memory in another way. Nothing is written for them. */
export const LARGE_REVIEWS: Readonly<Record<string, () => Buffer>> = {
  "escapes of an annotation": () =>
    review('"example.com/long":""', (room) =>
      JSON.stringify({ "example.com/long": "" })
        .slice(1, -2)
        .concat("\\u003c".repeat(room / 6), '"'),
    ),
  "letters of two bytes": () =>
    review(
      '"example.com/long":""',
      (room) => `"example.com/long":"${"\u{20ac}".repeat(room / 3)}"`,
    ),
  "small annotations": () =>
    review('"example.com/long":""', (room) =>
      Array.from(
        { length: room / 40 },
        (_, index) => `"example.com/${String(index).padStart(9)}":"value-12"`,
      ).join(","),
    ),
};

function review(place: string, filling: (room: number) => string): Buffer {
  const pod = aPod();
  if (pod.metadata?.annotations)
    pod.metadata.annotations["example.com/long"] = "";
  const empty = JSON.stringify(aReview(aRequest(pod, { dryRun: true })));
  return Buffer.from(
    empty.replace(place, () => filling(SIZE - empty.length - 64)),
  );
}

/** What came of many reviews at once. */
export interface Burst {
  /** Reviews that were admitted in the end. */
  readonly admitted: number;
  /** Calls that were sent again, as the API server does when it is asked to. */
  readonly repeated: number;
}

/** Sends `body` so many times at once, each over a connection of its own, and again a second later when the answer asks for that. */
export async function sendLarge(
  port: number,
  body: Buffer,
  count: number,
): Promise<Burst> {
  let admitted = 0;
  let repeated = 0;
  const agent = new Agent({ keepAlive: true });
  const call = async (): Promise<void> => {
    for (;;) {
      const sent = request({
        port,
        host: "127.0.0.1",
        method: "POST",
        path: "/mutate?timeout=30s",
        agent,
        headers: {
          "content-type": "application/json",
          "content-length": body.length,
        },
      });
      sent.on("error", () => undefined);
      sent.end(body);
      const [answer] = (await once(sent, "response")) as [IncomingMessage];
      const { response } = (await json(answer)) as {
        response?: { allowed?: boolean };
      };
      if (response?.allowed === true) admitted += 1;
      const { "retry-after": after } = answer.headers;
      if (after === undefined) return;
      // As Go's client does when it has its answer before it has sent everything.
      if (!sent.writableFinished) sent.destroy();
      repeated += 1;
      await sleep(Number(after) * 1_000);
    }
  };
  await Promise.all(Array.from({ length: count }, call));
  agent.destroy();
  return { admitted, repeated };
}
