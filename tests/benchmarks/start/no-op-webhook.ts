/**
 * A webhook that allows everything and changes nothing: the least that any webhook costs. PORT and TLS_CERT_DIR are its settings.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { json } from "node:stream/consumers";
import type { AddressInfo } from "node:net";

const { PORT = "0", TLS_CERT_DIR = "" } = process.env;

interface Review {
  readonly request: { readonly uid: string };
}

const server = createServer(
  {
    cert: readFileSync(`${TLS_CERT_DIR}/tls.crt`),
    key: readFileSync(`${TLS_CERT_DIR}/tls.key`),
  },
  (incoming, response) => {
    json(incoming).then(
      (review) => {
        const { uid } = (review as Review).request;
        response.setHeader("content-type", "application/json").end(
          JSON.stringify({
            apiVersion: "admission.k8s.io/v1",
            kind: "AdmissionReview",
            response: { uid, allowed: true },
          }),
        );
      },
      (error: unknown) => {
        response.statusCode = 400;
        response.end(String(error));
      },
    );
  },
);
server.listen(Number(PORT), "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ msg: "listening", port })}\n`);
});
