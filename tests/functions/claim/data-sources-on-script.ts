import type { ClaimManifest } from "../../../functions/claim/build.ts";
import { ClaimRefusedError } from "../../../functions/claim/refused.ts";
import { dataSourcesOn } from "../../../functions/claim/data-sources.ts";
import type { ApiRequest } from "../../../functions/kubernetes/api-server.ts";
import { dataSourceOf } from "../../../functions/template/data-source.ts";
import { scriptedApiServer } from "../../janitor/cluster/scripted-api-server.ts";
import { claimOf } from "./claim-of.ts";

/** The claim that is to start from a source; it asks for `1Gi`. */
export const claim = claimOf("1Gi", "fast");

/** Sources as annotations write them: a snapshot, a claim to clone, and the newest of several snapshots. */
export const SNAPSHOT = "VolumeSnapshot/nightly";
export const CLONE = "PersistentVolumeClaim/seed";
export const NEWEST = "VolumeSnapshot?app=orders,tier in (nightly)";

/** Snapshot `nightly` as the API server answers with it. */
export const readySnapshot = {
  metadata: { name: "nightly", creationTimestamp: "2026-01-31T03:00:00Z" },
  status: { readyToUse: true },
};

/** What became of a look-up: either the claim or a refusal, and the requests that it took. */
export interface Resolved {
  readonly claim: ClaimManifest | undefined;
  readonly refused: ClaimRefusedError | undefined;
  readonly requests: readonly ApiRequest[];
}

/** Looks up `text` on an API server that gives these answers. Gives up after `milliseconds`. Throws what is no refusal. */
export async function resolved(
  text: string,
  answers: readonly unknown[],
  milliseconds = 5_000,
): Promise<Resolved> {
  const { api, requests } = scriptedApiServer(...answers);
  try {
    const found = await dataSourcesOn(api).resolve(
      claim,
      dataSourceOf(text),
      performance.now() + milliseconds,
    );
    return { claim: found, refused: undefined, requests };
  } catch (error) {
    if (!(error instanceof ClaimRefusedError)) throw error;
    return { claim: undefined, refused: error, requests };
  }
}
