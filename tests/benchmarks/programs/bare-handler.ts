/**
 * A webhook with as little code as possible, to compare the function with: it creates the same claim and answers with the same patch, but
 * checks nothing. At `/no-op` it answers only that the Pod may be created. PORT, TLS_CERT_DIR, SERVER, CA and TOKEN are its settings.
 */
import { Agent, createServer, request } from "node:https";
import { json } from "node:stream/consumers";
import { admit, allow, serve, serverOptions } from "./unchecked-admission.ts";
import type { Review } from "./unchecked-admission.ts";

const { CA = "", SERVER = "", TOKEN = "" } = process.env;
const agent = new Agent({ keepAlive: true, maxSockets: 64, ca: CA });

function createClaim(namespace: string, claim: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${SERVER}/api/v1/namespaces/${namespace}/persistentvolumeclaims`,
      {
        agent,
        method: "POST",
        headers: {
          authorization: `Bearer ${TOKEN}`,
          "content-type": "application/json",
        },
      },
      (answer) => {
        json(answer).then((body) => {
          if (answer.statusCode === 201) resolve();
          else reject(new Error(JSON.stringify(body)));
        }, reject);
      },
    );
    sent.on("error", reject);
    sent.end(JSON.stringify(claim));
  });
}

serve(
  createServer(serverOptions(), (incoming, response) => {
    const noOp = incoming.url?.startsWith("/no-op") === true;
    json(incoming)
      .then((body) => {
        const review = body as Review;
        return noOp ? allow(review.request.uid) : admit(review, createClaim);
      })
      .then(
        (answer) => {
          response
            .setHeader("content-type", "application/json")
            .end(JSON.stringify(answer));
        },
        (error: unknown) => {
          response.statusCode = 500;
          response.end(String(error));
        },
      );
  }),
);
