import { request } from "node:https";
import { CoreV1Api } from "@kubernetes/client-node";
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

/** The creation of a claim. */
export function isCreate({
  method,
  path,
}: Pick<ProxiedRequest, "method" | "path">): boolean {
  return method === "POST" && path.endsWith("/persistentvolumeclaims");
}

/** The deletion of a claim. */
export function isDelete({ method }: Pick<ProxiedRequest, "method">): boolean {
  return method === "DELETE";
}

/** Starts the function behind a proxy that injects faults for the suite that calls it, and stops both after it. */
export function functionBehindProxy() {
  let running: RunningFunction;
  let uid = 0;
  const suite = {
    // The `before` hook sets both.
    core: undefined as unknown as CoreV1Api,
    proxy: undefined as unknown as ApiProxy,
    /** Sends the review of a Pod to the function or to `of`, as the API server does. Each request has its own uid by default. */
    review(
      namespace: string,
      {
        pod = aPod(),
        requestUid = `request-${(uid += 1)}`,
        timeout = "10s",
        of = running,
        dryRun = false,
      } = {},
    ): Promise<Answer> {
      const review = aReview(
        aRequest(pod, { uid: requestUid, namespace, dryRun }),
      );
      return answerOf(of, timeout, review);
    },
    async claimNames(namespace: string): Promise<(string | undefined)[]> {
      const { core } = suite;
      const { items } = await core.listNamespacedPersistentVolumeClaim({
        namespace,
      });
      return items.map(({ metadata }) => metadata?.name);
    },
  };

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
  afterEach(() => suite.proxy.reset());
  after(async () => {
    await running?.stop();
    await (suite.proxy as ApiProxy | undefined)?.stop();
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
