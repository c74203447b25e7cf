import { X509Certificate } from "node:crypto";
import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { aPod, aRequest, aReview } from "../support/builders.ts";
import { isClaimed } from "../support/admission-suite.ts";
import { eventually } from "../support/eventually.ts";
import {
  certificatesRights,
  installWebhook,
} from "../support/installed-webhook.ts";
import type { InstalledWebhook } from "../support/installed-webhook.ts";
import { startProgram } from "../support/program.ts";
import {
  sharedControlPlane,
  startTimeoutMs,
} from "../support/shared-control-plane.ts";

/** The function reads its files every two seconds, the clock shows whole ones, and the machine may be busy. */
const settle = "--settle-time=6s";

/** A person waits for minutes between two runs; here it is just longer than the settle time. */
const betweenRunsMs = 7_500;

describe("the certificates command on a real control plane", function () {
  this.timeout(120_000);
  let installed: InstalledWebhook;
  let core: CoreV1Api;
  let functionLog: () => string;

  const admits = () => isClaimed({ core }, installed.namespace);
  const secretValue = async (name: string, key: string): Promise<string> =>
    Buffer.from(
      (await installed.secret(name)).data?.[key] ?? "",
      "base64",
    ).toString();
  const webhookClient = async (): Promise<{ ca: string; url: string }> => {
    const { caBundle = "", url = "" } =
      (await installed.webhook()).webhooks?.[0]?.clientConfig ?? {};
    return { ca: Buffer.from(caBundle, "base64").toString(), url };
  };
  const versions = async (): Promise<(string | undefined)[]> => {
    const objects = await Promise.all([
      ...["webhook-ca", "webhook-certificate", "webhook-token"].map(
        installed.secret,
      ),
      installed.webhook(),
    ]);
    return objects.map(({ metadata }) => metadata?.resourceVersion);
  };

  before(async function () {
    this.timeout(startTimeoutMs);
    const controlPlane = await sharedControlPlane();
    core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    installed = await installWebhook(controlPlane);
  });
  after(async () => {
    await installed?.remove();
  });

  it("makes all that is missing, as a program with no more than its rights, so that Pods are admitted", async () => {
    const { flags, kubeconfig, namespace } = installed;
    expect(await admits().catch((error: Error) => error.message)).to.include(
      "failed calling webhook",
    );
    const program = startProgram("janitor/main.ts", {
      args: ["certificates", ...flags],
      env: { KUBECONFIG: kubeconfig },
    });
    expect(await program.exited, program.stderr()).to.equal(0);
    const lines = program.stdout().trim().split("\n");
    expect(lines).to.have.lengthOf(5);
    expect(lines[0]).to.equal(
      `wrote Secret ${namespace}/webhook-ca: a new authority; the first`,
    );
    const token = await secretValue("webhook-token", "token");
    expect(program.stdout() + program.stderr()).not.to.include(token);
    const { metadata, type } = await installed.secret("webhook-certificate");
    expect(type).to.equal("kubernetes.io/tls");
    expect(metadata?.labels).to.include({
      "networking.internal.knative.dev/certificate-uid": "webhook-certificate",
    });

    functionLog = await installed.startFunction();
    await eventually("a Pod gets its claim", admits);
  });

  it("writes nothing in a second run", async () => {
    const before = await versions();
    const { code, lines } = await installed.run();
    expect(code).to.equal(0);
    expect(lines).to.have.lengthOf(1);
    expect(lines[0]).to.match(/^nothing was written; authority until /);
    expect(await versions()).to.deep.equal(before);
  });

  it("renews certificate, authority and token while Pods are admitted without a pause: none is refused", async () => {
    const old = {
      ca: await secretValue("webhook-ca", "tls.crt"),
      cert: await secretValue("webhook-certificate", "tls.crt"),
      url: (await webhookClient()).url,
    };
    const traffic = startTraffic();

    expect((await installed.run("--renew=certificate", settle)).code).to.equal(
      0,
    );
    await eventually(
      "the renewed certificate is served",
      async () => (await servedCertificate()) !== old.cert,
    );

    await installed.run("--renew=ca,token", settle);
    const runs: string[] = [];
    for (let more = true; more;) {
      await sleep(betweenRunsMs);
      const { code, lines, problems } = await installed.run(settle);
      expect(code, problems.join()).to.equal(0);
      runs.push(...lines);
      more = lines.length > 1;
    }
    await sleep(2_500); // the function reads the shorter list of tokens
    const { admitted, called, failures } = await traffic.end();
    console.log(
      `      ${admitted} Pods admitted, ${called} calls over new connections, ${failures.length} failed`,
    );

    expect(failures).to.deep.equal([]);
    expect(admitted).to.be.above(100);
    expect(called).to.be.above(100);
    const now = await webhookClient();
    expect(now.ca).to.equal(await secretValue("webhook-ca", "tls.crt"));
    expect(now.ca).not.to.equal(old.ca);
    const certificate = new X509Certificate(await servedCertificate());
    expect(certificate.verify(new X509Certificate(now.ca).publicKey)).to.equal(
      true,
    );
    expect(now.url).not.to.equal(old.url);
    expect(await statusOf(old.url, now.ca)).to.equal(404);
    expect(runs.join("\n")).not.to.match(/[A-Za-z0-9_-]{40}/);
    expect(functionLog()).not.to.include(new URL(now.url).pathname.slice(8));
  });

  it("leaves two runs at once with one result", async () => {
    const runs = await Promise.all([
      installed.run("--renew=token,certificate"),
      installed.run("--renew=token,certificate"),
    ]);
    for (const { code, problems } of runs)
      expect(code, problems.join()).to.equal(0);
    const tokens = (await secretValue("webhook-token", "token")).split(",");
    expect(tokens).to.have.lengthOf(2);
    expect(await admits()).to.equal(true);
  });

  it("repairs Secrets that hold garbage", async () => {
    const garbage = Buffer.from("garbage").toString("base64");
    const { namespace } = installed;
    for (const name of ["webhook-ca", "webhook-certificate"])
      await core.patchNamespacedSecret({
        namespace,
        name,
        body: [
          { op: "replace", path: "/data/tls.crt", value: garbage },
          { op: "replace", path: "/data/tls.key", value: garbage },
        ],
      });
    const { code, lines } = await installed.run(settle);
    expect(code).to.equal(0);
    expect(lines[0]).to.include("the old one holds no certificate");
    expect(await admits(), "with what the function has in memory").to.equal(
      true,
    );
    const repaired = await secretValue("webhook-certificate", "tls.crt");
    await eventually(
      "the new certificate is served",
      async () => (await servedCertificate()) === repaired,
    );
    const { ca, url } = await webhookClient();
    expect(await statusOf(url, ca)).to.equal(200);
  });

  it("says which right is missing, and breaks nothing on the way", async () => {
    const all = certificatesRights(installed.configuration);
    const nothing = await installed.runWith({ inNamespace: [], inCluster: [] });
    expect(nothing.code).to.equal(1);
    expect(nothing.problems.join()).to.match(
      /^the account lacks a right: .* cannot get resource /,
    );

    const half = await installed.runWith(
      {
        ...all,
        inCluster: all.inCluster.map((rule) => ({ ...rule, verbs: ["get"] })),
      },
      "--renew=ca",
      settle,
    );
    expect(half.code).to.equal(1);
    expect(half.lines).to.have.lengthOf(1);
    expect(half.problems.join()).to.include(
      'cannot patch resource "mutatingwebhookconfigurations"',
    );
    expect(await admits()).to.equal(true);
    expect((await installed.run(settle)).lines.join("\n")).to.include(
      "caBundle gains an authority",
    );
    expect(await admits()).to.equal(true);
  });

  it("says so when a Secret cannot be changed, or is somebody else's", async () => {
    const { namespace } = installed;
    const immutable = "frozen-token";
    await core.createNamespacedSecret({
      namespace,
      body: {
        metadata: {
          name: immutable,
          labels: { "app.kubernetes.io/managed-by": "stateful-deployments" },
        },
        immutable: true,
        stringData: { token: "short" },
      },
    });
    const foreign = "of-the-shop";
    await core.createNamespacedSecret({
      namespace,
      body: { metadata: { name: foreign }, stringData: { token: "secret" } },
    });
    const rights = certificatesRights(installed.configuration);
    const everySecret = {
      ...rights,
      inNamespace: [
        {
          apiGroups: [""],
          resources: ["secrets"],
          verbs: ["create", "get", "patch"],
        },
      ],
    };
    const frozen = await installed.runWith(
      everySecret,
      `--token-secret=${immutable}`,
    );
    expect(frozen.code).to.equal(1);
    expect(frozen.problems.join()).to.include("immutable");
    const other = await installed.runWith(
      everySecret,
      `--token-secret=${foreign}`,
    );
    expect(other.code).to.equal(1);
    expect(other.problems.join()).to.include("--token-secret");
    expect(await secretValue(foreign, "token")).to.equal("secret");
  });

  it("exits with 2 when there is no cluster", async () => {
    const program = startProgram("janitor/main.ts", {
      args: ["certificates"],
      env: { KUBECONFIG: "/nowhere/kubeconfig", HOME: "/nowhere" },
    });
    expect(await program.exited).to.equal(2);
    expect(program.stderr()).to.match(/^janitor: no cluster: .*\n$/);
  });

  /** Admissions through the API server, and calls like its own over a new connection each, until it is ended. */
  function startTraffic(): {
    end: () => Promise<{
      admitted: number;
      called: number;
      failures: string[];
    }>;
  } {
    const stop = new AbortController();
    let admitted = 0;
    let called = 0;
    const failures: string[] = [];
    const failed = (error: unknown): void => {
      failures.push(error instanceof Error ? error.message : String(error));
    };
    const admit = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        await admits().then((claimed) => {
          if (claimed) admitted += 1;
          else failures.push("admitted without a claim");
        }, failed);
        await sleep(20);
      }
    };
    const call = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        const { ca, url } = await webhookClient();
        await statusOf(url, ca).then((status) => {
          if (status === 200) called += 1;
          else failures.push(`HTTP ${status}`);
        }, failed);
        await sleep(50);
      }
    };
    const loops = [admit(), admit(), call()];
    return {
      end: async () => {
        stop.abort();
        await Promise.all(loops);
        return { admitted, called, failures };
      },
    };
  }

  function servedCertificate(): Promise<string> {
    return new Promise((resolve, reject) => {
      const probe = request(
        `${installed.origin}/healthz`,
        { agent: false, rejectUnauthorized: false },
        (response) => {
          const { socket } = response as unknown as {
            socket: { getPeerX509Certificate(): X509Certificate };
          };
          resolve(socket.getPeerX509Certificate().toString());
          response.resume();
        },
      );
      probe.on("error", reject);
      probe.end();
    });
  }
});

/** Status of a dry-run review sent to `url` over a connection of its own that trusts `ca` only. */
function statusOf(url: string, ca: string): Promise<number> {
  const review = aReview(aRequest(aPod(), { dryRun: true }));
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method: "POST",
        ca,
        agent: false,
        headers: { "content-type": "application/json" },
      },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode ?? 0));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(JSON.stringify(review));
  });
}
