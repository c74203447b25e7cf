/** The path of a namespace in an API: by default that of the core objects, else `/apis/<group>/<version>`. */
export function namespacePath(namespace: string, api = "/api/v1"): string {
  return `${api}/namespaces/${encodeURIComponent(namespace)}`;
}

/** The path of all claims of a namespace. */
export function claimsPath(namespace: string): string {
  return `${namespacePath(namespace)}/persistentvolumeclaims`;
}

/** The path of one claim. */
export function claimPath(namespace: string, name: string): string {
  return `${claimsPath(namespace)}/${encodeURIComponent(name)}`;
}
