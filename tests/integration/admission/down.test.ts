import { once } from "node:events";
import { createServer } from "node:net";
import { expect } from "chai";
import { stringify } from "yaml";
import { aBarePod, admissionSuite } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { startFunction } from "../../support/function-on.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { webhookConfiguration } from "../../support/webhook.ts";
import { registerIn } from "./namespaced-webhook.ts";

describe("without the function", function () {
  this.timeout(60_000);
  const suite = admissionSuite();
  const cleanUps: (() => unknown)[] = [];

  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });

  it("W15: while the function is down annotated Pods are refused with a reason and all others are created", async () => {
    const namespace = await uniqueNamespace("down");
    const down = await startFunction(suite.controlPlane);
    await down.stop();
    const configuration = webhookConfiguration(down);
    configuration.metadata = { name: "06-down" };
    cleanUps.push(await registerIn(suite, namespace, configuration));

    const refusal = await eventually("the webhook is in force", async () => {
      const { stderr, exitCode } = await suite.controlPlane.kubectl(
        ["create", "-n", namespace, "-f", "-"],
        { input: stringify(aBarePod(`annotated-${Date.now()}`)) },
      );
      return exitCode !== 0 && stderr;
    });
    expect(refusal)
      .to.include(
        'failed calling webhook "volume-claims.stateful-deployments.dev"',
      )
      .and.to.include("connection refused");

    // From here on whoever calls the function gets no answer, not even a refusal, so that each call that should not be is seen.
    let calls = 0;
    const silent = createServer((socket) => {
      calls += 1;
      // Read, so that its end is seen when the caller gives up.
      socket.on("error", () => undefined).resume();
    });
    silent.listen(down.port, "127.0.0.1");
    await once(silent, "listening");
    cleanUps.push(() => silent.close());

    const before = performance.now();
    await suite.core.createNamespacedPod({
      namespace,
      body: aBarePod("plain", {
        annotations: { "example.com/anything": "else" },
      }),
    });
    const bare = aBarePod("none");
    delete bare.metadata?.annotations;
    await suite.core.createNamespacedPod({ namespace, body: bare });
    // Both take some 30 ms. One that waits takes 10 s, until the API server gives up the TLS handshake with the silent server.
    expect(
      performance.now() - before,
      "nobody waits for the function",
    ).to.be.below(8_000);
    expect(calls, "the function is not called").to.equal(0);
  });
});
