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
import { runProgram } from "../../support/run-program.ts";
import {
  sharedControlPlane,
  skipWithout,
  startTimeoutMs,
} from "../../support/shared-control-plane.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { startHttpProxy, startSocksProxy } from "./forward-proxies.ts";
import type { ForwardProxy } from "./forward-proxies.ts";
import { KUBECONFIG_CASES } from "./cases.ts";
import type { KubeconfigCase, KubeconfigWorld } from "./cases.ts";

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
  let world: KubeconfigWorld;
  let proxies: Record<"http" | "socks", ForwardProxy>;
  let kubectlProxy: ChildProcess | undefined;

  before(async function () {
    this.timeout(startTimeoutMs);
    controlPlane = await sharedControlPlane();
    skipWithout(this, controlPlane, "kubectl");
    const { server } = controlPlane;
    const port = Number(new URL(server).port);
    proxies = {
      http: await startHttpProxy(port),
      socks: await startSocksProxy(port),
    };
    const { users } = JSON.parse(
      readFileSync(controlPlane.kubeconfigPath, "utf8"),
    ) as { users: [{ user: Record<string, string> }] };
    const [{ user: admin }] = users;
    world = {
      server,
      farServer: `https://api.example.test:${port}`,
      ca: Buffer.from(controlPlane.caPem).toString("base64"),
      cert: admin["client-certificate-data"] ?? "",
      key: admin["client-key-data"] ?? "",
      token: controlPlane.adminToken,
      otherToken: await controlPlane.tokenFor("default", "default"),
      plainServer: await startKubectlProxy(),
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
  function set({
    files,
    kubeconfig = ["config"],
    env,
  }: KubeconfigCase): Record<string, string> {
    const directory = mkdtempSync(path.join(controlPlane.directory, "case-"));
    for (const [name, content] of Object.entries(files(world))) {
      const file = path.join(directory, name);
      mkdirSync(path.dirname(file), { recursive: true });
      const text =
        typeof content === "string" ? content : JSON.stringify(content);
      writeFileSync(file, text, { mode: 0o700 });
    }
    return {
      PATH: "/usr/bin:/bin",
      HOME: directory,
      KUBECONFIG: kubeconfig
        .map((name) => path.join(directory, name))
        .join(path.delimiter),
      ...env?.(world),
    };
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

  for (const one of KUBECONFIG_CASES) {
    const { context, expected, kubectlDiffers, name, proxy } = one;
    it(`${expected instanceof RegExp ? "refused" : "taken"}: ${name}`, async () => {
      const env = set(one);
      const before = proxy && proxies[proxy].asked.length;
      const ours = await whoAreWe(env, context);
      if (proxy)
        expect(proxies[proxy].asked, "asked of the proxy").to.have.length.above(
          before ?? Infinity,
        );
      if (expected instanceof RegExp) {
        expect(ours).to.be.a("string");
        expect(ours).to.match(expected);
        expect(ours, "nothing secret, in one line").not.to.match(/secret|\n/);
      } else {
        if (typeof ours === "string") throw new Error(ours);
        expect(ours.username).to.match(
          typeof expected.user === "string"
            ? new RegExp(`^${expected.user}$`)
            : expected.user,
        );
        expect(ours.groups).to.include.members([...(expected.groups ?? [])]);
        expect(ours.extra ?? {}).to.deep.include(expected.extra ?? {});
      }

      const kubectl = await whoIsKubectl(env, context);
      if (kubectlDiffers !== undefined)
        expect(kubectl, `kubectl: ${kubectlDiffers}`).not.to.be.a("string");
      else if (typeof ours === "string")
        expect(kubectl, "kubectl refuses it as well").to.be.a("string");
      else expect(kubectl).to.deep.equal(ours);
    });
  }

  it("taken: no authority where the machine trusts the server's", async () => {
    const env = {
      ...set({
        name: "",
        files: ({ server, token }) => ({
          config: {
            clusters: [{ name: "c", cluster: { server } }],
            users: [{ name: "u", user: { token } }],
            contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
            "current-context": "x",
          },
        }),
        expected: /never asked/,
      }),
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
