import { expect } from "chai";
import {
  readBundle,
  readCertificate,
} from "../../../janitor/certificates/certificate.ts";
import { CommandRuns } from "./command-runs.ts";
import { aWebhookConfiguration, day } from "./fake-objects.ts";

describe("the certificates command on what it finds broken", () => {
  let command: CommandRuns;

  beforeEach(() => {
    command = new CommandRuns();
  });

  /** Puts the serving certificate into a Secret, beside the private key of the Secret `keyOf`. */
  const putServingCertificate = (
    secret: string,
    { keyOf }: { keyOf: string },
  ): void =>
    command.objects.putSecret(secret, {
      "tls.crt": command.serving().pem,
      "tls.key": command.objects.value(keyOf, "tls.key"),
    });

  const broken = [
    {
      name: "a serving certificate that is no PEM",
      change: () =>
        command.objects.putSecret("webhook-certificate", {
          "tls.crt": "x",
          "tls.key": "y",
        }),
      writes: ["issue-certificate: the old one holds no certificate"],
    },
    {
      name: "a serving certificate that is PEM around garbage",
      change: () =>
        command.objects.putSecret("webhook-certificate", {
          "tls.crt":
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
          "tls.key": "",
        }),
      writes: ["issue-certificate: the old one holds a broken certificate"],
    },
    {
      name: "the key of another certificate",
      change: () =>
        putServingCertificate("webhook-certificate", { keyOf: "webhook-ca" }),
      writes: [
        "issue-certificate: the old one holds a private key of another certificate",
      ],
    },
    {
      name: "a serving certificate that has ended",
      change: () => (command.objects.now += 95 * day),
      flags: ["--token-validity=0"],
      writes: ["issue-certificate: the old one ended on 2026-05-30"],
    },
    {
      name: "a serving certificate without its Secret",
      change: () => command.objects.secrets.delete("webhook-certificate"),
      writes: ["issue-certificate: the first"],
    },
    {
      name: "an empty caBundle and another path",
      change: () => command.objects.putWebhook(aWebhookConfiguration()),
      writes: ["write-webhook: caBundle gains an authority, its path changes"],
    },
    {
      name: "a token that is too short",
      change: () =>
        command.objects.putSecret("webhook-token", { token: "hunter2" }),
      writes: [
        "write-tokens: the old one holds a token that is not 16 to 128 of A-Z, a-z, 0-9, _ and -; it is that of the webhook's path",
      ],
    },
    {
      name: "a token without its Secret",
      change: () => command.objects.secrets.delete("webhook-token"),
      writes: ["write-tokens: the first; it is that of the webhook's path"],
    },
    {
      name: "a token that was changed by hand",
      change: () =>
        command.objects.putSecret("webhook-token", {
          token: "made-by-some-person",
        }),
      writes: ["write-webhook: its path changes"],
    },
    {
      name: "an authority of garbage",
      change: () =>
        command.objects.putSecret("webhook-ca", {
          "tls.crt": "x",
          "tls.key": "y",
        }),
      writes: [
        "make-authority: the old one holds no certificate",
        "write-webhook: caBundle gains an authority",
      ],
    },
    {
      name: "an authority that may not sign",
      change: () =>
        putServingCertificate("webhook-ca", { keyOf: "webhook-certificate" }),
      writes: [
        "make-authority: the old one holds a certificate that may not sign others",
        "write-webhook: caBundle gains an authority",
      ],
    },
    {
      name: "everything gone but the webhook configuration",
      change: () => command.objects.secrets.clear(),
      writes: [
        "make-authority: the first",
        "write-tokens: the first; it is that of the webhook's path",
        "issue-certificate: the first",
        "write-webhook: caBundle gains an authority",
      ],
    },
  ];
  for (const { name, change, flags = [], writes } of broken) {
    it(`repairs ${name}`, async () => {
      await command.run();
      const path = command.objects.path;
      change();
      await command.run(...flags);
      expect(command.written).to.deep.equal(writes);
      for (let more = 0; more < 3; more += 1) await command.later(...flags);
      expect((await command.later(...flags)).written).to.equal(0);
      expect(command.serving().issuedBy(command.authority())).to.equal(true);
      expect(
        readBundle(command.objects.caBundle).map(({ pem }) => pem),
      ).to.deep.equal([command.authority().pem]);
      expect(command.objects.path).to.equal(
        `/mutate/${command.tokens().join()}`,
      );
      if (!name.includes("by hand"))
        expect(command.objects.path).to.equal(path);
    });
  }

  it("keeps serving under a lost authority until the new one is trusted", async () => {
    await command.run();
    const old = command.authority().pem;
    command.objects.secrets.delete("webhook-ca");
    await command.run();
    expect(command.objects.caBundle).to.equal(command.authority().pem + old);
    expect(command.serving().issuedBy(readCertificate(old))).to.equal(true);
  });
});
