import type { Certificate, KeyPair } from "./certificate.ts";

/** The content of one of our Secrets as it was found. */
export type Stored<T> =
  | { readonly kind: "absent" }
  /** The Secret exists without our label. It may belong to somebody else, so the command never writes it. */
  | { readonly kind: "foreign" }
  | {
      readonly kind: "broken";
      readonly why: string;
      readonly resourceVersion: string;
    }
  | {
      readonly kind: "usable";
      readonly value: T;
      readonly resourceVersion: string;
      /** When we wrote it last, milliseconds by the API server's clock. */
      readonly writtenAt: number;
    };

/** A certificate authority with the key that it signs with. */
export interface Authority {
  readonly certificate: Certificate;
  readonly pair: KeyPair;
}

/** The serving certificate and, for the time of its replacement, its issuers. */
export interface Serving {
  readonly certificate: Certificate;
  readonly issuers: readonly Certificate[];
}

/** One webhook of the configuration. */
export interface Webhook {
  readonly name: string;
  /** What its `caBundle` holds. */
  readonly trusted: readonly Certificate[];
  /** Token of its path, or undefined if the path is not one of ours. */
  readonly token: string | undefined;
  /** The name by which the API server calls it: the DNS name of a Service, or the host of its URL. */
  readonly host: string;
  /** Present when it is called by URL, not as a Service. */
  readonly url?: string;
}

/** The webhook configuration as it was found. */
export interface WebhookConfiguration {
  readonly resourceVersion: string;
  readonly writtenAt: number;
  readonly webhooks: readonly Webhook[];
  /** Set when cert-manager is asked to write its `caBundle`. */
  readonly injectedFrom: string | undefined;
}

/** Everything that the decisions need, read at one time. */
export interface Installation {
  /** Milliseconds by the API server's clock. */
  readonly now: number;
  readonly authority: Stored<Authority>;
  readonly serving: Stored<Serving>;
  readonly tokens: Stored<readonly string[]>;
  readonly webhook: WebhookConfiguration | undefined;
}

/** What can be renewed on request. */
export const RENEWABLE = ["ca", "certificate", "token"] as const;
export type Renewable = (typeof RENEWABLE)[number];

/** When to renew what. All times are in milliseconds. */
export interface RenewalPolicy {
  /** Names for the serving certificate; if empty, those by which the API server calls the webhooks. */
  readonly dnsNames: readonly string[];
  readonly validityMs: number;
  readonly renewBeforeMs: number;
  readonly caValidityMs: number;
  /** With 0 the token is replaced only on request. */
  readonly tokenValidityMs: number;
  /** How long a change takes to reach every API server and every Pod of the function. */
  readonly settleTimeMs: number;
  /** Leaves certificates and `caBundle` to others. */
  readonly onlyToken: boolean;
}
