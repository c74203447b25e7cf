import type { V1PersistentVolumeClaimSpec } from "@kubernetes/client-node";
import type { FieldError } from "../field/field-error.ts";
import type { DataSource } from "./data-source.ts";
import type { LifeCycle } from "../contract/life-cycle.ts";

/** The spec of a claim as it is sent. Fields that the template does not have are absent. */
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

/** The template of one volume's claim. */
export interface VolumeClaimTemplate {
  /** The Pod volume that the claim replaces. */
  readonly volume: string;
  /** Labels and annotations that the template gives its claim. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec: ClaimSpec;
  /** What to look up before the claim is created. `spec` does not have the name of the newest snapshot yet. */
  readonly dataSource?: DataSource;
  /** Life-cycle annotations, copied to the claim for the janitor. */
  readonly lifeCycle: LifeCycle;
}

/** A volume of the Pod that is to become a claim. */
export interface ClaimVolume {
  readonly volume: string;
  /** True for volumeMode Block; undefined when the template's volumeMode is unknown. */
  readonly block: boolean | undefined;
}

/** What the annotations of one form ask for. */
export interface ReadForm {
  /** The templates without errors. Each has only its own life cycle. */
  readonly templates: readonly VolumeClaimTemplate[];
  /** The life cycle of every template, also of those with errors; undefined when the text has no readable templates. */
  readonly lifeCycles: readonly LifeCycle[] | undefined;
  /** The volumes with valid names, also of templates with errors. Without errors there is one for each template, in the same order. */
  readonly volumes: readonly ClaimVolume[];
  /** Warnings about the parts of a template that are dropped. */
  readonly warnings: readonly FieldError[];
  readonly errors: readonly FieldError[];
}
