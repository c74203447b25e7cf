/** A kubeconfig cannot be used: `message` names entry and field in one line, without any value that may be a secret. */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError";
}
