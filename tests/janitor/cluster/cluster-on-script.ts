import { ApiStatusError } from "../../../functions/kubernetes/api-server.ts";
import { errorMessage } from "../../../functions/kubernetes/error-message.ts";
import { clusterOn } from "../../../janitor/cluster/cluster.ts";
import type { Cluster } from "../../../janitor/cluster/cluster.ts";
import { recordedSleep, scriptedApiServer } from "./scripted-api-server.ts";
import type { Scripted } from "./scripted-api-server.ts";

export const NOT_FOUND = new ApiStatusError(404, "not found");

/** The cluster of the janitor on an API server that gives these answers, one after the other, and the requests it got. */
export function cluster(...answers: Scripted[]): {
  readonly cluster: Cluster;
  readonly requests: ReturnType<typeof scriptedApiServer>["requests"];
} {
  const { api, requests } = scriptedApiServer(...answers);
  const { sleep } = recordedSleep();
  return { cluster: clusterOn(api, { pageSize: 500, sleep }), requests };
}

/** The message with which it fails. Throws when it does not. */
export async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return errorMessage(error);
  }
  throw new TypeError("it did not fail");
}
