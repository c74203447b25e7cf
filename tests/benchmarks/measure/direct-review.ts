import type { Agent } from "node:https";
import { aPod, aRequest, aReview } from "../../support/builders.ts";
import { webhookToken } from "../../support/function-on.ts";
import { post } from "./https-post.ts";

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
  const url = `https://localhost:${port}/mutate/${webhookToken}?timeout=30s`;
  const { body } = await post(agent, url, review);
  const { response } = body as { response?: DirectAnswer };
  if (response?.allowed !== true) throw new Error(JSON.stringify(body));
  return response;
}

/** Sends reviews of Pods in one namespace, each with a uid of its own. */
export function admitterFor(
  agent: Agent,
  namespace: string,
): (port: number) => Promise<DirectAnswer> {
  let last = 0;
  return (port) => {
    last += 1;
    const request = aRequest(aPod(), {
      uid: `${namespace}-${last}`,
      namespace,
    });
    return sendReview(agent, port, aReview(request));
  };
}
