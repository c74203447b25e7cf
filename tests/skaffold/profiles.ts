import { readFileSync } from "node:fs";
import path from "node:path";
import jsonpatch from "fast-json-patch";
import type { Operation } from "fast-json-patch";
import { parse } from "yaml";

export const repository = path.join(import.meta.dirname, "../..");

/** The parts of skaffold.yaml that are looked at here. */
interface Pipeline {
  readonly build?: {
    readonly artifacts: readonly {
      readonly image: string;
      readonly docker: {
        readonly dockerfile: string;
        readonly target?: string;
      };
      readonly sync?: {
        readonly manual: readonly {
          readonly src: string;
          readonly dest: string;
        }[];
      };
    }[];
  };
  readonly manifests?: { readonly kustomize: { readonly paths: string[] } };
  readonly portForward?: readonly {
    readonly resourceType: string;
    readonly resourceName: string;
    readonly namespace: string;
    readonly port: number;
  }[];
}

interface Profile extends Pipeline {
  readonly name: string;
  readonly activation?: readonly { readonly command: string }[];
  readonly patches?: Operation[];
}

export interface Skaffold extends Pipeline {
  readonly apiVersion: string;
  readonly profiles: readonly Profile[];
}

/** skaffold.yaml, as it is without a profile. */
export const skaffold = parse(
  readFileSync(path.join(repository, "skaffold.yaml"), "utf8"),
) as Skaffold;

/** What Skaffold makes of its file with these profiles, one after the other. Throws if there is no such profile. */
export function withProfiles(...names: readonly string[]): Skaffold {
  let made = skaffold;
  for (const name of names) {
    const profile = skaffold.profiles.find((one) => one.name === name);
    if (profile === undefined) throw new Error(`no profile ${name}`);
    const { patches = [], name: _, activation: __, ...pipeline } = profile;
    made = jsonpatch.applyPatch(
      { ...made, ...pipeline },
      patches,
      true,
      false,
    ).newDocument;
  }
  return made;
}
