import { UNUSED_SINCE_ANNOTATION } from "../../../functions/contract/keys.ts";
import { reasonsOf } from "../janitor/runs.ts";
import { janitorAlone } from "../janitor/suite.ts";

type JanitorAlone = ReturnType<typeof janitorAlone>;
type Options = Parameters<JanitorAlone["sweep"]>[0];

/** The janitor alone with an API server, and claims with annotations of a life cycle; filled by the hooks of its suite. */
export interface LifeCycleSuite extends JanitorAlone {
  /** Makes a claim with these annotations and resolves with its name. */
  claimWith(annotations: Record<string, string>): Promise<string>;
  /** Sweeps, and tells the reason for each claim by its name. */
  reasons(options?: Options): Promise<Record<string, string>>;
  /** Since when the claim is idle, as the janitor has written it. */
  markOf(name: string): Promise<string | undefined>;
}

/** Hooks for a suite about the life cycles of claims. */
export function lifeCycleSuite(): LifeCycleSuite {
  const suite = janitorAlone("life");
  return Object.assign(suite, {
    claimWith: async (annotations: Record<string, string>) =>
      (await suite.createClaim({ annotations })).name,
    reasons: async (options?: Options) => reasonsOf(await suite.sweep(options)),
    markOf: async (name: string) =>
      (await suite.claimNamed(name))?.metadata?.annotations?.[
        UNUSED_SINCE_ANNOTATION
      ],
  });
}
