import { expect } from "chai";
import { ApiStatusError } from "../../../functions/kubernetes/api-server.ts";
import {
  readBundle,
  readCertificate,
  readKeyPair,
} from "../../../janitor/certificates/certificate.ts";
import { converge } from "../../../janitor/certificates/converge.ts";
import type { Converged } from "../../../janitor/certificates/converge.ts";
import {
  aWebhookConfiguration,
  day,
  FakeObjects,
  minute,
  optionsOf,
} from "./fake-objects.ts";

const managed = { "app.kubernetes.io/managed-by": "stateful-deployments" };

describe("the certificates command", () => {
  let objects: FakeObjects;
  let written: string[];

  beforeEach(() => {
    objects = new FakeObjects();
    written = [];
  });

  async function run(...argv: string[]): Promise<Converged> {
    const options = optionsOf(...argv);
    written = [];
    return await converge(
      {
        objects,
        sleep: () => Promise.resolve(),
        onWritten: ({ kind, why }) => written.push(`${kind}: ${why}`),
      },
      options,
      options,
      options.renew,
    );
  }

  /** The settle time passes, and a CronJob comes by. */
  async function later(...argv: string[]): Promise<Converged> {
    objects.now += 6 * minute;
    return await run(...argv);
  }

  const authority = () =>
    readCertificate(objects.value("webhook-ca", "tls.crt"));
  const serving = () =>
    readKeyPair({
      cert: objects.value("webhook-certificate", "tls.crt"),
      key: objects.value("webhook-certificate", "tls.key"),
    });
  const tokens = () => objects.value("webhook-token", "token").split(",");

  it("makes everything in its first run", async () => {
    const { failures, waiting } = await run();
    expect(written).to.deep.equal([
      "make-authority: the first",
      "write-tokens: the first",
      "issue-certificate: the first",
      "write-webhook: caBundle gains an authority, its path changes",
    ]);
    expect({ failures, waiting }).to.deep.equal({ failures: [], waiting: [] });
    expect(authority().isAuthority).to.equal(true);
    expect(authority().notAfter).to.equal(objects.now + 3650 * day);
    expect(serving().issuedBy(authority())).to.equal(true);
    expect(serving().names).to.deep.equal([
      "function.stateful-deployments.svc",
    ]);
    expect(serving().notAfter).to.equal(objects.now + 90 * day);
    expect(objects.value("webhook-certificate", "ca.crt")).to.equal(
      authority().pem,
    );
    expect(objects.caBundle).to.equal(authority().pem);
    expect(tokens()).to.have.lengthOf(1);
    expect(tokens()[0]).to.match(/^[0-9a-f]{64}$/);
    expect(objects.path).to.equal(`/mutate/${tokens()[0]}`);
    expect(
      objects.secrets.get("webhook-certificate")?.metadata.labels,
    ).to.include({
      ...managed,
      "networking.internal.knative.dev/certificate-uid": "webhook-certificate",
    });
  });

  it("writes nothing when everything is in order", async () => {
    await run();
    const before = objects.writes;
    for (const wait of [0, minute, 6 * minute, 59 * day]) {
      objects.now += wait;
      expect((await run("--token-validity=0")).written).to.equal(0);
    }
    expect(objects.writes).to.equal(before);
  });

  it("renews the serving certificate 30 days before its end, in one step, under the same authority", async () => {
    await run();
    const [old, ca] = [serving().fingerprint, authority().fingerprint];
    objects.now += 61 * day;
    await run("--token-validity=0");
    expect(written).to.deep.equal([
      "issue-certificate: the old one ends on 2026-05-30",
    ]);
    expect(serving().fingerprint).not.to.equal(old);
    expect(serving().notAfter).to.equal(objects.now + 90 * day);
    expect(authority().fingerprint).to.equal(ca);
  });

  it("replaces the authority in three steps with the settle time between them", async () => {
    await run();
    const old = { ca: authority().pem, serving: serving().fingerprint };
    const first = await run("--renew=ca");
    expect(written).to.deep.equal([
      "make-authority: as asked",
      "write-webhook: caBundle gains an authority",
    ]);
    expect(objects.caBundle).to.equal(authority().pem + old.ca);
    expect(serving().fingerprint).to.equal(old.serving);
    expect(first.waiting).to.deep.equal([
      {
        what: "a new serving certificate is issued: the old one is of the old authority",
        until: objects.now + 5 * minute,
      },
    ]);

    objects.now += 4 * minute;
    expect((await run()).written).to.equal(0);

    const second = await later();
    expect(written).to.deep.equal([
      "issue-certificate: the old one is of the old authority",
    ]);
    expect(serving().issuedBy(authority())).to.equal(true);
    expect(objects.caBundle).to.equal(authority().pem + old.ca);
    expect(second.waiting.map(({ what }) => what)).to.deep.equal([
      "the old authority is taken out of caBundle",
    ]);
    expect((await run()).written).to.equal(0);

    const third = await later();
    expect(written).to.deep.equal([
      "write-webhook: caBundle loses one that is not needed any more",
    ]);
    expect(objects.caBundle).to.equal(authority().pem);
    expect(third.waiting).to.deep.equal([]);
    expect((await later()).written).to.equal(0);
  });

  it("renews the authority before a serving certificate would outlive it", async () => {
    const flags = ["--ca-validity=200d", "--token-validity=0"];
    await run(...flags);
    const ends = authority().notAfter;
    objects.now = ends - 121 * day;
    await run(...flags);
    expect(written.map((one) => one.split(":")[0])).to.deep.equal([
      "issue-certificate",
    ]);
    objects.now = ends - 119 * day;
    await run(...flags);
    expect(written[0]).to.include("make-authority: the old one ends on");
  });

  it("replaces the token in three steps", async () => {
    await run();
    const [old] = tokens();
    const first = await run("--renew=token");
    expect(written).to.deep.equal(["write-tokens: as asked"]);
    const [kept, next] = tokens();
    expect(kept).to.equal(old);
    expect(objects.path).to.equal(`/mutate/${old}`);
    expect(first.waiting.map(({ what }) => what)).to.deep.equal([
      "the webhook's path gets the new token",
    ]);
    expect((await run()).written).to.equal(0);

    await later();
    expect(written).to.deep.equal(["write-webhook: its path changes"]);
    expect(objects.path).to.equal(`/mutate/${next}`);
    expect(tokens()).to.deep.equal([old, next]);
    expect((await run()).written).to.equal(0);

    await later();
    expect(written).to.deep.equal([
      "write-tokens: the old one is not in use any more",
    ]);
    expect(tokens()).to.deep.equal([next]);
    expect((await later()).written).to.equal(0);
  });

  it("replaces the token by itself when it is old, unless told not to", async () => {
    await run();
    objects.now += 91 * day;
    await run("--token-validity=0", "--renew-before=0");
    expect(tokens()).to.have.lengthOf(1);
    await run("--renew-before=0");
    expect(tokens()).to.have.lengthOf(2);
  });

  it("starts no second renewal while one is under way", async () => {
    await run();
    await run("--renew=ca,token");
    const again = await run("--renew=ca", "--renew=token");
    expect(again.written).to.equal(0);
    expect(again.underWay).to.deep.equal(["ca", "token"]);
  });

  it("goes on where a run was cut off, at whatever write", async () => {
    for (let cut = 0; cut < 8; cut += 1) {
      objects = new FakeObjects();
      for (const flag of [
        "--only-token=false",
        "--renew=ca,token,certificate",
      ]) {
        let left = cut;
        objects.beforeWrite = () => {
          left -= 1;
          if (left < 0) throw new Error("killed");
        };
        await run(flag).catch(() => undefined);
        objects.beforeWrite = () => undefined;
        await later();
      }
      for (let more = 0; more < 4; more += 1) await later();
      expect((await later()).written, `cut at ${cut}`).to.equal(0);
      expect(serving().issuedBy(authority())).to.equal(true);
      expect(objects.caBundle).to.equal(authority().pem);
      expect(objects.path).to.equal(`/mutate/${tokens().join()}`);
    }
  });

  it("looks again when somebody else was quicker", async () => {
    let quicker = 1;
    objects.beforeWrite = () => {
      if (quicker > 0 && objects.secrets.has("webhook-ca")) {
        quicker -= 1;
        objects.putSecret(
          "webhook-token",
          { token: "of-somebody-quicker" },
          managed,
        );
      }
    };
    await run();
    expect(tokens()).to.deep.equal(["of-somebody-quicker"]);
    expect(objects.path).to.equal("/mutate/of-somebody-quicker");
  });

  it("gives up with the reason when its writes are undone", async () => {
    const readTime = objects.readTime.bind(objects);
    objects.readTime = () => {
      objects.secrets.delete("webhook-token");
      return readTime();
    };
    const message = await run().then(
      () => "",
      (error: Error) => error.message,
    );
    expect(message).to.include("somebody undoes them");
  });

  it("tells a missing right as it is, and does not try again", async () => {
    let tries = 0;
    objects.beforeWrite = () => {
      tries += 1;
      throw new ApiStatusError(
        403,
        'secrets is forbidden: User "x" cannot create',
      );
    };
    const message = await run().then(
      () => "",
      (error: Error) => error.message,
    );
    expect(message).to.include("cannot create");
    expect(tries).to.equal(1);
  });

  describe("on what it finds broken", () => {
    const broken = [
      {
        name: "a serving certificate that is no PEM",
        change: () =>
          objects.putSecret("webhook-certificate", {
            "tls.crt": "x",
            "tls.key": "y",
          }),
        writes: ["issue-certificate: the old one holds no certificate"],
      },
      {
        name: "a serving certificate that is PEM around garbage",
        change: () =>
          objects.putSecret("webhook-certificate", {
            "tls.crt":
              "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "tls.key": "",
          }),
        writes: ["issue-certificate: the old one holds a broken certificate"],
      },
      {
        name: "the key of another certificate",
        change: () =>
          objects.putSecret("webhook-certificate", {
            "tls.crt": serving().pem,
            "tls.key": objects.value("webhook-ca", "tls.key"),
          }),
        writes: [
          "issue-certificate: the old one holds a private key of another certificate",
        ],
      },
      {
        name: "a serving certificate that has ended",
        change: () => (objects.now += 95 * day),
        flags: ["--token-validity=0"],
        writes: ["issue-certificate: the old one ended on 2026-05-30"],
      },
      {
        name: "a serving certificate without its Secret",
        change: () => objects.secrets.delete("webhook-certificate"),
        writes: ["issue-certificate: the first"],
      },
      {
        name: "an empty caBundle and another path",
        change: () => objects.putWebhook(aWebhookConfiguration()),
        writes: [
          "write-webhook: caBundle gains an authority, its path changes",
        ],
      },
      {
        name: "a token that is too short",
        change: () => objects.putSecret("webhook-token", { token: "hunter2" }),
        writes: [
          "write-tokens: the old one holds a token that is not 16 to 128 of A-Z, a-z, 0-9, _ and -; it is that of the webhook's path",
        ],
      },
      {
        name: "a token without its Secret",
        change: () => objects.secrets.delete("webhook-token"),
        writes: ["write-tokens: the first; it is that of the webhook's path"],
      },
      {
        name: "a token that was changed by hand",
        change: () =>
          objects.putSecret("webhook-token", { token: "made-by-some-person" }),
        writes: ["write-webhook: its path changes"],
      },
      {
        name: "an authority of garbage",
        change: () =>
          objects.putSecret("webhook-ca", { "tls.crt": "x", "tls.key": "y" }),
        writes: [
          "make-authority: the old one holds no certificate",
          "write-webhook: caBundle gains an authority",
        ],
      },
      {
        name: "an authority that may not sign",
        change: () =>
          objects.putSecret("webhook-ca", {
            "tls.crt": serving().pem,
            "tls.key": objects.value("webhook-certificate", "tls.key"),
          }),
        writes: [
          "make-authority: the old one holds a certificate that may not sign others",
          "write-webhook: caBundle gains an authority",
        ],
      },
      {
        name: "everything gone but the webhook configuration",
        change: () => objects.secrets.clear(),
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
        await run();
        const path = objects.path;
        change();
        await run(...flags);
        expect(written).to.deep.equal(writes);
        for (let more = 0; more < 3; more += 1) await later(...flags);
        expect((await later(...flags)).written).to.equal(0);
        expect(serving().issuedBy(authority())).to.equal(true);
        expect(
          readBundle(objects.caBundle).map(({ pem }) => pem),
        ).to.deep.equal([authority().pem]);
        expect(objects.path).to.equal(`/mutate/${tokens().join()}`);
        if (!name.includes("by hand")) expect(objects.path).to.equal(path);
      });
    }

    it("keeps serving under a lost authority until the new one is trusted", async () => {
      await run();
      const old = authority().pem;
      objects.secrets.delete("webhook-ca");
      await run();
      expect(objects.caBundle).to.equal(authority().pem + old);
      expect(serving().issuedBy(readCertificate(old))).to.equal(true);
    });
  });

  describe("leaves to a person", () => {
    it("a Secret without our label, before anything is written", async () => {
      objects.putSecret(
        "webhook-certificate",
        { "tls.crt": "of the shop" },
        {},
      );
      const before = objects.writes;
      const { failures } = await run();
      expect(failures).to.have.lengthOf(1);
      expect(failures[0]).to.include("--secret").and.to.include("no label");
      expect(objects.writes).to.equal(before);
    });

    it("a webhook configuration that cert-manager writes, unless only the token is asked for", async () => {
      objects.putWebhook({
        ...aWebhookConfiguration(),
        metadata: {
          resourceVersion: "",
          annotations: { "cert-manager.io/inject-ca-from": "ns/certificate" },
        },
      });
      const { failures, written: writes } = await run();
      expect(failures[0])
        .to.include("cert-manager")
        .and.to.include("--only-token");
      expect(writes).to.equal(0);
      await run("--only-token");
      expect(written).to.deep.equal([
        "write-tokens: the first",
        "write-webhook: its path changes",
      ]);
      expect(objects.caBundle).to.equal("");
      expect([...objects.secrets.keys()]).to.deep.equal(["webhook-token"]);
    });

    it("a missing webhook configuration, after it made the Secrets", async () => {
      objects.webhook = undefined;
      const { failures } = await run("--dns-name=function.here.svc");
      expect(failures[0]).to.include("no such MutatingWebhookConfiguration");
      expect([...objects.secrets.keys()]).to.deep.equal([
        "webhook-ca",
        "webhook-token",
        "webhook-certificate",
      ]);
    });
  });

  it("issues for the names that were given, and anew when they change", async () => {
    await run("--dns-name=B.example", "--dns-name=a.example,::1");
    expect(serving().names).to.deep.equal(["::1", "a.example", "b.example"]);
    expect(
      (await run("--dns-name=a.example,b.example,0:0::1")).written,
    ).to.equal(0);
    await run();
    expect(written).to.deep.equal([
      "issue-certificate: the old one is for ::1, a.example, b.example",
    ]);
  });

  it("keeps the address of a webhook that is called by URL, but for its path", async () => {
    objects.putWebhook({
      metadata: { resourceVersion: "" },
      webhooks: [
        {
          name: "a",
          clientConfig: { url: "https://admit.example:8443/mutate?x=1" },
        },
      ],
    });
    await run();
    expect(objects.webhook?.webhooks?.[0]?.clientConfig.url).to.equal(
      `https://admit.example:8443/mutate/${tokens()[0]}`,
    );
    expect(serving().names).to.deep.equal(["admit.example"]);
    expect((await run()).written).to.equal(0);
  });
});
