import { expect } from "chai";
import { namedSettings } from "../../../functions/contract/setting-table.ts";
import { readSettings } from "../../../functions/contract/settings.ts";
import { helpText } from "../../../functions/contract/settings-help.ts";
import { CERTIFICATES } from "../../../janitor/certificates/options.ts";
import { SWEEP } from "../../../janitor/settings/options.ts";
import { day } from "./fake-objects.ts";

describe("the settings of the certificates command", () => {
  it("are by default those of the manifests", () => {
    expect(readSettings(CERTIFICATES, [], {})).to.deep.equal({
      kind: "run",
      options: {
        namespace: "stateful-deployments",
        secret: "webhook-certificate",
        caSecret: "webhook-ca",
        tokenSecret: "webhook-token",
        webhookConfiguration: "10-stateful-deployments",
        dnsNames: [],
        validityMs: 90 * day,
        renewBeforeMs: 30 * day,
        caValidityMs: 3650 * day,
        tokenValidityMs: day,
        settleTimeMs: 300_000,
        renew: [],
        onlyToken: false,
      },
      rest: [],
    });
  });

  it("come from variables of their own: a flag wins over its variable, and a sweep ignores them", () => {
    const env = {
      JANITOR_CERTIFICATES_NAMESPACE: "here",
      JANITOR_CERTIFICATES_RENEW: "ca, token",
      JANITOR_DRY_RUN: "true",
    };
    const parsed = readSettings(CERTIFICATES, ["--namespace=there"], env);
    expect(parsed).to.have.nested.property("options.namespace", "there");
    expect(parsed)
      .to.have.nested.property("options.renew")
      .that.deep.equals(["ca", "token"]);
    expect(readSettings(SWEEP, [], env)).to.have.property("kind", "run");
  });

  const wrong: Record<string, string> = {
    "--namespace=Foo":
      '--namespace: "Foo" is not the name of a namespace (at most 63 of a-z, 0-9 and -, none at an end being -)',
    "--secret=a/b": '--secret: "a/b" is not the name of a Secret',
    "--renew=leaf": '--renew: "leaf" is none of ca, certificate, token',
    "--validity=1s": "--validity: 1s is below 60s",
    "--validity=900d --ca-validity=3000d": "--validity: 900d is above 825d",
    "--settle-time=soon":
      '--settle-time: "soon" is not a duration such as 90s, 5m, 1h30m or 7d',
    "--renew-before=45d":
      "--renew-before: 45d is not less than half of --validity 90d",
    "--ca-validity=179d":
      "--ca-validity: 179d is less than twice --validity 90d",
    "--secret=webhook-ca":
      "--secret, --ca-secret and --token-secret: name three different Secrets",
    "--only-token --renew=ca":
      "--only-token: nothing but the token can be renewed; drop it, or the other --renew",
  };
  for (const name of ["*.x", "::g", "1:2"])
    wrong[`--dns-name=${name}`] =
      `--dns-name: "${name}" is neither a DNS name nor an IP address`;
  for (const [flags, problem] of Object.entries(wrong))
    it(`reject ${flags}`, () => {
      expect(readSettings(CERTIFICATES, flags.split(" "), {})).to.deep.equal({
        kind: "invalid",
        problems: [problem],
      });
    });

  it("are all in --help, with variable and default, on 120 columns", () => {
    const help = helpText(CERTIFICATES);
    const words = help.replaceAll(/\s+/g, " ");
    for (const { default: usual, flag, variable } of namedSettings(
      CERTIFICATES,
    )) {
      expect(flag).to.match(/^[a-z]/);
      expect(words).to.include(` --${flag}`);
      expect(variable).to.match(/^JANITOR_CERTIFICATES_[A-Z]/);
      expect(words).to.include(variable);
      if (usual !== undefined) expect(words).to.include(`default ${usual}`);
    }
    for (const line of help.split("\n"))
      expect(line.length, line).to.be.at.most(120);
  });
});
