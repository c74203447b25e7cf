/** What the stages of a Dockerfile copy from the directory of the build, each once, in order. */
export function copiedSources(dockerfile: string): string[] {
  const sources = [...dockerfile.matchAll(/^COPY (.+)$/gm)].flatMap(
    ([, text = ""]) => {
      const words = text.split(/\s+/);
      if (words.some((word) => word.startsWith("--from="))) return [];
      return words.filter((word) => !word.startsWith("--")).slice(0, -1);
    },
  );
  return [...new Set(sources)];
}
