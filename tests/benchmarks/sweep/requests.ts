import type { ApiServer } from "../../../functions/kubernetes/api-server.ts";

/** A line of the API server's metrics: https://kubernetes.io/docs/reference/instrumentation/metrics/ */
const ANSWERED =
  /^apiserver_request_total\{.*resource="(?:persistentvolumeclaims|pods|namespaces|events)".*\} (\S+)$/gm;

/** How many requests for claims, Pods, namespaces and Events the API server has answered since it started. */
export async function requestsAnswered(api: ApiServer): Promise<number> {
  const { body } = await api({
    method: "GET",
    path: "/metrics",
    timeoutMs: 60_000,
  });
  return answeredIn(String(body));
}

/** The sum in the text of `/metrics`. */
export function answeredIn(metrics: string): number {
  return [...metrics.matchAll(ANSWERED)]
    .map(([, count]) => Number(count))
    .reduce((sum, count) => sum + count, 0);
}
