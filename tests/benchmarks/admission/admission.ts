import { startControlPlane } from "../../control-plane/control-plane.ts";
import type { Benchmark } from "../measure/comparison.ts";
import { webhooksOn } from "../programs/webhooks.ts";
import { admissionsOf, measureCost } from "./cost.ts";
import { measureLatency, podsOf } from "./latency.ts";
import { measureRate, secondsOfRate } from "./rate.ts";

const admissions = admissionsOf(false);
const { atOnce, oneAtATime } = podsOf(false);

/** What an admission costs, compared with webhooks that check nothing. There are no controllers: no claim is bound. */
export const admission: Benchmark = {
  name: "admission",
  title: "Admissions",
  method: `The bare handler is a webhook of Node.js alone that creates the same claim by the same kind of request and answers with the same patch, but checks
nothing. The function uses express and client-node. So there is a second bare handler: express reads the review, and client-node creates the claim, on connections
that are kept. What the function takes beyond the second, its checks take; the rest of what it takes beyond the first, the packages take. The function loads only a
part of client-node, so it can also take less than the second. All run with the same flags of Node.js. Another process reads their logs, as the container runtime does in a
cluster.

For processor time and memory, each round starts all of them. Reviews come straight from the client, 16 at once: ${admissions} after which the memory is read, then
${admissions} whose processor time counts.

Latency is measured through the API server, with the webhook registered. It is the time that a Pod create takes beyond the median of Pods that no webhook sees,
for ${oneAtATime} Pods one at a time and for ${atOnce}, 16 at once. It is compared with a webhook that does nothing, and a claim that the client creates before.

The bare handler of Node.js is the floor: every webhook that creates a claim reads the review, sends the claim, waits for it and answers with a patch, which the API
server then applies. What the function adds beyond this floor is express, the check of the review, of the annotations and of the claim, a line in the log, and metrics.

For the rate, reviews come straight from the client, for ${secondsOfRate(false)} seconds at each rate. The first rate is three tenths of what keeps the webhook busy all the time, and
each rate is a tenth of that above the one before. A rate holds unless the slowest hundredth of its answers takes more than twice as long as the slowest hundredth of
reviews that come one at a time. A rate that does not hold is tried once more, because one pause of the API server
can already make a hundredth of the answers late. The search ends when two rates in a row do not hold, and the highest rate that holds counts. There, too, no webhook is
expected to do better than the bare handler.`,
  async run(run) {
    const controlPlane = await startControlPlane({
      controllers: false,
      nodes: 0,
    });
    try {
      const start = await webhooksOn(controlPlane);
      return [
        ...(await measureCost(controlPlane, start, run)),
        ...(await measureLatency(controlPlane, start, run)),
        ...(await measureRate(controlPlane, start, run)),
      ];
    } finally {
      await controlPlane.stop();
    }
  },
};
