import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import {
  ApiStatusError,
  ApiUnreachableError,
  connectApiServer,
} from "../../../functions/kubernetes/api-server.ts";
import {
  loadKubeConfig,
  NoClusterError,
} from "../../../functions/kubernetes/kube-config.ts";
import { JANITOR } from "../../support/built-programs.ts";
import { eventually } from "../../support/eventually.ts";
import { runProgram } from "../../control-plane/run-program.ts";
import {
  sharedControlPlane,
  skipWithout,
  startTimeoutMs,
} from "../../support/shared-control-plane.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { startHttpProxy, startSocksProxy } from "./forward-proxies.ts";
import type { ForwardProxy } from "./forward-proxies.ts";
import { filesOf, KUBECONFIG_CASES } from "./cases.ts";
import type { Account, KubeconfigCase } from "./cases.ts";

const REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

/** Who the API server says one is. */
interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

async function whoAreWe(
  env: Record<string, string>,
  context: string | undefined,
): Promise<UserInfo | string> {
  try {
    const { config } = await loadKubeConfig(env, { context });
    const { body } = await connectApiServer(
      config,
      "test",
    )({
      method: "POST",
      path: REVIEWS,
      body: {
        apiVersion: "authentication.k8s.io/v1",
        kind: "SelfSubjectReview",
      },
      timeoutMs: 10_000,
    });
    return (body as { status: { userInfo: UserInfo } }).status.userInfo;
  } catch (error) {
    if (
      error instanceof NoClusterError ||
      error instanceof ApiUnreachableError ||
      error instanceof ApiStatusError
    )
      return error.message;
    throw error;
  }
}

