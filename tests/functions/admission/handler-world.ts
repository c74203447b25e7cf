import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { createHandler } from "../../../functions/admission/handler.ts";
import type { AdmissionHandler } from "../../../functions/admission/handler.ts";
import type { AdmissionResponse } from "../../../functions/admission/response.ts";
import type { ClaimManifest } from "../../../functions/claim/build.ts";
import type { Claims } from "../../../functions/claim-api/claims.ts";
import {
  ClaimRejectedError,
  INVALID,
  UNAVAILABLE,
} from "../../../functions/claim-api/rejected.ts";
import {
  TEMPLATE_DATA_SOURCE,
  TEMPLATE_NAME,
  TEMPLATE_STORAGE,
  TEMPLATE_TEMPLATES,
} from "../../../functions/contract/keys.ts";
import type { Pools } from "../../../functions/hand-over/pools.ts";
import { createLogger } from "../../../functions/http/logger.ts";
import { aPod, aRequest } from "../../support/builders.ts";

export const asked = (): Promise<never> =>
  Promise.reject(new TypeError("no claim of this test is reused"));

/** For a handler whose Pods reuse nothing: fails when it is asked. */
export const noPools: Pools = {
  obtain: asked,
  obtainNamed: asked,
  release: asked,
  surplus: asked,
};

/** Of the whole admission, in milliseconds. */
export const TIME = 600;
/** What happens to one claim; times in milliseconds. */
export interface Fate {
  readonly lookUp: number;
  readonly create: number;
  /** "lost": the claim is created, but the answer is lost. An error: it is not created. */
  readonly end: "created" | "found" | "lost" | Error;
  readonly remove: number;
}

/** The source of such a claim does not exist. */
export const missing = new ClaimRejectedError(INVALID, "there is none");

export const created: Fate = {
  lookUp: 0,
  create: 5,
  end: "created",
  remove: 5,
};
/** A Pod with `count` volumes. A single one has a source that is looked up; the full form names its source without a look-up. */
export function podWith(count: number): ReturnType<typeof aPod> {
  const mounts = Array.from({ length: count }, (_, index) => `v${index}`);
  const volumes = mounts.map((name) => ({ name, emptyDir: {} }));
  const templates = mounts.map((name) => ({
    metadata: { name },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
    },
  }));
  const annotations: Record<string, string> =
    count === 1
      ? {
          [TEMPLATE_NAME]: "v0",
          [TEMPLATE_STORAGE]: "1Gi",
          [TEMPLATE_DATA_SOURCE]: "VolumeSnapshot?app=orders",
        }
      : { [TEMPLATE_TEMPLATES]: JSON.stringify(templates) };
  return aPod({ annotations, volumes, mounts });
}

export interface World {
  readonly handler: AdmissionHandler;
  /** Volumes whose claims exist now. */
  readonly there: Set<string>;
  /** What was sent, in its order. */
  readonly events: string[];
  readonly manifests: ClaimManifest[];
  readonly warnings: string[];
  /** Ends when all work after answers has ended. */
  readonly afterwards: () => Promise<unknown>;
}

/** A handler on ports that ignore every deadline; `fates` is read again at each call. */
export function worldOf(
  fates: readonly Fate[],
  {
    newest = "nightly-7",
    warnings: said = [] as readonly string[],
    removeFails = false,
    pools = noPools,
  } = {},
): World {
  const there = new Set<string>();
  const events: string[] = [];
  const manifests: ClaimManifest[] = [];
  const warnings: string[] = [];
  const afterwards: Promise<unknown>[] = [];
  const fateOf = ({ metadata }: ClaimManifest): [string, Fate] => {
    const volume = metadata.labels[TEMPLATE_NAME] ?? "";
    return [volume, fates[Number(volume.slice(1))] ?? created];
  };
  const claims: Claims = {
    async getOrCreate(manifest) {
      const [volume, { create, end }] = fateOf(manifest);
      manifests.push(manifest);
      await sleep(create);
      if (end instanceof Error) throw end;
      const isNew = end !== "found" && !there.has(volume);
      events.push(`${isNew ? "created" : "found"} ${volume}`);
      there.add(volume);
      if (end === "lost")
        throw new ClaimRejectedError(UNAVAILABLE, "no answer", {
          mayExist: true,
        });
      return { manifest, uid: volume, created: isNew, warnings: said };
    },
    async remove({ manifest }) {
      const [volume, { remove }] = fateOf(manifest);
      await sleep(remove);
      if (removeFails) throw new Error("the API is away");
      there.delete(volume);
      events.push(`deleted ${volume}`);
    },
  };
  const handler = createHandler({
    pools,
    claims,
    sources: {
      async resolve(manifest, { text }) {
        const [volume, { end, lookUp }] = fateOf(manifest);
        events.push(`looked up ${text}`);
        await sleep(lookUp);
        if (end === missing) throw end;
        const dataSource = { kind: "VolumeSnapshot", name: newest };
        expect(volume).to.equal("v0");
        return { ...manifest, spec: { ...manifest.spec, dataSource } };
      },
    },
    log: createLogger("warn", (line) => warnings.push(line)),
    afterAnswer: (work) => afterwards.push(work),
  });
  return {
    handler,
    there,
    events,
    manifests,
    warnings,
    afterwards: () => Promise.all(afterwards),
  };
}

export interface Handled extends Omit<World, "handler" | "afterwards"> {
  /** Undefined after a fault of our own. */
  readonly response: AdmissionResponse | undefined;
  readonly thrown: unknown;
  /** Milliseconds. */
  readonly took: number;
  /** After how many milliseconds a timer of `TIME` fires: later than that on a busy machine. */
  readonly timer: Promise<number>;
}

/** Handles a Pod with a claim for each of `fates`, and waits until everything has ended. */
export async function handled(
  fates: readonly Fate[],
  {
    dryRun = false,
    pod = podWith(fates.length),
    ...more
  }: Parameters<typeof worldOf>[1] & {
    dryRun?: boolean;
    pod?: ReturnType<typeof aPod>;
  } = {},
): Promise<Handled> {
  const { handler, afterwards, ...world } = worldOf(fates, more);
  const start = performance.now();
  const timer = sleep(TIME).then(() => performance.now() - start);
  let response: AdmissionResponse | undefined;
  let thrown: unknown;
  try {
    response = await handler(aRequest(pod, { dryRun }), start + TIME);
  } catch (error) {
    thrown = error;
  }
  const took = performance.now() - start;
  await afterwards();
  return { ...world, response, thrown, took, timer };
}
