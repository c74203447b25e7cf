import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { claimVolumes, nameOf } from "../../support/pods-and-claims.ts";
import { expectAdopted, expectOneBoundClaimEach } from "../steps/claims.ts";
import {
  apply,
  functionPods,
  kubectl,
  ourNamespace,
} from "../steps/cluster.ts";
import { skipBecause } from "../steps/mocha-output.ts";
import { useNamespace } from "../steps/namespaces.ts";
import { sweep } from "../steps/our-jobs.ts";
import { overlayWithImages, removeOverlay } from "../steps/overlay.ts";
import { countOf } from "../monitoring/dashboard.ts";
import {
  firing,
  query,
  quiet,
  targetsOf,
  usePrometheus,
} from "../monitoring/prometheus.ts";
import { reachedBy } from "../network/reachable-ports.ts";
import {
  deploymentWithClaims,
  isReady,
  readyPods,
} from "../steps/workloads.ts";

const namespace = "e2e-deployment-overlay";
/** Prometheus reads the function every 15 seconds. */
const readTimeoutMs = 120_000;
/** The Pods may take 40 seconds to end. */
const goneTimeoutMs = 120_000;
/** Nothing of the function listens there. */
const otherPort = 9999;

describe("the overlay without Knative", () => {
  let overlay = "";
  const monitored = process.env["E2E_MONITORING"] !== undefined;

  before(async () => {
    overlay = await overlayWithImages(
      "deployment",
      monitored ? ["monitoring"] : [],
    );
    // After an uninstallation the namespace may still be on its way out.
    await kubectl(`wait namespace/${ourNamespace} --for=delete --timeout=120s`);
    await kubectl(["apply", `--kustomize=${overlay}`]);
    await kubectl(
      `create job certificates-first --namespace=${ourNamespace} --from=cronjob/certificates`,
    );
    await kubectl(
      "wait mutatingwebhookconfiguration/10-stateful-deployments --for=jsonpath={.webhooks[0].clientConfig.caBundle} --timeout=5m",
    );
    await kubectl(
      `rollout status deployment/function --namespace=${ourNamespace} --timeout=5m`,
    );
  });
  after(async () => {
    await kubectl(["delete", `--kustomize=${overlay}`, "--ignore-not-found"]);
    await removeOverlay(overlay);
  });

  describe("and a Deployment with claims", () => {
    useNamespace(namespace, deploymentWithClaims(namespace, "cache", 3));
    /** How often each event came, and the messages. */
    const failedCreates = (): Promise<string> =>
      kubectl(
        `get events --namespace=${namespace} --field-selector=reason=FailedCreate --output=jsonpath={.items[*].count}{.items[*].message}`,
      );

    it("W1 gives each of its Pods a claim, which a sweep adopts", async () => {
      const pods = await readyPods(namespace, "cache", 3);
      await expectOneBoundClaimEach(namespace, pods);
      await sweep(namespace);
      await expectAdopted(pods);
    });

    it("admits while one of the function's two Pods is deleted", async () => {
      // A Pod of before may have come before the API server could reach the new function.
      const earlier = await failedCreates();
      const [first] = await functionPods();
      expect(first).to.not.be.undefined;
      await kubectl(
        `delete pod/${first === undefined ? "" : nameOf(first)} --namespace=${ourNamespace} --wait=false`,
      );
      await apply(deploymentWithClaims(namespace, "cache", 5));
      const pods = await readyPods(namespace, "cache", 5);
      expect(pods.flatMap(claimVolumes)).to.have.lengthOf(5);
      expect(await failedCreates()).to.equal(earlier);
    });
  });

  describe("and network policies", () => {
    before(function () {
      if (process.env["E2E_NETWORK"] === undefined)
        skipBecause(this, "nothing enforces network policies here");
    });
    useNamespace(namespace);

    it("leaves open the port that the API server calls, and no other", async () => {
      const pod = await eventually("a ready Pod of the function", async () =>
        (await functionPods()).find(isReady),
      );
      // What else a container of this Pod might serve.
      await kubectl([
        "debug",
        nameOf(pod),
        `--namespace=${ourNamespace}`,
        `--image=${pod.spec?.containers[0]?.image}`,
        "--profile=restricted",
        "--attach=false",
        "--",
        "node",
        "--eval",
        `require("node:net").createServer().listen(${otherPort})`,
      ]);
      const ports = [8443, otherPort];
      const address = pod.status?.podIP ?? "";
      const stranger = { title: "any Pod", namespace, labels: { app: "shop" } };
      expect(await reachedBy(stranger, address, ports)).to.deep.equal([8443]);
      // It is the policy that closes the other.
      await kubectl(`delete networkpolicies --all --namespace=${ourNamespace}`);
      expect(await reachedBy(stranger, address, ports)).to.deep.equal(ports);
      await kubectl(["apply", `--kustomize=${overlay}`]);
    });
  });

  describe("and Prometheus with the component monitoring", () => {
    usePrometheus();
    useNamespace(namespace);

    it("reads the metrics of both Pods over TLS, with the authority that the CronJob has written", async () => {
      const targets = await eventually(
        "both Pods read",
        async () => {
          const found = await targetsOf(`${ourNamespace}/function`);
          expect(found.map(({ lastError }) => lastError)).to.deep.equal(
            found.map(() => ""),
          );
          return (
            found.length === 2 &&
            found.every(({ health }) => health === "up") &&
            found
          );
        },
        readTimeoutMs,
      );
      for (const { labels, scrapeUrl } of targets) {
        expect(labels["endpoint"]).to.equal("https");
        expect(scrapeUrl).to.match(/^https:.*:8443\/metrics$/);
      }
      expect(
        await query("stateful_deployments_admissions_in_flight"),
      ).to.have.lengthOf(2);
      await eventually(
        "both Pods on the dashboard",
        async () => (await countOf("Pods of the function")) === 2,
        readTimeoutMs,
      );
    });

    it("fires the alert about the webhook, when the function is gone and Pods ask for claims", async () => {
      await quiet("StatefulDeploymentsWebhookFailing");
      await kubectl(
        `scale deployment/function --replicas=0 --namespace=${ourNamespace}`,
      );
      // Until then they still answer.
      await eventually(
        "no Pod of the function",
        async () => (await functionPods()).length === 0,
        goneTimeoutMs,
      );
      await apply(deploymentWithClaims(namespace, "waiting", 1));
      await firing("StatefulDeploymentsWebhookFailing");
      expect(await countOf("Calls that failed, last hour")).to.be.above(0);
      await kubectl(
        `scale deployment/function --replicas=2 --namespace=${ourNamespace}`,
      );
      await readyPods(namespace, "waiting", 1);
    });
  });
});
