import { request } from "node:https";
import { aPod, aRequest, aReview } from "./builders.ts";

/** The HTTP status that answers a review, a dry run unless given. Opens a new connection that trusts only `ca`. */
export function statusOf(
  url: string,
  ca: string,
  review: object = aReview(aRequest(aPod(), { dryRun: true })),
): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method: "POST",
        ca,
        agent: false,
        headers: { "content-type": "application/json" },
      },
      (incoming) => {
        incoming.resume();
        incoming.on("end", () => resolve(incoming.statusCode ?? 0));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(JSON.stringify(review));
  });
}
