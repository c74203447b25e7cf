import type { V1PersistentVolumeClaimSpec } from "@kubernetes/client-node";
import type { Problem } from "../field/problem.ts";
import type { DataSource } from "./data-source.ts";
import type { LifeCycle } from "./life-cycle.ts";

/** The spec of a claim as it is sent, nothing invented: fields that were not asked for are absent. */
export interface ClaimSpec extends Omit<
  V1PersistentVolumeClaimSpec,
  "accessModes" | "resources"
> {
  readonly accessModes: readonly string[];
  readonly resources: {
    readonly requests: {
      readonly storage: string;
      readonly [resource: string]: string;
    };
    readonly limits?: Readonly<Record<string, string>>;
  };
}

/** What one volume of a Pod is to become. */
export interface VolumeClaimTemplate {
  /** The Pod volume that the claim takes the place of. */
  readonly volume: string;
  /** Labels and annotations that the template gives its claim. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec: ClaimSpec;
  /** What is to be looked up before the claim is made; of the newest snapshot, `spec` does not have the name yet. */
  readonly dataSource?: DataSource;
  /** Life-cycle annotations, copied to the claim for the janitor. */
  readonly lifeCycle: LifeCycle;
}

/** A volume to be placed. */
export interface VolumeToPlace {
  readonly volume: string;
  /** True without a file system, so that containers see a device; undefined when the template is wrong about it. */
  readonly block: boolean | undefined;
}

/** What the annotations of one form ask for. */
export interface ReadForm {
  /** Those that are sound; each with its own life cycle only. */
  readonly templates: readonly VolumeClaimTemplate[];
  /** Of every volume, sound or not; nothing where the volumes cannot be told. */
  readonly lifeCycles: readonly LifeCycle[] | undefined;
  /** Those whose names are sound, whatever else is wrong with them; where nothing is, one for each template in the same order. */
  readonly volumes: readonly VolumeToPlace[];
  /** What is taken, but not as it stands there. */
  readonly warnings: readonly Problem[];
}
