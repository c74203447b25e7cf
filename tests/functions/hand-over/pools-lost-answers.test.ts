import { setTimeout as sleep } from "node:timers/promises";
import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { expect } from "chai";
import {
  ApiStatusError,
  ApiUnreachableError,
} from "../../../functions/kubernetes/api-server.ts";
import type { ApiServer } from "../../../functions/kubernetes/api-server.ts";
import type { PoolReader } from "../../../functions/hand-over/lists.ts";
import { PoolMissError, poolsOn } from "../../../functions/hand-over/pools.ts";
import { FakePool, LEASED, obtainNamed, requestOf } from "./fake-pool.ts";
import { claim, wanting } from "../pool/pool-builders.ts";

type Claim = V1PersistentVolumeClaim;

describe("poolsOn, when answers of the API server are lost", () => {
  describe("when the answer to its write is lost", () => {
    for (const limits of [{ wait: false }, { wait: true }])
      it(`finds its set in a new list, although half of its time is over, and can give it back: ${JSON.stringify(limits)}`, async () => {
        const fake = new FakePool([claim("a"), claim("b")]);
        const before = structuredClone(fake.annotations());
        const pools = poolsOn(losingFirstAnswer(fake), fake.reader);
        const deadline = performance.now() + 1_200;
        const wanted = wanting({ limits });
        const obtained = await pools.obtain(
          requestOf("uid-1", { wanted }),
          deadline,
          false,
        );
        if (obtained.kind !== "hit" || !obtained.reservation)
          return expect.fail("it was not reserved");
        expect(["a", "b"].filter((name) => fake.lease(name))).to.deep.equal([
          obtained.set,
        ]);
        await pools.release("shop", obtained.reservation);
        return expect(fake.annotations()).to.deep.equal(before);
      });

    it("can give back the set of a claim that the Pod names", async () => {
      const labels = { "volume-claim/pool": "hash" };
      const fake = new FakePool([claim("a", { labels })]);
      const before = structuredClone(fake.annotations());
      const pools = poolsOn(losingFirstAnswer(fake), fake.reader);
      const deadline = performance.now() + 1_200;
      const reservation = await pools.obtainNamed(
        { namespace: "shop", name: "a", podName: "copy" },
        "uid-1",
        deadline,
        false,
      );
      expect(fake.lease("a")).to.equal("uid-1");
      if (!reservation) return expect.fail("it was not reserved");
      await pools.release("shop", reservation);
      return expect(fake.annotations()).to.deep.equal(before);
    });

    it("ends the lease when it cannot read the lists again", async () => {
      const fake = new FakePool([claim("a")]);
      const before = structuredClone(fake.annotations());
      const reader: PoolReader = {
        read: (...args) =>
          fake.reads === 0
            ? fake.reader.read(...args)
            : Promise.reject(new ApiUnreachableError("no answer")),
      };
      await poolsOn(losingFirstAnswer(fake), reader)
        .obtain(requestOf("uid-1"), performance.now() + 1_200, false)
        .then(
          () => expect.fail("it was not rejected"),
          (error: unknown) => expect(error).to.include({ status: 503 }),
        );
      await sleep(0);
      expect(fake.annotations()).to.deep.equal(before);
    });

    it("lets the program wait for the end of a lease that goes on after the answer", async () => {
      const fake = new FakePool([claim("a")]);
      const before = structuredClone(fake.annotations());
      const slowly: ApiServer = async (request) => {
        if (request.contentType?.includes("json-patch")) await sleep(50);
        return await fake.api(request);
      };
      const afterwards: Promise<unknown>[] = [];
      const afterAnswer = (work: Promise<unknown>): void => {
        afterwards.push(work);
      };
      const reader: PoolReader = {
        read: (...args) =>
          fake.reads === 0
            ? fake.reader.read(...args)
            : Promise.reject(new ApiUnreachableError("no answer")),
      };
      await poolsOn(losingFirstAnswer({ api: slowly }), reader, { afterAnswer })
        .obtain(requestOf("uid-1"), performance.now() + 600, false)
        .catch(() => undefined);
      expect(fake.lease("a")).to.equal("uid-1");
      await Promise.all(afterwards);
      expect(fake.annotations()).to.deep.equal(before);
    });

    it("does not end the lease that another delivery of the request wrote since", async () => {
      const fake = new FakePool([claim("a")], true);
      fake.timeMs = 600;
      fake.beforeWrite = () => {
        fake.touch("a", { ...LEASED, "volume-claim/lease-request": "uid-1" });
        throw new ApiUnreachableError("no answer");
      };
      expect(await fake.obtain("uid-1")).to.equal("miss no-answer");
      await sleep(0);
      expect(fake.lease("a")).to.equal("uid-1");
    });
  });

  describe("when it gives up", () => {
    it("says that the API server did not confirm a reservation, although other Pods took the sets later", async () => {
      const fake = noAnswerThenChanges();
      expect(await fake.obtain("uid-1")).to.equal("miss no-answer");
      const rejected = await obtainNamed(noAnswerThenChanges(), "a").catch(
        (error: unknown) => error,
      );
      expect(rejected)
        .to.include({ status: 503 })
        .and.to.have.property("message")
        .that.includes("did not confirm the reservation of set a");
    });
    it("says that no set could grow, although another set is free by then", async () => {
      const fake = new FakePool([claim("a")]);
      const spec = { resources: { requests: { storage: "2Gi" } } };
      const api: ApiServer = async () => {
        await sleep(250);
        fake.claims.set("z", claim("z", { spec }));
        throw new ApiStatusError(403, "exceeded quota: small");
      };
      const limits = { wait: true };
      const rejected = await poolsOn(api, fake.reader)
        .obtain(
          requestOf("uid-1", { wanted: wanting({ limits, spec }) }),
          performance.now() + 400,
          false,
        )
        .catch((error: unknown) => error);
      expect(rejected)
        .to.include({ status: 409, miss: "cannot-grow" })
        .and.to.have.property("message")
        .that.includes("cannot grow");
    });
    it("says that there was no time, and writes nothing", async () => {
      const fake = new FakePool([claim("a")]);
      fake.beforeWrite = () => expect.fail("it wrote");
      const limits = { wait: true };
      const rejected = await poolsOn(fake.api, fake.reader)
        .obtain(
          requestOf("uid-1", { wanted: wanting({ limits }) }),
          performance.now(),
          false,
        )
        .catch((error: unknown) => error);
      expect(rejected)
        .to.include({ status: 503, miss: "no-answer" })
        .and.to.have.property("message")
        .that.includes("there was no time left to reserve a set");
    });
  });

  it("does not send a reservation again before the API server wants it, and has no lease to end after a 429", async () => {
    const fake = new FakePool([claim("a")]);
    const sent: string[] = [];
    const api: ApiServer = async (request) => {
      if (request.method === "PATCH") {
        sent.push(request.contentType ?? "");
        if (sent.length === 1)
          throw new ApiStatusError(429, "too many requests", {
            retryAfterSeconds: 1,
          });
      }
      return await fake.api(request);
    };
    const begun = performance.now();
    const obtained = await poolsOn(api, fake.reader).obtain(
      requestOf("uid-1"),
      begun + 10_000,
      false,
    );
    expect(obtained).to.include({ kind: "hit", set: "a" });
    expect(performance.now() - begun).to.be.at.least(990);
    await sleep(0);
    expect(sent).to.deep.equal(
      Array.from({ length: 2 }, () => "application/merge-patch+json"),
    );
  });

  it("does not wait for a time at which it could not try again: Create gets a new set at once", async () => {
    const fake = new FakePool([claim("a")]);
    fake.beforeWrite = () => {
      throw new ApiStatusError(429, "too many requests", {
        retryAfterSeconds: 6,
      });
    };
    const begun = performance.now();
    expect(await fake.obtain("uid-1")).to.equal("miss no-answer");
    expect(performance.now() - begun).to.be.below(1_000);
  });

  describe("without an answer of the API server to any reservation", () => {
    it("gives a new set with Create", async () => {
      expect(await noAnswer().obtain("uid-1")).to.equal("miss no-answer");
    });
    for (const limits of [{ wait: true }, { wait: false, maxSets: 1 }])
      it(`rejects the Pod for now, and names the set and what happened: ${JSON.stringify(limits)}`, async () => {
        const rejected = await noAnswer()
          .obtain("uid-1", limits)
          .catch((error: unknown) => error);
        expect(rejected).to.be.instanceOf(PoolMissError).and.include({
          status: 503,
          miss: "no-answer",
          message:
            'pool "Deployment web" in namespace shop: the API server did not confirm the reservation of set a (read ECONNRESET); create the Pod again',
        });
      });
    it("rejects a Pod that names the claim already, and says so, too", async () => {
      const labels = { "volume-claim/pool": "hash" };
      const fake = noAnswer(claim("a", { labels }));
      const rejected = await obtainNamed(fake, "a").catch(
        (error: unknown) => error,
      );
      expect(rejected).to.include({
        status: 503,
        message:
          'claim shop/a, which Pod "copy" names: the API server did not confirm the reservation of set a (read ECONNRESET); create the Pod again',
      });
    });
  });

  it("gives a reservation half of the time, so that there is time for another set when no answer comes", async () => {
    const fake = new FakePool([claim("a"), claim("b")]);
    const times: number[] = [];
    const api: ApiServer = async (request) => {
      times.push(request.timeoutMs);
      if (times.length > 1) return await fake.api(request);
      await sleep(request.timeoutMs);
      throw new ApiUnreachableError("no answer in time");
    };
    const start = performance.now();
    await poolsOn(api, fake.reader).obtain(
      requestOf("uid-1"),
      start + 2_000,
      false,
    );
    expect(times[0]).to.be.within(500, 1_000);
    expect(performance.now() - start).to.be.below(1_900);
  });
});

/** A pool of one set. Its first write has no answer; each later one meets a change. */
function noAnswerThenChanges(): FakePool {
  const labels = { "volume-claim/pool": "hash" };
  const fake = new FakePool([claim("a", { labels })]);
  fake.beforeWrite = () => {
    fake.beforeWrite = (name) => fake.touch(name);
    throw new ApiUnreachableError("read ECONNRESET");
  };
  return fake;
}

/** Does the first write, and lets the client wait for its answer for all the time that it has. */
function losingFirstAnswer({ api }: Pick<FakePool, "api">): ApiServer {
  let writes = 0;
  return async (request) => {
    const answer = await api(request);
    if (request.method !== "PATCH" || (writes += 1) > 1) return answer;
    await sleep(request.timeoutMs);
    throw new ApiUnreachableError("no answer in time");
  };
}

/** A pool of one set, of which no write gets an answer. */
function noAnswer(only: Claim = claim("a")): FakePool {
  const fake = new FakePool([only]);
  fake.timeMs = 600;
  fake.beforeWrite = () => {
    throw new ApiUnreachableError("read ECONNRESET");
  };
  return fake;
}
