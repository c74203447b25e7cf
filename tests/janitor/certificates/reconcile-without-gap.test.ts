import { expect } from "chai";
import fc from "fast-check";
import {
  readBundle,
  readCertificate,
} from "../../../janitor/certificates/decision/certificate.ts";
import type { Certificate } from "../../../janitor/certificates/decision/certificate.ts";
import { RENEWABLE } from "../../../janitor/certificates/decision/installation.ts";
import type { Renewable } from "../../../janitor/certificates/decision/installation.ts";
import { runOn } from "./command-runs.ts";
import { day, decoded, FakeObjects, minute } from "./fake-objects.ts";
import type { Moment } from "./fake-objects.ts";

/** Each change has reached everybody in this time; the settle time of the runs is one millisecond more. */
const lag = 5 * minute - 1;

/** One run of the command, or two at once, after this pause. */
interface Visit {
  readonly after: number;
  readonly renew: readonly Renewable[];
  readonly twice: boolean;
}

const visit: fc.Arbitrary<Visit> = fc.record({
  after: fc.oneof(
    fc.integer({ min: 0, max: 12 * minute }),
    fc.constantFrom(0, 5 * minute, day, 65 * day),
  ),
  renew: fc.subarray([...RENEWABLE]),
  twice: fc.boolean(),
});

/** A value that one side sees from `from` on, and not later than `lag` after `to`. */
interface Seen<T> {
  readonly from: number;
  readonly to: number;
  readonly value: T;
}

describe("renewal", () => {
  it("has no moment at which a slow API server and a slow function disagree", async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(visit, { minLength: 1, maxLength: 8 }),
        async (scheduler, visits) => {
          const objects = new FakeObjects();
          await runOn(objects, []);
          objects.history = objects.history.slice(-1);
          const slow = slowed(objects, scheduler);
          for (const { after, renew, twice } of visits) {
            objects.now += after;
            const flags = renew.map((one) => `--renew=${one}`);
            const runs = [runOn(slow, flags)];
            if (twice) runs.push(runOn(slow, flags));
            await scheduler.waitFor(Promise.all(runs));
          }
          const end = objects.now;
          expectNoGap(objects.history, end);
          for (let more = 0; more < 6; more += 1) {
            objects.now += 6 * minute;
            await runOn(objects, []);
          }
          expectNoGap(objects.history, objects.now);
          const before = objects.writes;
          await runOn(objects, []);
          expect(objects.writes, "nothing is left to write").to.equal(before);
          expect(readBundle(objects.caBundle)).to.have.lengthOf(1);
        },
      ),
      { numRuns: 25 },
    );
  });
});

/** The same objects; the scheduler decides who gets an answer first. */
function slowed(objects: FakeObjects, scheduler: fc.Scheduler): FakeObjects {
  return new Proxy(objects, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === "function"
        ? scheduler.scheduleFunction((...given: unknown[]) =>
            (member as (...all: unknown[]) => Promise<unknown>).apply(
              target,
              given,
            ),
          )
        : member;
    },
  });
}

function expectNoGap(history: readonly Moment[], end: number): void {
  const servings = seen(
    history,
    end,
    ({ secrets }) =>
      decoded(secrets.get("webhook-certificate")?.data)["tls.crt"] ?? "",
  );
  const accepted = seen(
    history,
    end,
    ({ secrets }) => decoded(secrets.get("webhook-token")?.data)["token"] ?? "",
  );
  const bundles = seen(
    history,
    end,
    ({ webhook }) => webhook?.webhooks?.[0]?.clientConfig.caBundle ?? "",
  );
  const paths = seen(
    history,
    end,
    ({ webhook }) => webhook?.webhooks?.[0]?.clientConfig.service?.path ?? "",
  );
  for (const [bundle, serving] of together(bundles, servings)) {
    const trusted = authoritiesOf(bundle.value);
    const certificate = readCertificate(serving.value);
    // After a certificate has ended nothing works until the next run, which may then replace it without a pause.
    const before = servings[servings.indexOf(serving) - 1];
    const ended =
      certificate.notAfter <= Math.max(bundle.from, serving.from) ||
      (bundle.to <= serving.from &&
        before !== undefined &&
        readCertificate(before.value).notAfter <= serving.from);
    if (ended) continue;
    expect(
      trusted.some((one) => certificate.issuedBy(one)),
      "the API server trusts the certificate that is served",
    ).to.equal(true);
  }
  for (const [path, tokens] of together(paths, accepted)) {
    expect(
      tokens.value.split(",").map((token) => `/mutate/${token}`),
      "the function accepts the path that is called",
    ).to.include(path.value);
  }
}

/** The values one after the other, each with the time in which it is the newest. */
function seen<T>(
  history: readonly Moment[],
  end: number,
  of: (moment: Moment) => T,
): Seen<T>[] {
  const all: Seen<T>[] = [];
  for (const [index, moment] of history.entries()) {
    const value = of(moment);
    const to = history[index + 1]?.at ?? end;
    const last = all.at(-1);
    if (last?.value === value) all[all.length - 1] = { ...last, to };
    else all.push({ from: moment.at, to, value });
  }
  return all;
}

/** The pairs that can be seen at the same time. */
function together<T>(
  left: readonly Seen<T>[],
  right: readonly Seen<T>[],
): [Seen<T>, Seen<T>][] {
  return left.flatMap((one) =>
    right
      .filter(
        (other) =>
          Math.max(one.from, other.from) <= Math.min(one.to, other.to) + lag,
      )
      .map((other): [Seen<T>, Seen<T>] => [one, other]),
  );
}

function authoritiesOf(caBundle: string): Certificate[] {
  return readBundle(Buffer.from(caBundle, "base64").toString());
}
