const mostKept = 10_000;

/** Answers true for each text the first time it is asked, and false from then on. Remembers the last ten thousand. */
export function createOnce(): (text: string) => boolean {
  const seen = new Set<string>();
  return (text) => {
    if (seen.has(text)) return false;
    seen.add(text);
    if (seen.size > mostKept) seen.delete(seen.values().next().value ?? '');
    return true;
  };
}
