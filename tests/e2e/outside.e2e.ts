import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { expect } from "chai";
import {
  claimsIn,
  core,
  functionPods,
  kubectl,
  ourNamespace,
} from "./cluster.ts";
import { images } from "./overlay.ts";

const host = "stateful-deployments.kourier-system.svc";
const review = JSON.stringify({
  apiVersion: "admission.k8s.io/v1",
  kind: "AdmissionReview",
  request: {
    uid: "1e2e0000-0000-4000-8000-000000000000",
    kind: { group: "", version: "v1", kind: "Pod" },
    resource: { group: "", version: "v1", resource: "pods" },
    operation: "CREATE",
    namespace: "default",
    userInfo: { username: "nobody" },
    object: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        generateName: "stranger-",
        annotations: {
          "volume-claim-template/name": "data",
          "volume-claim-template/storage": "1Gi",
        },
      },
      spec: {
        containers: [{ name: "c", image: "any" }],
        volumes: [{ name: "data", emptyDir: {} }],
      },
    },
  },
});

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** POSTs the review to an address of the gateway, as whoever knows the name in its certificate would. */
async function post(
  scheme: "http" | "https",
  address: string,
  path: string,
  method: "GET" | "POST" = "POST",
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      host: address,
      servername: host,
      path,
      method,
      rejectUnauthorized: false,
      headers: {
        host,
        ...(method === "POST" && {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(review),
        }),
      },
      timeout: 30_000,
    };
    const sent = (scheme === "https" ? httpsRequest : httpRequest)(
      options,
      (response) => {
        let body = "";
        response
          .setEncoding("utf8")
          .on("data", (chunk: string) => (body += chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body }),
        );
      },
    );
    sent.on("error", reject).end(method === "POST" ? review : undefined);
  });
}

describe("somebody who is not the API server", function () {
  let gateway = "";
  let claimsBefore = 0;

  before(async function () {
    // Cluster addresses lead somewhere only on the node itself.
    if (process.env["E2E_CLUSTER_STATE"] === undefined) this.skip();
    const { spec } = await core.readNamespacedService({
      namespace: "kourier-system",
      name: "kourier",
    });
    gateway = spec?.clusterIP ?? "";
    claimsBefore = (await claimsIn("default")).length;
  });

  it("is told 404 through the gateway without the secret path, and with a wrong one", async () => {
    for (const path of [
      "/mutate",
      "/mutate/",
      "/mutate/wrong-wrong-wrong-wrong",
      "/",
    ]) {
      const { status, body } = await post("https", gateway, path);
      expect(status, `${path}: ${body}`).to.equal(404);
      expect(body).to.not.match(/token|claim|stateful/i);
    }
  });

  it("finds neither metrics nor probes through the gateway", async () => {
    for (const path of ["/metrics", "/healthz", "/readyz"]) {
      const { status, body } = await post("https", gateway, path, "GET");
      expect(status, `${path}: ${body}`).to.equal(404);
    }
  });

  it("is not served without TLS", async () => {
    const { status } = await post("http", gateway, "/mutate");
    expect(status).to.be.within(300, 404);
    expect(status).to.not.be.within(200, 299);
  });

  it("finds no public name of the function at the gateway", async () => {
    const { stdout } = {
      stdout: await kubectl([
        "get",
        "ksvc",
        "function",
        "--namespace",
        ourNamespace,
        "--output",
        "jsonpath={.status.url}",
      ]),
    };
    expect(stdout).to.match(/\.svc\.cluster\.local$/);
  });

  it("is told 404 from a Pod in the cluster too", async () => {
    const output = await kubectl([
      "run",
      "stranger",
      "--namespace",
      "default",
      "--image",
      // It has Node, whose fetch says what a stranger's client would say.
      images["stateful-deployments/function"],
      "--restart=Never",
      "--rm",
      "--attach",
      "--quiet",
      "--command",
      "--",
      "node",
      "--eval",
      `fetch("http://function.${ourNamespace}.svc.cluster.local/mutate", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: ${JSON.stringify(review)},
      }).then(async (answer) => console.log(answer.status, await answer.text()), console.log)`,
    ]);
    expect(output).to.match(/^404 /);
  });

  after(async () => {
    if (gateway === "") return;
    expect(
      (await claimsIn("default")).length,
      "claims made by strangers",
    ).to.equal(claimsBefore);
    expect((await functionPods()).length).to.be.greaterThan(0);
  });
});
