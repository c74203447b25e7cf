import type { Certificate } from "./certificate.ts";

/** A later step, and the time from which it can be done: milliseconds by the API server's clock. */
export interface Waiting {
  readonly what: string;
  readonly until: number;
}

/** One write, or the end. `why` completes the sentence about it in the report. */
export type Action =
  | { readonly kind: "make-authority"; readonly why: string }
  | {
      readonly kind: "issue-certificate";
      readonly names: readonly string[];
      readonly why: string;
    }
  | {
      readonly kind: "write-tokens";
      readonly keep: readonly string[];
      /** True to create a new token and to add it after those in `keep`. */
      readonly add: boolean;
      readonly why: string;
    }
  | {
      readonly kind: "write-webhook";
      /** The new `caBundle`; undefined leaves it as it is. */
      readonly trusted: readonly Certificate[] | undefined;
      /** The token for the path; undefined leaves the path as it is. */
      readonly token: string | undefined;
      readonly why: string;
    }
  | {
      readonly kind: "stop";
      /** What a person has to fix, one line each. */
      readonly failures: readonly string[];
      readonly waiting: readonly Waiting[];
    };

/** An action that writes. */
export type Write = Exclude<Action, { kind: "stop" }>;
