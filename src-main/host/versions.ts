/** The versions that a diagnosis needs, from what the runtime says of itself. */
export function programVersions(runtime: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const versions: Record<string, string> = {};
  for (const name of ['node', 'electron', 'chrome', 'v8']) {
    const version = runtime[name];
    if (version !== undefined) versions[name] = version;
  }
  return versions;
}
