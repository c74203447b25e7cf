import { expect } from "chai";
import { JANITOR } from "../../support/built-programs.ts";
import { eventually } from "../../support/eventually.ts";
import { certificatesRights } from "../../support/installed-webhook.ts";
import { startProgram } from "../../support/program.ts";
import { certificatesSuite, settle, statusOf } from "./suite.ts";

describe("the certificates command on a real control plane", function () {
  this.timeout(120_000);
  const suite = certificatesSuite();
  const versions = async (): Promise<(string | undefined)[]> => {
    const objects = await Promise.all([
      ...["webhook-ca", "webhook-certificate", "webhook-token"].map(
        suite.installed.secret,
      ),
      suite.installed.webhook(),
    ]);
    return objects.map(({ metadata }) => metadata?.resourceVersion);
  };

  it("makes all that is missing, as a program with no more than its rights, so that Pods are admitted", async () => {
    const { flags, kubeconfig, namespace } = suite.installed;
    expect(
      await suite.admits().catch((error: Error) => error.message),
    ).to.include("failed calling webhook");
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
    const token = await suite.secretValue("webhook-token", "token");
    expect(program.stdout() + program.stderr()).not.to.include(token);
    const { metadata, type } = await suite.installed.secret(
      "webhook-certificate",
    );
    expect(type).to.equal("kubernetes.io/tls");
    expect(metadata?.labels).to.include({
      "networking.internal.knative.dev/certificate-uid": "webhook-certificate",
    });

    await suite.installed.startFunction();
    await eventually("a Pod gets its claim", suite.admits);
  });

  it("writes nothing in a second run", async () => {
    const before = await versions();
    const { code, lines } = await suite.installed.run();
    expect(code).to.equal(0);
    expect(lines).to.have.lengthOf(1);
    expect(lines[0]).to.match(/^nothing was written; authority until /);
    expect(await versions()).to.deep.equal(before);
  });

  it("leaves two runs at once with one result", async () => {
    const runs = await Promise.all([
      suite.installed.run("--renew=token,certificate"),
      suite.installed.run("--renew=token,certificate"),
    ]);
    for (const { code, problems } of runs)
      expect(code, problems.join()).to.equal(0);
    const tokens = (await suite.secretValue("webhook-token", "token")).split(
      ",",
    );
    expect(tokens).to.have.lengthOf(2);
    expect(await suite.admits()).to.equal(true);
  });

  it("repairs Secrets that hold garbage", async () => {
    const garbage = Buffer.from("garbage").toString("base64");
    const { namespace } = suite.installed;
    for (const name of ["webhook-ca", "webhook-certificate"])
      await suite.core.patchNamespacedSecret({
        namespace,
        name,
        body: [
          { op: "replace", path: "/data/tls.crt", value: garbage },
          { op: "replace", path: "/data/tls.key", value: garbage },
        ],
      });
    const { code, lines } = await suite.installed.run(settle);
    expect(code).to.equal(0);
    expect(lines[0]).to.include("the old one holds no certificate");
    expect(
      await suite.admits(),
      "with what the function has in memory",
    ).to.equal(true);
    const repaired = await suite.secretValue("webhook-certificate", "tls.crt");
    await eventually(
      "the new certificate is served",
      async () => (await suite.servedCertificate()) === repaired,
    );
    const { ca, url } = await suite.webhookClient();
    expect(await statusOf(url, ca)).to.equal(200);
  });

  it("says which right is missing, and breaks nothing on the way", async () => {
    const all = certificatesRights(suite.installed.configuration);
    const nothing = await suite.installed.runWith({
      inNamespace: [],
      inCluster: [],
    });
    expect(nothing.code).to.equal(1);
    expect(nothing.problems.join()).to.match(
      /^the account lacks a right: .* cannot get resource /,
    );

    const half = await suite.installed.runWith(
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
    expect(await suite.admits()).to.equal(true);
    expect((await suite.installed.run(settle)).lines.join("\n")).to.include(
      "caBundle gains an authority",
    );
    expect(await suite.admits()).to.equal(true);
  });

  it("says so when a Secret cannot be changed, or is somebody else's", async () => {
    const { namespace } = suite.installed;
    const immutable = "frozen-token";
    await suite.core.createNamespacedSecret({
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
    await suite.core.createNamespacedSecret({
      namespace,
      body: { metadata: { name: foreign }, stringData: { token: "secret" } },
    });
    const rights = certificatesRights(suite.installed.configuration);
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
    const frozen = await suite.installed.runWith(
      everySecret,
      `--token-secret=${immutable}`,
    );
    expect(frozen.code).to.equal(1);
    expect(frozen.problems.join()).to.include("immutable");
    const other = await suite.installed.runWith(
      everySecret,
      `--token-secret=${foreign}`,
    );
    expect(other.code).to.equal(1);
    expect(other.problems.join()).to.include("--token-secret");
    expect(await suite.secretValue(foreign, "token")).to.equal("secret");
  });

  it("exits with 2 when there is no cluster", async () => {
    const program = startProgram(JANITOR, {
      args: ["certificates"],
      env: { KUBECONFIG: "/nowhere/kubeconfig", HOME: "/nowhere" },
    });
    expect(await program.exited).to.equal(2);
    expect(program.stderr()).to.match(/^janitor: no cluster: .*\n$/);
  });
});
