import { expect } from "chai";
import { completeList } from "../../../janitor/cluster/complete-list.ts";
import type { CompleteList } from "../../../janitor/cluster/complete-list.ts";
import { recordedSleep, scriptedApiServer } from "./scripted-api-server.ts";
import type { Scripted } from "./scripted-api-server.ts";

/** What a test says of one page of a list; `token` leads to the next. */
interface Page {
  items: unknown;
  token?: unknown;
  remaining?: number;
  kind?: string;
}

/** A page as the API server answers with it, of Pods unless it is of another kind. */
export function page({
  items,
  token,
  remaining,
  kind = "PodList",
}: Page): object {
  return {
    kind,
    items,
    metadata: {
      ...(token !== undefined && { continue: token }),
      ...(remaining !== undefined && { remainingItemCount: remaining }),
    },
  };
}

/** Lists by `answers`; tells the queries that were sent and how long was waited. */
export async function list(
  answers: Scripted[],
  pageSize = 100,
): Promise<{
  result: CompleteList<unknown> | Error;
  queries: (string | undefined)[][];
  slept: number[];
}> {
  const { api, requests } = scriptedApiServer(...answers);
  const { sleep, slept } = recordedSleep();
  const result = await completeList(
    (query) => api({ method: "GET", path: "/pods", query, timeoutMs: 1 }),
    {
      kind: "PodList",
      nullIsEmpty: false,
      pageSize,
      sleep,
      read: (item) => item,
    },
  ).catch((error: unknown) => error as Error);
  const queries = requests.map(({ query }) => {
    expect(query).not.to.have.property("resourceVersion");
    return [query?.["limit"], query?.["continue"]];
  });
  return { result, queries, slept };
}
