import { ApiStatusError } from "../../functions/kubernetes/api-server.ts";

/** The message with which the API server refused, or "allowed". Throws what is neither. */
export async function outcomeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return "allowed";
  } catch (error) {
    if (error instanceof ApiStatusError) return error.message;
    throw error;
  }
}
