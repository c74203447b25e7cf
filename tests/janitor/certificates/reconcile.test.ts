import { expect } from "chai";
import { ApiStatusError } from "../../../functions/kubernetes/api-server.ts";
import {
  readBundle,
  readCertificate,
} from "../../../janitor/certificates/decision/certificate.ts";
import { CommandRuns } from "./command-runs.ts";
import {
  aWebhookConfiguration,
  day,
  FakeObjects,
  MANAGED,
  minute,
} from "./fake-objects.ts";

describe("the certificates command", function () {
  // Each run that renews creates keys.
  this.timeout(20_000);
  let command: CommandRuns;

  beforeEach(() => {
    command = new CommandRuns();
  });

  /** Expects that nothing is left to do after some more runs, and that all fits together. */
  async function expectRest(...flags: string[]): Promise<void> {
    for (let more = 0; more < 4; more += 1) await command.later(...flags);
    expect((await command.later(...flags)).written).to.equal(0);
    expect(command.serving().issuedBy(command.authority())).to.equal(true);
    expect(
      readBundle(command.objects.caBundle).map(({ pem }) => pem),
    ).to.deep.equal([command.authority().pem]);
    expect(command.objects.path).to.equal(`/mutate/${command.tokens().join()}`);
  }

  const put = (name: string, crt: string, key: string): void =>
    command.objects.putSecret(name, { "tls.crt": crt, "tls.key": key });

  /** Puts the serving certificate into a Secret, beside the private key of another one. */
  const putServing = (name: string, keyOf: string): void =>
    put(name, command.serving().pem, command.objects.value(keyOf, "tls.key"));

  /** The message with which a run fails. */
  const failure = (): Promise<string> =>
    command.run().then(
      () => "",
      (error: Error) => error.message,
    );

  it("creates everything in its first run", async () => {
    const { failures, waiting } = await command.run();
    expect(command.written).to.deep.equal([
      "make-authority: the first",
      "write-tokens: the first",
      "issue-certificate: the first",
      "write-webhook: caBundle gains an authority, its path changes",
    ]);
    expect({ failures, waiting }).to.deep.equal({ failures: [], waiting: [] });
    const { now } = command.objects;
    const [authority, serving] = [command.authority(), command.serving()];
    expect(authority.isAuthority).to.equal(true);
    expect(authority.notAfter).to.equal(now + 3650 * day);
    expect(serving.issuedBy(authority)).to.equal(true);
    expect(serving.names).to.deep.equal(["function.stateful-deployments.svc"]);
    expect(serving.notAfter).to.equal(now + 90 * day);
    expect(command.objects.value("webhook-certificate", "ca.crt")).to.equal(
      authority.pem,
    );
    expect(command.objects.caBundle).to.equal(authority.pem);
    expect(command.tokens().join()).to.match(/^[0-9a-f]{64}$/);
    expect(command.objects.path).to.equal(`/mutate/${command.tokens().join()}`);
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

  it("issues for the names of the flags, and again when they change", async () => {
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

  it("changes only the path of a webhook that is called by URL", async () => {
    const url = "https://admit.example:8443/mutate?x=1";
    command.objects.putWebhook([{ name: "a", clientConfig: { url } }]);
    await command.run();
    expect(command.objects.webhook?.webhooks?.[0]?.clientConfig.url).to.equal(
      `https://admit.example:8443/mutate/${command.tokens().join()}`,
    );
    expect(command.serving().names).to.deep.equal(["admit.example"]);
    expect((await command.run()).written).to.equal(0);
  });

  describe("leaves to a person", () => {
    it("a Secret without our label, before anything is written", async () => {
      const data = { "tls.crt": "of the shop" };
      command.objects.putSecret("webhook-certificate", data, {});
      const before = command.objects.writes;
      const { failures } = await command.run();
      expect(failures).to.have.lengthOf(1);
      expect(failures[0]).to.include("--secret").and.to.include("no label");
      expect(command.objects.writes).to.equal(before);
    });

    it("a webhook configuration that cert-manager writes, unless with --only-token", async () => {
      command.objects.putWebhook(aWebhookConfiguration().webhooks, {
        "cert-manager.io/inject-ca-from": "ns/certificate",
      });
      const { failures, written } = await command.run();
      expect(failures[0])
        .to.include("cert-manager")
        .and.to.include("--only-token");
      expect(written).to.equal(0);
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

    it("a missing webhook configuration, after it created the Secrets", async () => {
      command.objects.webhook = undefined;
      const { failures } = await command.run("--dns-name=function.here.svc");
      expect(failures[0]).to.include("no such MutatingWebhookConfiguration");
      expect([...command.objects.secrets.keys()]).to.have.members([
        "webhook-ca",
        "webhook-token",
        "webhook-certificate",
      ]);
    });
  });

  describe("repairs", () => {
    const noPem =
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    const broken: readonly [
      title: string,
      change: () => unknown,
      ...writes: string[],
    ][] = [
      [
        "a serving certificate that is not PEM",
        () => put("webhook-certificate", "x", "y"),
        "issue-certificate: the old one holds no certificate",
      ],
      [
        "a serving certificate that is PEM around garbage",
        () => put("webhook-certificate", noPem, ""),
        "issue-certificate: the old one holds a broken certificate",
      ],
      [
        "the key of another certificate",
        () => putServing("webhook-certificate", "webhook-ca"),
        "issue-certificate: the old one holds a private key of another certificate",
      ],
      [
        "a serving certificate that has ended",
        () => (command.objects.now += 95 * day),
        "issue-certificate: the old one ended on 2026-05-30",
      ],
      [
        "a serving certificate without its Secret",
        () => command.objects.secrets.delete("webhook-certificate"),
        "issue-certificate: the first",
      ],
      [
        "an empty caBundle and another path",
        () => command.objects.putWebhook(aWebhookConfiguration().webhooks),
        "write-webhook: caBundle gains an authority, its path changes",
      ],
      [
        "a token that is too short",
        () => command.objects.putSecret("webhook-token", { token: "hunter2" }),
        "write-tokens: the old one holds a token that is not 16 to 128 of A-Z, a-z, 0-9, _ and -; it comes from the webhook's path",
      ],
      [
        "a token without its Secret",
        () => command.objects.secrets.delete("webhook-token"),
        "write-tokens: the first; it comes from the webhook's path",
      ],
      [
        "a token that was changed by hand",
        () =>
          command.objects.putSecret("webhook-token", {
            token: "made-by-some-person",
          }),
        "write-webhook: its path changes",
      ],
      [
        "an authority of garbage",
        () => put("webhook-ca", "x", "y"),
        "make-authority: the old one holds no certificate",
        "write-webhook: caBundle gains an authority",
      ],
      [
        "an authority that may not sign",
        () => putServing("webhook-ca", "webhook-certificate"),
        "make-authority: the old one holds a certificate that may not sign others",
        "write-webhook: caBundle gains an authority",
      ],
      [
        "everything gone but the webhook configuration",
        () => command.objects.secrets.clear(),
        "make-authority: the first",
        "write-tokens: the first; it comes from the webhook's path",
        "issue-certificate: the first",
        "write-webhook: caBundle gains an authority",
      ],
    ];
    for (const [title, change, ...writes] of broken)
      it(title, async () => {
        await command.run();
        const { path } = command.objects;
        change();
        await command.run("--token-validity=0");
        expect(command.written).to.deep.equal(writes);
        await expectRest("--token-validity=0");
        if (!title.includes("by hand"))
          expect(command.objects.path).to.equal(path);
      });

    it("a lost authority, whose certificate is served until the new one is trusted", async () => {
      await command.run();
      const old = command.authority().pem;
      command.objects.secrets.delete("webhook-ca");
      await command.run();
      expect(command.objects.caBundle).to.equal(command.authority().pem + old);
      expect(command.serving().issuedBy(readCertificate(old))).to.equal(true);
    });
  });

  describe("when a run is disturbed", () => {
    it("continues where a run was stopped, at any write", async () => {
      for (let stop = 0; stop < 8; stop += 1) {
        command.objects = new FakeObjects();
        for (const flag of [
          "--only-token=false",
          "--renew=ca,token,certificate",
        ]) {
          let left = stop;
          command.objects.beforeWrite = () => {
            left -= 1;
            if (left < 0) throw new Error("killed");
          };
          await command.run(flag).catch(() => undefined);
          command.objects.beforeWrite = () => undefined;
          await command.later();
        }
        await expectRest();
      }
    });

    it("reads everything again when another program was faster", async () => {
      const token = "of-somebody-quicker";
      command.objects.beforeWrite = () => {
        if (!command.objects.secrets.has("webhook-ca")) return;
        command.objects.beforeWrite = () => undefined;
        command.objects.putSecret("webhook-token", { token });
      };
      await command.run();
      expect(command.tokens()).to.deep.equal([token]);
      expect(command.objects.path).to.equal(`/mutate/${token}`);
    });

    it("gives up with the reason when another program undoes its writes", async () => {
      const readTime = command.objects.readTime.bind(command.objects);
      command.objects.readTime = () => {
        command.objects.secrets.delete("webhook-token");
        return readTime();
      };
      expect(await failure()).to.include("another program undoes them");
    });

    it("reports a missing right with the API server's words, and does not try again", async () => {
      let tries = 0;
      command.objects.beforeWrite = () => {
        tries += 1;
        throw new ApiStatusError(403, 'User "x" cannot create');
      };
      expect(await failure()).to.include("cannot create");
      expect(tries).to.equal(1);
    });
  });
});
