import { X509Certificate } from "node:crypto";
import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { errorMessage } from "../../../functions/contract/error-message.ts";
import { isClaimed } from "../../support/admission-suite.ts";
import { JANITOR } from "../../support/built-programs.ts";
import { eventually } from "../../support/eventually.ts";
import {
  certificatesRights,
  installWebhook,
} from "../../support/installed-webhook.ts";
import type { InstalledWebhook } from "../../support/installed-webhook.ts";
import { startProgram } from "../../support/program.ts";
import {
  sharedControlPlane,
  startTimeoutMs,
} from "../../support/shared-control-plane.ts";
import { statusOf } from "../../support/webhook-call.ts";

/** The function reads its files every two seconds, the clock shows whole seconds, and the machine may be busy. */
const settle = "--settle-time=6s";
/** Longer than the function needs to read its files again. */
const reloadedMs = 2_500;

/** In the order of the titles: the first test creates what the others use. */
describe("the certificates command on a control plane", function () {
  this.timeout(120_000);
  let core: CoreV1Api;
  let installed: InstalledWebhook;
  let functionLog: () => string;

  before(async function () {
    this.timeout(startTimeoutMs);
    const controlPlane = await sharedControlPlane();
    core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    installed = await installWebhook(controlPlane);
  });
  after(() => installed?.remove());

  /** Creates a Pod in a dry run and returns whether it gets a claim. Throws the message of the API server. */
  const admits = (): Promise<boolean> =>
    isClaimed({ core }, installed.namespace);

  async function secretValue(name: string, key: string): Promise<string> {
    const { data } = await installed.secret(name);
    return Buffer.from(data?.[key] ?? "", "base64").toString();
  }

  /** What the API server trusts and calls. */
  async function webhookClient(): Promise<{ ca: string; url: string }> {
    const { caBundle = "", url = "" } =
      (await installed.webhook()).webhooks?.[0]?.clientConfig ?? {};
    return { ca: Buffer.from(caBundle, "base64").toString(), url };
  }

  const versions = async (): Promise<(string | undefined)[]> => {
    const names = ["webhook-ca", "webhook-certificate", "webhook-token"];
    const objects = await Promise.all([
      ...names.map(installed.secret),
      installed.webhook(),
    ]);
    return objects.map(({ metadata }) => metadata?.resourceVersion);
  };

  it("creates all that is missing, as a program with no more than its rights, and writes nothing in a second run", async () => {
    const { flags, kubeconfig, namespace } = installed;
    expect(await admits().catch(errorMessage)).to.include(
      "failed calling webhook",
    );
    const program = startProgram(JANITOR, {
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

    const before = await versions();
    const again = await installed.run();
    expect(again.lines.join("\n")).to.match(
      /^nothing was written; authority until .*$/,
    );
    expect(await versions()).to.deep.equal(before);

    functionLog = await installed.startFunction();
    await eventually("a Pod gets its claim", admits);
  });

  it("has one result when it runs twice at the same time", async () => {
    const flag = "--renew=token,certificate";
    for (const { code, problems } of await Promise.all([
      installed.run(flag),
      installed.run(flag),
    ]))
      expect(code, problems.join()).to.equal(0);
    const tokens = await secretValue("webhook-token", "token");
    expect(tokens.split(",")).to.have.lengthOf(2);
    expect(await admits()).to.equal(true);
  });

  it("reports a missing right, and breaks nothing", async () => {
    const all = certificatesRights(installed.configuration);
    const nothing = await installed.runWith({ inNamespace: [], inCluster: [] });
    expect(nothing.code).to.equal(1);
    expect(nothing.problems.join()).to.match(
      /^the account lacks a right: .* cannot get resource /,
    );

    const inCluster = all.inCluster.map((rule) => ({
      ...rule,
      verbs: ["get"],
    }));
    const half = await installed.runWith(
      { ...all, inCluster },
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

  it("reports a Secret that cannot be changed", async () => {
    const name = "frozen-token";
    const labels = { "app.kubernetes.io/managed-by": "stateful-deployments" };
    await core.createNamespacedSecret({
      namespace: installed.namespace,
      body: {
        metadata: { name, labels },
        immutable: true,
        stringData: { token: "short" },
      },
    });
    const rights = certificatesRights(installed.configuration);
    const secrets = { apiGroups: [""], resources: ["secrets"] };
    const { code, problems } = await installed.runWith(
      { ...rights, inNamespace: [{ ...secrets, verbs: ["get", "patch"] }] },
      `--token-secret=${name}`,
    );
    expect(code).to.equal(1);
    expect(problems.join()).to.include("immutable");
  });

  it("exits with 2 when there is no cluster", async () => {
    const program = startProgram(JANITOR, {
      args: ["certificates"],
      env: { KUBECONFIG: "/nowhere/kubeconfig", HOME: "/nowhere" },
    });
    expect(await program.exited).to.equal(2);
    expect(program.stderr()).to.match(/^janitor: no cluster: .*\n$/);
  });

  it("renews certificate, authority and token while Pods are admitted: no Pod is rejected", async () => {
    // Without traffic, the steps of earlier renewals need no time between them.
    await finishRenewals("--settle-time=0s");
    await sleep(reloadedMs);
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
      async () => (await certificateAt(installed.origin)) !== old.cert,
    );
    await installed.run("--renew=ca,token", settle);
    const log = await finishRenewals(settle);
    await sleep(reloadedMs);
    const { admitted, called, failures } = await traffic.end();
    console.log(
      `      ${admitted} Pods admitted, ${called} calls over new connections, ${failures.length} failed`,
    );

    expect(failures).to.deep.equal([]);
    expect(admitted).to.be.above(50);
    expect(called).to.be.above(50);
    const { ca, url } = await webhookClient();
    expect(ca).to.equal(await secretValue("webhook-ca", "tls.crt"));
    expect(ca).not.to.equal(old.ca);
    const served = new X509Certificate(await certificateAt(installed.origin));
    expect(served.verify(new X509Certificate(ca).publicKey)).to.equal(true);
    expect(url).not.to.equal(old.url);
    expect(await statusOf(old.url, ca)).to.equal(404);
    expect(log).not.to.match(/[A-Za-z0-9_-]{40}/);
    expect(functionLog()).not.to.include(new URL(url).pathname.slice(8));
  });

  /** Runs the command until it has nothing more to do. Returns what it printed. */
  async function finishRenewals(settleTime: string): Promise<string> {
    const printed: string[] = [];
    for (let more = true; more;) {
      await sleep(1_000);
      const { code, lines, problems } = await installed.run(settleTime);
      expect(code, problems.join()).to.equal(0);
      printed.push(...lines);
      more = lines.length > 1;
    }
    return printed.join("\n");
  }

  /** Admissions through the API server, and calls like its own over new connections, until `end`. */
  function startTraffic() {
    const stop = new AbortController();
    let admitted = 0;
    let called = 0;
    const failures: string[] = [];
    const repeat = async (
      pauseMs: number,
      attempt: () => Promise<void>,
    ): Promise<void> => {
      while (!stop.signal.aborted) {
        await attempt().catch((error) => failures.push(errorMessage(error)));
        await sleep(pauseMs);
      }
    };
    const admit = async (): Promise<void> => {
      if (await admits()) admitted += 1;
      else failures.push("admitted without a claim");
    };
    const call = async (): Promise<void> => {
      const { ca, url } = await webhookClient();
      const status = await statusOf(url, ca);
      if (status === 200) called += 1;
      else failures.push(`HTTP ${status}`);
    };
    const loops = [repeat(20, admit), repeat(20, admit), repeat(50, call)];
    return {
      end: async () => {
        stop.abort();
        await Promise.all(loops);
        return { admitted, called, failures };
      },
    };
  }
});

/** The certificate that the function serves, in PEM. */
function certificateAt(origin: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const probe = request(
      `${origin}/healthz`,
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
