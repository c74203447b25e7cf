import {
  ApiStatusError,
  ApiUnreachableError,
} from "../../functions/kubernetes/api-server.ts";
import { NoClusterError } from "../../functions/kubernetes/kube-config.ts";

/** Says that there is no cluster, or that it does not accept the credentials: another run fails in the same way. Undefined for other errors. */
export function whyUnusable(error: unknown): string | undefined {
  if (error instanceof NoClusterError) return error.message;
  if (error instanceof ApiUnreachableError)
    return `no cluster: ${error.message}`;
  return error instanceof ApiStatusError && error.status === 401
    ? `the cluster does not accept the credentials: ${error.message}`
    : undefined;
}
