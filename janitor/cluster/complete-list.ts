import { ApiStatusError } from "../../functions/kubernetes/api-server.ts";
import type { ApiAnswer } from "../../functions/kubernetes/api-server.ts";
import { JANITOR_RETRY, retry } from "../../functions/kubernetes/retry.ts";
import type { Sleep } from "../../functions/kubernetes/retry.ts";

/** How often a list may start. A token is valid for minutes: a list that takes longer than three tokens will not end. */
const MAX_STARTS = 3;

/** After a failure the pages become half as large, down to this size: smaller ones cost more requests than they save. */
const SMALLEST_PAGE = 25;

/** More pages than any namespace has: such a list never ends. */
const MAX_PAGES = 100_000;

/** The list is not complete, so nothing may be concluded from it. */
export class IncompleteListError extends Error {
  override readonly name = "IncompleteListError";
}

/** Query parameters of one page. Without a resourceVersion the API server reads the current state. */
export type PageQuery = Readonly<{
  limit: string;
  continue?: string;
  resourceVersion?: string;
  resourceVersionMatch?: "NotOlderThan";
}>;

/** A list that is complete. */
export interface CompleteList<T> {
  readonly items: readonly T[];
  /** The API server's clock at the very first page, in milliseconds; undefined when it sent no Date. */
  readonly serverTime: number | undefined;
}

/** How to list. */
export interface ListSettings<T> {
  /** What the list's `kind` must be. */
  readonly kind: string;
  /** True when `items: null` is an empty page, as the API server writes it for metadata; anywhere else it is a broken answer. */
  readonly nullIsEmpty: boolean;
  readonly pageSize: number;
  /**
   * A resourceVersion that the list may have, if it has no later one. Without it, or when the API server does not have that version
   * yet, the list is of the current state.
   */
  readonly notOlderThan?: string | undefined;
  readonly sleep: Sleep;
  /** Takes the needed fields from an item. Throws when one is missing. */
  readonly read: (item: unknown) => T;
}

/**
 * Reads all items of a list, page by page, as they were at one moment. Only an empty `continue` ends a list. When a token has
 * expired (410), the list starts again. The answer 410 has another token, but that would continue with a later state: https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 * @throws {IncompleteListError} when the answers are not a complete list
 */
export async function completeList<T>(
  fetchPage: (query: PageQuery) => Promise<ApiAnswer>,
  settings: ListSettings<T>,
): Promise<CompleteList<T>> {
  const { kind, nullIsEmpty, notOlderThan, read, sleep } = settings;
  let start: Omit<PageQuery, "limit"> =
    notOlderThan === undefined
      ? {}
      : {
          resourceVersion: notOlderThan,
          resourceVersionMatch: "NotOlderThan",
        };
  let { pageSize } = settings;
  let serverTime: number | undefined;
  let answers = 0;
  const onFailure = (error: unknown): void => {
    if (isBehind(error)) start = {};
    else if (!isBusy(error)) pageSize = smallerPage(pageSize);
  };
  for (let starts = 1; ; starts += 1) {
    const items: T[] = [];
    let token = "";
    try {
      do {
        const next = token === "" ? undefined : { continue: token };
        const answer = await retry(JANITOR_RETRY, { sleep, onFailure }, () =>
          fetchPage({ limit: String(pageSize), ...(next ?? start) }),
        );
        if (answers === 0) serverTime = answer.serverTime;
        answers += 1;
        const page = readPage(answer.body, kind, nullIsEmpty);
        for (const item of page.items) items.push(read(item));
        if (page.token !== "" && page.token === token)
          throw new IncompleteListError("the list does not advance");
        if (answers > MAX_PAGES)
          throw new IncompleteListError("the list does not end");
        ({ token } = page);
      } while (token !== "");
      return { items, serverTime };
    } catch (error) {
      if (!(error instanceof ApiStatusError && error.status === 410))
        throw error;
      if (starts >= MAX_STARTS) {
        throw new IncompleteListError(
          `the list expired ${MAX_STARTS} times before it was complete: ${error.message}`,
          { cause: error },
        );
      }
    }
  }
}

interface RawPage {
  readonly items: readonly unknown[];
  readonly token: string;
}

/** @throws {IncompleteListError} when `body` is not a page of such a list */
function readPage(body: unknown, kind: string, nullIsEmpty: boolean): RawPage {
  const page = (typeof body === "object" && body !== null ? body : {}) as {
    kind?: unknown;
    items?: unknown;
    metadata?: { continue?: unknown; remainingItemCount?: unknown };
  };
  const items = page.items === null && nullIsEmpty ? [] : page.items;
  if (page.kind !== kind || !Array.isArray(items)) {
    throw new IncompleteListError(
      `the API server answered with ${typeof page.kind === "string" ? page.kind : "something else"} instead of a ${kind} with items`,
    );
  }
  const token = page.metadata?.continue ?? "";
  if (typeof token !== "string")
    throw new IncompleteListError("the continue token of the list is not text");
  if (token === "" && Number(page.metadata?.remainingItemCount ?? 0) > 0) {
    throw new IncompleteListError(
      `the list ends, but ${String(page.metadata?.remainingItemCount)} items are missing`,
    );
  }
  return { items: items as readonly unknown[], token };
}

/** The server does not have the wanted resourceVersion yet, because its watch cache lags. Without a resourceVersion it asks etcd. */
function isBehind(error: unknown): boolean {
  return (
    error instanceof ApiStatusError &&
    error.causes.includes("ResourceVersionTooLarge")
  );
}

/** The server asks to come back later: smaller pages would only be more requests. */
function isBusy(error: unknown): boolean {
  return error instanceof ApiStatusError && error.status === 429;
}

function smallerPage(pageSize: number): number {
  return Math.max(Math.min(pageSize, SMALLEST_PAGE), Math.floor(pageSize / 2));
}
