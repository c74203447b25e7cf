import type { ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { listening } from "../control-plane/free-port.ts";

/** What a made-up webhook answers to a review's request. */
export type PodWebhookAnswer = (request: {
  uid: string;
  object: { metadata: { labels?: Record<string, string> } };
}) => object | Promise<object>;

/** Starts a webhook that is not ours, which answers each request with `answer`, and returns its address. */
export async function startPodWebhook(
  controlPlane: ControlPlane,
  answer: PodWebhookAnswer,
): Promise<{ url: string; caPem: string; stop: () => void }> {
  const respond = async (
    text: string,
    outgoing: ServerResponse,
  ): Promise<void> => {
    const { request } = JSON.parse(text) as {
      request: Parameters<PodWebhookAnswer>[0];
    };
    const response = { uid: request.uid, ...(await answer(request)) };
    outgoing.setHeader("content-type", "application/json");
    outgoing.end(
      JSON.stringify({
        apiVersion: "admission.k8s.io/v1",
        kind: "AdmissionReview",
        response,
      }),
    );
  };
  const server = createServer(
    await controlPlane.certificate(["127.0.0.1"]),
    (incoming, outgoing) => {
      let text = "";
      incoming.on("data", (chunk: Buffer) => (text += chunk.toString()));
      incoming.on("end", () => void respond(text, outgoing));
    },
  );
  return {
    url: `https://127.0.0.1:${await listening(server)}/`,
    caPem: controlPlane.caPem,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
