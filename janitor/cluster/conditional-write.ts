import { ApiStatusError } from "../../functions/kubernetes/api-server.ts";

/** How a conditional write ended. `gone-already` and `changed-meanwhile` are normal: another client was quicker. */
export type WriteOutcome = "done" | "gone-already" | "changed-meanwhile";

/** Returns how the write ended; throws every error but 404 and 409. */
export async function conditionalWrite(
  write: () => Promise<unknown>,
): Promise<WriteOutcome> {
  try {
    await write();
    return "done";
  } catch (error) {
    if (error instanceof ApiStatusError && error.status === 404)
      return "gone-already";
    if (error instanceof ApiStatusError && error.status === 409)
      return "changed-meanwhile";
    throw error;
  }
}

/** The answer, or undefined when there is no such object. */
export async function unlessMissing<T>(
  answer: Promise<T>,
): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiStatusError && error.status === 404)
      return undefined;
    throw error;
  }
}
