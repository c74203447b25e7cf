import {
  AuthenticationV1Api,
  KubeConfig,
  Watch,
} from "@kubernetes/client-node";
import { expect } from "chai";
import { apiProxySuite } from "./api-proxy-suite.ts";
import { eventually } from "./eventually.ts";

describe("startApiProxy", function () {
  this.timeout(30_000);
  const suite = apiProxySuite();

  /** Watches of the ConfigMaps of one namespace that the API server is serving. */
  const openWatches = async (): Promise<number> => {
    const { body } = await suite.send("GET", "/metrics");
    const line =
      /^apiserver_longrunning_requests\{.*resource="configmaps",scope="namespace".*verb="WATCH".*\} (\d+)$/m;
    return Number(line.exec(String(body))?.[1] ?? 0);
  };

  it("passes requests and identities on, and writes down what came", async () => {
    expect((await suite.create("plain")).status).to.equal(201);
    await suite.send("GET", `${suite.settings()}?limit=1`);
    expect(
      (await suite.send("GET", `${suite.settings()}/nothing`)).status,
    ).to.equal(404);
    expect(
      suite.proxy.requests.map(
        ({ method, path, query, status, upstreamStatus }) => [
          method,
          path,
          String(query),
          status,
          upstreamStatus,
        ],
      ),
    ).to.deep.equal([
      ["POST", suite.settings(), "", 201, 201],
      ["GET", suite.settings(), "limit=1", 200, 200],
      ["GET", `${suite.settings()}/nothing`, "", 404, 404],
    ]);

    const token = await suite.controlPlane.tokenFor(suite.namespace, "default");
    const config = new KubeConfig();
    config.loadFromFile(suite.proxy.kubeconfigFor(token));
    const { status } = await config
      .makeApiClient(AuthenticationV1Api)
      .createSelfSubjectReview({ body: {} });
    expect(status?.userInfo?.username).to.equal(
      `system:serviceaccount:${suite.namespace}:default`,
    );
  });

  it("streams a watch and ends it at the API server when the client goes", async () => {
    const config = new KubeConfig();
    config.loadFromFile(
      suite.proxy.kubeconfigFor(suite.controlPlane.adminToken),
    );
    const seen: string[] = [];
    const others = await openWatches();
    const watch = await new Watch(config).watch(
      suite.settings(),
      {},
      (_phase, object: { metadata: { name: string } }) =>
        void seen.push(object.metadata.name),
      () => undefined,
    );
    await suite.core.createNamespacedConfigMap({
      namespace: suite.namespace,
      body: { metadata: { name: "watched" } },
    });
    await eventually("the event", () => seen.includes("watched"), 5000);
    expect(await openWatches()).to.equal(others + 1);
    watch.abort();
    await eventually(
      "the watch has ended",
      async () => (await openWatches()) === others,
      5000,
    );
  });
});
