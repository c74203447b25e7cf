/**
 * The bare handler, as somebody writes it with express and client-node: what the function costs beyond it, its checks cost. PORT,
 * TLS_CERT_DIR and KUBECONFIG are its settings.
 */
import { createServer } from "node:https";
import { CoreV1Api } from "@kubernetes/client-node";
import express from "express";
import { KeptConnections } from "../../control-plane/kept-connections.ts";
import { admit, serve, serverOptions } from "./unchecked-admission.ts";
import type { Review } from "./unchecked-admission.ts";

// Without kept connections client-node would open one for each claim, and that would be most of what it takes.
const config = new KeptConnections();
config.loadFromFile(process.env["KUBECONFIG"] ?? "");
const core = config.makeApiClient(CoreV1Api);

const app = express();
app.use(express.json());
app.post("/mutate/:token", async (request, response) => {
  response.json(
    await admit(request.body as Review, (namespace, body) =>
      core.createNamespacedPersistentVolumeClaim({ namespace, body }),
    ),
  );
});

serve(createServer(serverOptions(), app));
