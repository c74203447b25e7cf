import type { V1Pod } from "@kubernetes/client-node";
import { nameOf } from "../../support/pods-and-claims.ts";
import { inPod } from "../steps/workloads.ts";

/** PostgreSQL from Debian's packages; the component `storage` makes it. */
export const postgresImage = "ko.local/postgres:local";

/** The result of a query of the server in a Pod, a line for each row. */
export async function query(pod: V1Pod, sql: string): Promise<string[]> {
  const output = await inPod(
    pod,
    `psql --username=postgres --no-align --tuples-only --quiet --command="${sql}"`,
  );
  return output.split("\n");
}

/** Names the rows by the Pod that has written them. */
export async function writeRow(pod: V1Pod): Promise<void> {
  await query(
    pod,
    `CREATE TABLE IF NOT EXISTS written (pod text); INSERT INTO written VALUES ('${nameOf(pod)}')`,
  );
}

/** The rows that a server has, in order. */
export function rowsOf(pod: V1Pod): Promise<string[]> {
  return query(pod, "SELECT pod FROM written ORDER BY pod");
}

/** All rows of all servers. */
export async function allRows(pods: readonly V1Pod[]): Promise<string[]> {
  return (await Promise.all(pods.map(rowsOf))).flat();
}
