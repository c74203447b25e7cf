import { once } from "node:events";
import { request } from "node:https";
import type { Agent } from "node:https";
import { json } from "node:stream/consumers";
import type { Readable } from "node:stream";
import { webhookToken } from "../support/function-on.ts";

/** What the benchmarks read of an answer. */
export interface DirectAnswer {
  readonly allowed: boolean;
  readonly auditAnnotations?: { readonly pool?: string };
}

/** Sends a review straight to a webhook on this machine, as the API server does. Throws when the Pod is not allowed. */
export async function sendReview(
  agent: Agent,
  port: number,
  review: object,
): Promise<DirectAnswer> {
  const sent = request({
    agent,
    port,
    method: "POST",
    path: `/mutate/${webhookToken}?timeout=30s`,
    headers: { "content-type": "application/json" },
  });
  sent.end(JSON.stringify(review));
  const [answer] = (await once(sent, "response")) as [Readable];
  const { response } = (await json(answer)) as { response?: DirectAnswer };
  if (response?.allowed !== true) throw new Error(JSON.stringify(response));
  return response;
}
