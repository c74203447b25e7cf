import type { V1Pod } from "@kubernetes/client-node";
import { describeSchemaErrors } from "../field/schema-errors.ts";
import { validate } from "./admission-review.validate.generated.js";

/** The part of an AdmissionReview's request that we read. */
export interface AdmissionRequest {
  /** Made by the API server for each call of the webhook, not for each Pod. */
  readonly uid: string;
  readonly resource: {
    readonly group: string;
    readonly version: string;
    readonly resource: string;
  };
  readonly subResource?: string;
  readonly namespace?: string;
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  readonly dryRun?: boolean;
  readonly object?: V1Pod | null;
}

/** Result of reading a request body; `problems` has one entry for each field, which begins with its path. */
export type ParsedReview =
  | { readonly kind: "review"; readonly request: AdmissionRequest }
  | { readonly kind: "invalid"; readonly problems: readonly string[] };

/** Checks that `body`, a decoded JSON value, is an AdmissionReview of admission.k8s.io/v1 with a request. */
export function parseReview(body: unknown): ParsedReview {
  if (validate(body))
    return {
      kind: "review",
      request: (body as { request: AdmissionRequest }).request,
    };
  return {
    kind: "invalid",
    problems: describeSchemaErrors(validate.errors ?? [], body),
  };
}
