/** What mocha's output says of failed tests, without the line that counts them; empty where none failed. */
export function failuresIn(output: string): string {
  const [, failures = ""] = output.split(/^\S*\s+\d+ failing.*\n/m);
  return failures;
}
