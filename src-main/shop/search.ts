/** A LIKE pattern (escape character `\`) that finds texts containing the search as it was typed; `%%` for an empty one. */
export function likePattern(search: string): string {
  return `%${search.trim().replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
}
