import { rename, rm } from "node:fs/promises";

/** A build that ends in between does not end there again and again. */
const TRIES = 5;

/**
 * Puts the directory `made` in the place of `directory`, as a whole and in a moment: whoever starts a program from it finds the one
 * before or the new one. Both must be in one file system.
 */
export async function replaceDirectory(
  directory: string,
  made: string,
): Promise<void> {
  const before = `${made}-before`;
  for (let tries = 1; ; tries += 1) {
    try {
      await rename(directory, before).catch(unless("ENOENT"));
      await rename(made, directory);
      return;
    } catch (error) {
      // Another build has put its own there since.
      if (tries === TRIES) throw error;
      unless("ENOTEMPTY")(error);
    } finally {
      await rm(before, { recursive: true, force: true });
    }
  }
}

function unless(code: string): (error: unknown) => void {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code !== code) throw error;
  };
}
