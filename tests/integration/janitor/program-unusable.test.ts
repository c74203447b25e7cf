import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { startTimeoutMs } from "../../support/shared-control-plane.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { freePort } from "../../control-plane/free-port.ts";
import { runJanitor } from "./runs.ts";
import { janitorControlPlane } from "./world.ts";

describe("the janitor as a program, given what it cannot use,", function () {
  this.timeout(20_000);
  let controlPlane: ControlPlane;

  before(async function () {
    this.timeout(startTimeoutMs);
    controlPlane = await janitorControlPlane();
  });

  const kubeconfigOf = (text: string): string => {
    const file = join(controlPlane.directory, "garbage.kubeconfig");
    writeFileSync(file, text);
    return file;
  };
  const unusable: {
    name: string;
    kubeconfig: () => string | Promise<string>;
    flags?: string[];
    line: RegExp;
  }[] = [
    {
      name: "there is no kubeconfig",
      kubeconfig: () => "/nowhere/config",
      line: /no cluster: .*\/nowhere\/config/,
    },
    {
      name: "the kubeconfig is no YAML",
      kubeconfig: () => kubeconfigOf("clusters: [\n  {{{ what is this\n: :"),
      line: /no cluster: cannot read .*garbage\.kubeconfig: /,
    },
    {
      name: "its server is not a URL",
      kubeconfig: () =>
        controlPlane.kubeconfigFor("token", { server: "not a url" }),
      line: /no cluster: .* cluster "control-plane": server "not a url" is not a URL such as https:/,
    },
    {
      name: "nobody listens there",
      kubeconfig: async () =>
        controlPlane.kubeconfigFor("token", {
          server: `https://127.0.0.1:${await freePort()}`,
        }),
      line: /no cluster: .*ECONNREFUSED/,
    },
    {
      name: "the token is wrong",
      kubeconfig: () => controlPlane.kubeconfigFor("wrong"),
      line: /the cluster does not accept the credentials: Unauthorized: https:.* \(context control-plane\)/,
    },
    {
      name: "the context is not there",
      kubeconfig: () => controlPlane.kubeconfigPath,
      flags: ["--context=prod"],
      line: /no cluster: .* has no context "prod"; of contexts there are "control-plane"/,
    },
    {
      name: "the selector cannot be read",
      kubeconfig: () => controlPlane.kubeconfigPath,
      flags: ["--selector=a in b"],
      line: /--selector: "a in b" is refused: unable to parse/,
    },
    {
      name: "a flag is wrong",
      kubeconfig: () => controlPlane.kubeconfigPath,
      flags: ["--page-size=0"],
      line: /--page-size: 0 is below 1/,
    },
  ];
  for (const { name, kubeconfig: config, flags = [], line } of unusable)
    it(`exits 2 with one line when ${name}`, async () => {
      const { exitCode, stdout, stderr } = await runJanitor(
        await config(),
        flags,
      );
      expect({ exitCode, stdout }).to.deep.equal({ exitCode: 2, stdout: "" });
      expect(stderr).to.match(line);
      expect(stderr).to.match(/^janitor: [^\n]+\n$/);
    });
});
