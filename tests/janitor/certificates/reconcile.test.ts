import { expect } from "chai";
import { CommandRuns, MANAGED } from "./command-runs.ts";
import { aWebhookConfiguration, day, minute } from "./fake-objects.ts";

describe("the certificates command", () => {
  let command: CommandRuns;

  beforeEach(() => {
    command = new CommandRuns();
  });

  it("makes everything in its first run", async () => {
    const { failures, waiting } = await command.run();
    expect(command.written).to.deep.equal([
      "make-authority: the first",
      "write-tokens: the first",
      "issue-certificate: the first",
      "write-webhook: caBundle gains an authority, its path changes",
    ]);
    expect({ failures, waiting }).to.deep.equal({ failures: [], waiting: [] });
    expect(command.authority().isAuthority).to.equal(true);
    expect(command.authority().notAfter).to.equal(
      command.objects.now + 3650 * day,
    );
    expect(command.serving().issuedBy(command.authority())).to.equal(true);
    expect(command.serving().names).to.deep.equal([
      "function.stateful-deployments.svc",
    ]);
    expect(command.serving().notAfter).to.equal(command.objects.now + 90 * day);
    expect(command.objects.value("webhook-certificate", "ca.crt")).to.equal(
      command.authority().pem,
    );
    expect(command.objects.caBundle).to.equal(command.authority().pem);
    expect(command.tokens()).to.have.lengthOf(1);
    expect(command.tokens()[0]).to.match(/^[0-9a-f]{64}$/);
    expect(command.objects.path).to.equal(`/mutate/${command.tokens()[0]}`);
    expect(
      command.objects.secrets.get("webhook-certificate")?.metadata.labels,
    ).to.include({
      ...MANAGED,
      "networking.internal.knative.dev/certificate-uid": "webhook-certificate",
    });
  });

  it("writes nothing when everything is in order", async () => {
    await command.run();
    const before = command.objects.writes;
    for (const wait of [0, minute, 6 * minute, 59 * day]) {
      command.objects.now += wait;
      expect((await command.run("--token-validity=0")).written).to.equal(0);
    }
    expect(command.objects.writes).to.equal(before);
  });

  it("issues for the names that were given, and anew when they change", async () => {
    await command.run("--dns-name=B.example", "--dns-name=a.example,::1");
    expect(command.serving().names).to.deep.equal([
      "::1",
      "a.example",
      "b.example",
    ]);
    expect(
      (await command.run("--dns-name=a.example,b.example,0:0::1")).written,
    ).to.equal(0);
    await command.run();
    expect(command.written).to.deep.equal([
      "issue-certificate: the old one is for ::1, a.example, b.example",
    ]);
  });

  it("keeps the address of a webhook that is called by URL, but for its path", async () => {
    command.objects.putWebhook({
      metadata: { resourceVersion: "" },
      webhooks: [
        {
          name: "a",
          clientConfig: { url: "https://admit.example:8443/mutate?x=1" },
        },
      ],
    });
    await command.run();
    expect(command.objects.webhook?.webhooks?.[0]?.clientConfig.url).to.equal(
      `https://admit.example:8443/mutate/${command.tokens()[0]}`,
    );
    expect(command.serving().names).to.deep.equal(["admit.example"]);
    expect((await command.run()).written).to.equal(0);
  });

  describe("leaves to a person", () => {
    it("a Secret without our label, before anything is written", async () => {
      command.objects.putSecret(
        "webhook-certificate",
        { "tls.crt": "of the shop" },
        {},
      );
      const before = command.objects.writes;
      const { failures } = await command.run();
      expect(failures).to.have.lengthOf(1);
      expect(failures[0]).to.include("--secret").and.to.include("no label");
      expect(command.objects.writes).to.equal(before);
    });

    it("a webhook configuration that cert-manager writes, unless only the token is asked for", async () => {
      command.objects.putWebhook({
        ...aWebhookConfiguration(),
        metadata: {
          resourceVersion: "",
          annotations: { "cert-manager.io/inject-ca-from": "ns/certificate" },
        },
      });
      const { failures, written: writes } = await command.run();
      expect(failures[0])
        .to.include("cert-manager")
        .and.to.include("--only-token");
      expect(writes).to.equal(0);
      await command.run("--only-token");
      expect(command.written).to.deep.equal([
        "write-tokens: the first",
        "write-webhook: its path changes",
      ]);
      expect(command.objects.caBundle).to.equal("");
      expect([...command.objects.secrets.keys()]).to.deep.equal([
        "webhook-token",
      ]);
    });

    it("a missing webhook configuration, after it made the Secrets", async () => {
      command.objects.webhook = undefined;
      const { failures } = await command.run("--dns-name=function.here.svc");
      expect(failures[0]).to.include("no such MutatingWebhookConfiguration");
      expect([...command.objects.secrets.keys()]).to.deep.equal([
        "webhook-ca",
        "webhook-token",
        "webhook-certificate",
      ]);
    });
  });
});
