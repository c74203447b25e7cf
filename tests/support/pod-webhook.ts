import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { ControlPlane } from "../control-plane/control-plane.ts";

/** What a made-up webhook answers to a review's request. */
export type PodWebhookAnswer = (request: {
  uid: string;
  object: { metadata: { labels?: Record<string, string> } };
}) => object;

/** Starts a webhook that is not ours, which answers each request with `answer`, and returns its address. */
export async function startPodWebhook(
  controlPlane: ControlPlane,
  answer: PodWebhookAnswer,
): Promise<{ url: string; caPem: string; stop: () => void }> {
  const server = createServer(
    await controlPlane.certificate(["127.0.0.1"]),
    (incoming, outgoing) => {
      let text = "";
      incoming.on("data", (chunk: Buffer) => (text += chunk.toString()));
      incoming.on("end", () => {
        const { request } = JSON.parse(text) as {
          request: Parameters<PodWebhookAnswer>[0];
        };
        outgoing.setHeader("content-type", "application/json");
        outgoing.end(
          JSON.stringify({
            apiVersion: "admission.k8s.io/v1",
            kind: "AdmissionReview",
            response: { uid: request.uid, ...answer(request) },
          }),
        );
      });
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    caPem: controlPlane.caPem,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