describe("a kubeconfig means to the programs what it means to kubectl", function () {
  this.timeout(30_000);
  let controlPlane: ControlPlane;
  /** What `$name` stands for in the cases. */
  let values: Readonly<Record<string, string>>;
  let proxies: Record<"http" | "socks", ForwardProxy>;
  let kubectlProxy: ChildProcess | undefined;

  before(async function () {
    this.timeout(startTimeoutMs);
    controlPlane = await sharedControlPlane();
    skipWithout(this, controlPlane, "kubectl");
    const { adminToken, caPem, kubeconfigPath, server } = controlPlane;
    const { host, port } = new URL(server);
    proxies = {
      http: await startHttpProxy(Number(port)),
      socks: await startSocksProxy(Number(port)),
    };
    const { users } = JSON.parse(readFileSync(kubeconfigPath, "utf8")) as {
      users: [{ user: Record<string, string> }];
    };
    const [{ user: admin }] = users;
    const [cert = "", key = ""] = [
      admin["client-certificate-data"],
      admin["client-key-data"],
    ];
    values = {
      server,
      host,
      // A name that no resolver knows.
      farServer: `https://api.example.test:${port}`,
      // It adds an administrator's certificate.
      plainServer: await startKubectlProxy(),
      ca: Buffer.from(caPem).toString("base64"),
      cert,
      key,
      pemCa: caPem,
      pemCert: atob(cert),
      pemKey: atob(key),
      jsonCert: inJson(atob(cert)),
      jsonKey: inJson(atob(key)),
      token: adminToken,
      otherToken: await controlPlane.tokenFor("default", "default"),
      httpProxy: `http://127.0.0.1:${proxies.http.port}`,
      socksProxy: `socks5://127.0.0.1:${proxies.socks.port}`,
    };
  });
  after(async () => {
    kubectlProxy?.kill();
    await proxies?.http.stop();
    await proxies?.socks.stop();
  });

  async function startKubectlProxy(): Promise<string> {
    kubectlProxy = spawn(
      controlPlane.binaries.path("kubectl"),
      ["proxy", "--port=0", `--kubeconfig=${controlPlane.kubeconfigPath}`],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let said = "";
    kubectlProxy.stdout?.on("data", (bytes: Buffer) => (said += String(bytes)));
    return await eventually("kubectl proxy serves", () => {
      const address = /127\.0\.0\.1:\d+/.exec(said)?.[0];
      return address && `http://${address}`;
    });
  }

  /** The environment in which the case's kubeconfig is the one to use. */
  function set(one: Omit<KubeconfigCase, "is">): Record<string, string> {
    const { kubeconfig = ["config"] } = one;
    const directory = mkdtempSync(path.join(controlPlane.directory, "case-"));
    for (const [name, text] of filesOf(one)) {
      const file = path.join(directory, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, filledIn(text), { mode: 0o700 });
    }
    const env = Object.entries(one.env ?? {});
    return {
      PATH: "/usr/bin:/bin",
      HOME: directory,
      KUBECONFIG: kubeconfig
        .map((name) => path.join(directory, name))
        .join(path.delimiter),
      ...Object.fromEntries(env.map(([name, text]) => [name, filledIn(text)])),
    };
  }

  function filledIn(text: string): string {
    return text.replaceAll(
      /\$(\w+)/g,
      (whole, name: string) => values[name] ?? whole,
    );
  }

  async function whoIsKubectl(
    env: Record<string, string>,
    context: string | undefined,
  ): Promise<UserInfo | string> {
    const { exitCode, stdout, stderr } = await runProgram(
      controlPlane.binaries.path("kubectl"),
      [
        "auth",
        "whoami",
        "--output=json",
        ...(context === undefined ? [] : [`--context=${context}`]),
      ],
      { env },
    );
    if (exitCode !== 0) return stderr;
    return (JSON.parse(stdout) as { status: { userInfo: UserInfo } }).status
      .userInfo;
  }

  for (const [name, one] of Object.entries(KUBECONFIG_CASES)) {
    const { context, is, kubectlDiffers, proxy } = one;
    it(`${is instanceof RegExp ? "rejects" : "takes"} ${name}`, async () => {
      const env = set(one);
      const before = proxy && proxies[proxy].asked.length;
      const ours = await whoAreWe(env, context);
      if (proxy)
        expect(proxies[proxy].asked, "asked of the proxy").to.have.length.above(
          before ?? Infinity,
        );
      if (is instanceof RegExp) {
        expect(ours).to.be.a("string");
        expect(ours).to.match(is);
        expect(ours, "nothing secret, in one line").not.to.match(/secret|\n/);
      } else expectAccount(ours, is);

      const kubectl = await whoIsKubectl(env, context);
      if (kubectlDiffers !== undefined)
        expect(kubectl, `kubectl: ${kubectlDiffers}`).not.to.be.a("string");
      else if (typeof ours === "string")
        expect(kubectl, "kubectl rejects it as well").to.be.a("string");
      else expect(kubectl).to.deep.equal(ours);
    });
  }

  it("takes a server that the machine trusts, without an authority", async () => {
    const env = {
      ...set({ cluster: { "certificate-authority-data": undefined } }),
      SSL_CERT_FILE: path.join(controlPlane.directory, "trusted.pem"),
    };
    writeFileSync(env.SSL_CERT_FILE, controlPlane.caPem);
    const kubectl = await whoIsKubectl(env, undefined);
    if (typeof kubectl === "string") throw new Error(kubectl);
    // Which certificates a machine has, a process reads once.
    const { exitCode, stderr } = await runProgram(
      process.execPath,
      [JANITOR, "--dry-run", "--namespace=default"],
      { env },
    );
    expect({ exitCode, stderr }).to.deep.equal({ exitCode: 0, stderr: "" });
  });
});

/** A text as it stands between the quotes of JSON. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function expectAccount(
  actual: UserInfo | string,
  { user, groups = [], extra = {} }: Account,
): void {
  if (typeof actual === "string") throw new Error(actual);
  expect(actual.username).to.match(
    typeof user === "string" ? new RegExp(`^${user}$`) : user,
  );
  expect(actual.groups).to.include.members([...groups]);
  expect(actual.extra ?? {}).to.deep.include(extra);
}
