import { request } from "node:https";
import { CoreV1Api } from "@kubernetes/client-node";
import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { startApiProxy } from "../../support/api-proxy.ts";
import type { ApiProxy } from "../../support/api-proxy.ts";
import { aPod, aRequest, aReview } from "../../support/builders.ts";
import type { ProxiedRequest } from "../../support/fault.ts";
import { startFunction } from "../../support/function-on.ts";
import type { RunningFunction } from "../../support/function-on.ts";
import {
  sharedControlPlane,
  startTimeoutMs,
} from "../../support/shared-control-plane.ts";

/** The function's answer about a Pod. */
export interface Answer {
  readonly allowed: boolean;
  readonly patch?: string;
  readonly status?: { readonly code: number; readonly message: string };
}

/** The function behind a proxy that injects faults; its `before` hook fills it. */
export interface FunctionBehindProxy {
  core: CoreV1Api;
  proxy: ApiProxy;
  /**
   * Sends the review of a Pod to the function, as the API server does. By default the Pod has the volume `cache`, and each request
   * has its own uid. `of` is another function.
   */
  review(
    namespace: string,
    more?: {
      pod?: V1Pod;
      requestUid?: string;
      timeout?: string;
      of?: RunningFunction;
    },
  ): Promise<Answer>;
  claimNames(namespace: string): Promise<(string | undefined)[]>;
}

/** The creation of a claim. */
export function isCreate({
  method,
  path,
}: Pick<ProxiedRequest, "method" | "path">): boolean {
  return method === "POST" && path.endsWith("/persistentvolumeclaims");
}

/** The read of one claim. */
export function isRead({
  method,
  path,
}: Pick<ProxiedRequest, "method" | "path">): boolean {
  return method === "GET" && path.includes("/persistentvolumeclaims/");
}

/** The deletion of a claim. */
export function isDelete({ method }: Pick<ProxiedRequest, "method">): boolean {
  return method === "DELETE";
}

/** Starts the function behind a proxy for the suite that calls it, and stops both after it. */
export function functionBehindProxy(): FunctionBehindProxy {
  let running: RunningFunction;
  let uid = 0;
  const suite = {
    review(
      namespace,
      {
        pod = aPod(),
        requestUid = `request-${(uid += 1)}`,
        timeout = "10s",
        of = running,
      } = {},
    ) {
      const review = aReview(aRequest(pod, { uid: requestUid, namespace }));
      return answerOf(of, timeout, review);
    },
    async claimNames(namespace) {
      return (
        await suite.core.listNamespacedPersistentVolumeClaim({ namespace })
      ).items.map(({ metadata }) => metadata?.name);
    },
  } as FunctionBehindProxy;

  before(async function () {
    this.timeout(startTimeoutMs);
    const controlPlane = await sharedControlPlane();
    suite.core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    suite.proxy = await startApiProxy(controlPlane);
    running = await startFunction(
      controlPlane,
      suite.proxy.kubeconfigFor(controlPlane.adminToken),
    );
  });
  afterEach(() => suite.proxy?.reset());
  after(async () => {
    await running?.stop();
    await suite.proxy?.stop();
  });
  return suite;
}

/** The function's answer to a review. Fails if it asks the API server to try again. */
export function answerOf(
  { caPem, url }: RunningFunction,
  timeout: string,
  review: object,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${url}?timeout=${timeout}`,
      {
        method: "POST",
        ca: caPem,
        headers: { "content-type": "application/json" },
      },
      (incoming) => {
        let text = "";
        incoming.on("data", (chunk: Buffer) => (text += chunk.toString()));
        incoming.on("end", () => {
          expect(incoming.headers).not.to.have.property("retry-after");
          resolve((JSON.parse(text) as { response: Answer }).response);
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(JSON.stringify(review));
  });
}
