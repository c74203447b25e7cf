/** Lines for a shell that set the variables in which an environment differs from another one. */
export function exportLines(
  environment: NodeJS.ProcessEnv,
  from: NodeJS.ProcessEnv,
): string {
  return Object.entries(environment)
    .filter(([name, value]) => value !== undefined && value !== from[name])
    .map(([name, value = ""]) => `export ${name}=${quoted(value)}\n`)
    .join("");
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
