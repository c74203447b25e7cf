import { request } from "node:https";
import { CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { claimName } from "../../functions/claim/claim-name.ts";
import { startApiProxy } from "../support/api-proxy.ts";
import type { ApiProxy } from "../support/api-proxy.ts";
import { aPod, aRequest, aReview } from "../support/builders.ts";
import { eventually } from "../support/eventually.ts";
import type { Fault } from "../support/fault.ts";
import { startFunction } from "../support/function-on.ts";
import type { RunningFunction } from "../support/function-on.ts";
import {
  sharedControlPlane,
  startTimeoutMs,
  uniqueNamespace,
} from "../support/shared-control-plane.ts";

interface Answer {
  readonly allowed: boolean;
  readonly patch?: string;
  readonly status?: { readonly code: number; readonly message: string };
}

function isCreate({ method, path }: { method: string; path: string }): boolean {
  return method === "POST" && path.endsWith("/persistentvolumeclaims");
}

describe("the function on an API server that fails", function () {
  this.timeout(30_000);
  let core: CoreV1Api;
  let proxy: ApiProxy;
  let running: RunningFunction;
  let uid = 0;

  before(async function () {
    this.timeout(startTimeoutMs);
    const controlPlane = await sharedControlPlane();
    core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    proxy = await startApiProxy(controlPlane);
    running = await startFunction(
      controlPlane,
      proxy.kubeconfigFor(controlPlane.adminToken),
    );
  });
  afterEach(() => proxy?.reset());
  after(async () => {
    await running?.stop();
    await proxy?.stop();
  });

  /** Sends the review of a Pod with volume `cache` to the function, as the API server does. */
  function review(
    namespace: string,
    {
      requestUid = `request-${(uid += 1)}`,
      timeout = "10s",
    }: { requestUid?: string; timeout?: string } = {},
  ): Promise<Answer> {
    const body = JSON.stringify(
      aReview(aRequest(aPod(), { uid: requestUid, namespace })),
    );
    return new Promise((resolve, reject) => {
      const outgoing = request(
        `${running.url}?timeout=${timeout}`,
        {
          method: "POST",
          ca: running.caPem,
          headers: { "content-type": "application/json" },
        },
        (incoming) => {
          let text = "";
          incoming.on("data", (chunk: Buffer) => (text += chunk.toString()));
          incoming.on("end", () => {
            expect(incoming.headers).not.to.have.property("retry-after");
            resolve((JSON.parse(text) as { response: Answer }).response);
          });
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }

  async function claimNames(
    namespace: string,
  ): Promise<(string | undefined)[]> {
    return (
      await core.listNamespacedPersistentVolumeClaim({ namespace })
    ).items.map(({ metadata }) => metadata?.name);
  }

  it("W2: gives the same answer to the same request delivered twice, with one claim", async () => {
    const namespace = await uniqueNamespace("twice");
    const answers: Answer[] = await Promise.all([
      review(namespace, { requestUid: "same" }),
      review(namespace, { requestUid: "same" }),
    ]);
    answers.push(await review(namespace, { requestUid: "same" }));
    expect(answers[0]?.allowed).to.equal(true);
    expect(answers[1]).to.deep.equal(answers[0]);
    expect(answers[2]).to.deep.equal(answers[0]);
    expect(await claimNames(namespace)).to.deep.equal([
      claimName("web-5d4f8c7b9-", "cache", "same"),
    ]);
  });

  it("W2: does not take over a claim of that name that somebody else made", async () => {
    const namespace = await uniqueNamespace("foreign");
    const name = claimName("web-5d4f8c7b9-", "cache", "theirs");
    await core.createNamespacedPersistentVolumeClaim({
      namespace,
      body: {
        metadata: { name },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "5Gi" } },
        },
      },
    });
    const answer = await review(namespace, { requestUid: "theirs" });
    expect(answer).to.deep.include({ allowed: false });
    expect(answer.status).to.have.property("code", 409);
    expect(answer.status?.message).to.include(
      `${namespace}/${name} that this request did not make exists already`,
    );
    expect(await claimNames(namespace)).to.deep.equal([name]);
  });

  it("W2: does not take over a claim of ours that another request made, nor one that is on its way out", async () => {
    const namespace = await uniqueNamespace("others");
    const before = await review(namespace, { requestUid: "other" });
    expect(before.allowed).to.equal(true);
    const other = claimName("web-5d4f8c7b9-", "cache", "other");
    const claim = await core.readNamespacedPersistentVolumeClaim({
      namespace,
      name: other,
    });

    const name = claimName("web-5d4f8c7b9-", "cache", "mine");
    const { annotations = {}, labels = {} } = claim.metadata ?? {};
    await core.createNamespacedPersistentVolumeClaim({
      namespace,
      body: {
        metadata: { name, labels, annotations },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
        },
      },
    });
    const answer = await review(namespace, { requestUid: "mine" });
    expect(answer.allowed).to.equal(false);
    expect(answer.status?.message).to.include("that this request did not make");

    await core.patchNamespacedPersistentVolumeClaim({
      namespace,
      name: other,
      body: [
        {
          op: "add",
          path: "/metadata/finalizers",
          value: ["example.com/stay"],
        },
      ],
    });
    await core.deleteNamespacedPersistentVolumeClaim({
      namespace,
      name: other,
    });
    const late = await review(namespace, { requestUid: "other" });
    expect(late.allowed).to.equal(false);
    expect(late.status).to.have.property("code", 503);
    expect(late.status?.message).to.include("is being deleted");
    await core.patchNamespacedPersistentVolumeClaim({
      namespace,
      name: other,
      body: [{ op: "remove", path: "/metadata/finalizers" }],
    });
  });

  it("W12: asks again when the claim that is there cannot be read at once", async () => {
    const namespace = await uniqueNamespace("read-back");
    proxy.intercept(isCreate, { resetAfterWrite: true }, 1);
    proxy.intercept(
      ({ method, path }) =>
        method === "GET" && path.includes("/persistentvolumeclaims/"),
      { status: 503 },
      2,
    );
    const answer = await review(namespace, { requestUid: "read-back" });
    expect(answer.status?.message).to.equal(undefined);
    expect(answer.allowed).to.equal(true);
    expect(await claimNames(namespace)).to.deep.equal([
      claimName("web-5d4f8c7b9-", "cache", "read-back"),
    ]);
  });

  it("W11: says in other words when the claim that is there may not be read", async () => {
    const namespace = await uniqueNamespace("unreadable");
    proxy.intercept(isCreate, { resetAfterWrite: true }, 1);
    proxy.intercept(
      ({ method, path }) =>
        method === "GET" && path.includes("/persistentvolumeclaims/"),
      { status: 403 },
    );
    const answer = await review(namespace, { requestUid: "unreadable" });
    expect(answer.status).to.have.property("code", 403);
    expect(answer.status?.message).to.include(
      "cannot read PersistentVolumeClaim",
    );
  });

  const passing: {
    name: string;
    fault: Fault;
    times: number;
    tries: number;
  }[] = [
    {
      name: "429 with Retry-After",
      fault: { status: 429, headers: { "retry-after": "1" } },
      times: 1,
      tries: 2,
    },
    { name: "500 twice", fault: { status: 500 }, times: 2, tries: 3 },
    { name: "503", fault: { status: 503 }, times: 1, tries: 2 },
    {
      name: "a reset before the write",
      fault: { resetBefore: true },
      times: 2,
      tries: 3,
    },
    {
      name: "a reset after the write was done",
      fault: { resetAfterWrite: true },
      times: 1,
      tries: 2,
    },
    {
      name: "an answer that never comes",
      fault: { hang: true },
      times: 1,
      tries: 2,
    },
    {
      name: "a write that is done but answered with nothing",
      fault: {
        after: () => new Promise((resolve) => setTimeout(resolve, 4_000)),
      },
      times: 1,
      tries: 2,
    },
  ];
  for (const { name, fault, times, tries } of passing) {
    it(`W12: gets over ${name} with one claim`, async () => {
      const namespace = await uniqueNamespace("passing");
      proxy.intercept(isCreate, fault, times);
      const answer = await review(namespace, {
        requestUid: `over-${name}`,
        timeout: "6s",
      });
      expect(answer.status?.message).to.equal(undefined);
      expect(answer.allowed).to.equal(true);
      expect(await claimNames(namespace)).to.deep.equal([
        claimName("web-5d4f8c7b9-", "cache", `over-${name}`),
      ]);
      expect(
        proxy.requests
          .filter(isCreate)
          .filter(({ path }) => path.includes(namespace)),
      ).to.have.lengthOf(tries);
    });
  }

  it("W12: answers inside the time-out that the API server gave, whatever happens behind it", async () => {
    const cases = ["1s", "2s"].flatMap((timeout) =>
      [
        { hang: true },
        { status: 503 },
        { status: 429, headers: { "retry-after": "60" } },
      ].map((fault) => ({ timeout, fault })),
    );
    for (const { timeout, fault } of cases) {
      const namespace = await uniqueNamespace("in-time");
      proxy.reset();
      proxy.intercept(isCreate, fault);
      const start = performance.now();
      const answer = await review(namespace, { timeout });
      expect(performance.now() - start).to.be.below(
        Number.parseInt(timeout, 10) * 1_000,
      );
      expect(answer.allowed).to.equal(false);
      expect(answer.status?.code).to.equal(503);
      expect(answer.status?.message)
        .to.include("could not create PersistentVolumeClaim")
        .and.to.include("in time");
      expect(await claimNames(namespace)).to.deep.equal([]);
    }
  });

  it("W11: refuses at once, with the server's message and without a second try, when the answer is no", async () => {
    const refusals = [
      {
        status: 403,
        message:
          "exceeded quota: storage, requested: requests.storage=1Gi, used: 9Gi, limited: 9Gi",
      },
      {
        status: 422,
        message:
          'PersistentVolumeClaim "x" is invalid: spec.resources: Required value',
      },
      { status: 404, message: 'namespaces "gone" not found' },
    ];
    for (const { status, message } of refusals) {
      const namespace = await uniqueNamespace("no");
      proxy.reset();
      proxy.intercept(isCreate, {
        status,
        body: {
          kind: "Status",
          apiVersion: "v1",
          status: "Failure",
          message,
          code: status,
          reason: "Forbidden",
        },
      });
      const answer = await review(namespace);
      expect(answer).to.have.nested.property("status.code", status);
      expect(answer.status?.message).to.include(message);
      expect(
        proxy.requests
          .filter(isCreate)
          .filter(({ path }) => path.includes(namespace)),
      ).to.have.lengthOf(1);
    }
  });

  it("W11: gives the words of a real quota, a LimitRange and missing rights", async () => {
    const namespace = await uniqueNamespace("quota");
    await core.createNamespacedLimitRange({
      namespace,
      body: {
        metadata: { name: "small" },
        spec: {
          limits: [
            { type: "PersistentVolumeClaim", max: { storage: "500Mi" } },
          ],
        },
      },
    });
    const limited = await review(namespace);
    expect(limited.status?.message).to.include(
      "maximum storage usage per PersistentVolumeClaim is 500Mi",
    );
    await core.deleteNamespacedLimitRange({ namespace, name: "small" });

    await core.createNamespacedResourceQuota({
      namespace,
      body: {
        metadata: { name: "none" },
        spec: { hard: { persistentvolumeclaims: "0" } },
      },
    });
    await eventually("the quota is in force", async () =>
      (await review(namespace)).status?.message.includes(
        "exceeded quota: none",
      ),
    );

    const controlPlane = await sharedControlPlane();
    await core.createNamespacedServiceAccount({
      namespace,
      body: { metadata: { name: "nobody" } },
    });
    const powerless = await startFunction(
      controlPlane,
      controlPlane.kubeconfigFor(
        await controlPlane.tokenFor(namespace, "nobody"),
      ),
    );
    const previous = running;
    running = powerless;
    try {
      const answer = await review(namespace);
      expect(answer.status?.message)
        .to.include("cannot create PersistentVolumeClaim")
        .and.to.include(`system:serviceaccount:${namespace}:nobody`);
    } finally {
      running = previous;
      await powerless.stop();
    }
  });

  it("W11: refuses a Pod of a namespace that is being deleted", async () => {
    const namespace = await uniqueNamespace("terminating");
    await core.createNamespacedConfigMap({
      namespace,
      body: {
        metadata: { name: "keeps-it", finalizers: ["example.com/stay"] },
      },
    });
    await core.deleteNamespace({ name: namespace });
    const answer = await review(namespace);
    expect(answer.status).to.have.property("code", 403);
    expect(answer.status?.message).to.include("because it is being terminated");
    await core.replaceNamespacedConfigMap({
      namespace,
      name: "keeps-it",
      body: { metadata: { name: "keeps-it" } },
    });
  });

  it("is not ready, and says why, while the API server is away, and recovers by itself", async () => {
    const controlPlane = await sharedControlPlane();
    const fresh = await startFunction(
      controlPlane,
      proxy.kubeconfigFor(controlPlane.adminToken),
    );
    const ready = (): Promise<{ status: number; text: string }> =>
      new Promise((resolve, reject) => {
        request(
          `https://127.0.0.1:${fresh.port}/readyz`,
          { ca: fresh.caPem },
          (incoming) => {
            let text = "";
            incoming.on("data", (chunk: Buffer) => (text += chunk.toString()));
            incoming.on("end", () =>
              resolve({ status: incoming.statusCode ?? 0, text }),
            );
          },
        )
          .on("error", reject)
          .end();
      });
    try {
      proxy.intercept(({ path }) => path === "/version", { status: 401 }, 1);
      const refused = await ready();
      expect(refused.status).to.equal(503);
      expect(refused.text).to.include("the API server cannot be used");
      expect(await ready()).to.deep.equal({ status: 200, text: "ok\n" });
    } finally {
      await fresh.stop();
    }
  });
});
