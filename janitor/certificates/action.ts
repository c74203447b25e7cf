import type { Certificate } from "./certificate.ts";

/** Something that is to be done later, and from when on: milliseconds by the API server's clock. */
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
      /** True when a new token is to be made and put after those that are kept. */
      readonly add: boolean;
      readonly why: string;
    }
  | {
      readonly kind: "write-webhook";
      /** The whole `caBundle`; undefined leaves it as it is. */
      readonly trusted: readonly Certificate[] | undefined;
      /** For the path; undefined leaves it as it is. */
      readonly token: string | undefined;
      readonly why: string;
    }
  | {
      readonly kind: "stop";
      /** What a person has to put right, a line each. */
      readonly failures: readonly string[];
      readonly waiting: readonly Waiting[];
    };

/** An action that writes. */
export type Write = Exclude<Action, { kind: "stop" }>;
