const secretName =
  /(authorization|cookie|password|passwd|secret|token|api_?key|anon_?key|service_?key|^key$|enrol_?code|^code$)/i;

/** What looks like a secret or a person wherever it stands in a text, with what is written in its place. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]+\.?[A-Za-z0-9_-]*/g, '[token]'],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi, '$1 [token]'],
  [/\bsb_(secret|publishable)_[A-Za-z0-9_-]+/g, '[key]'],
  [/(:\/\/[^\s/:@"]*):[^\s/@"]+@/g, '$1:[password]@'],
  [/\b((?:access_|refresh_)?token|password|secret|apikey|api_key)=[^\s&"']+/gi, '$1=[redacted]'],
  [/[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}/g, '[e-mail]'],
  [/\b[0-9a-f]{48,}\b/gi, '[hex]'],
];

/** Writes a record as one line of JSON without secrets, e-mail addresses and the user's home folder. */
export function redact(record: Readonly<Record<string, unknown>>, home: string): string {
  return JSON.stringify(record, (name, value: unknown) => {
    if (name !== '' && secretName.test(name) && value !== null && value !== undefined && typeof value !== 'boolean')
      return '[redacted]';
    if (value instanceof Error) return errorFields(value, home);
    if (typeof value === 'bigint') return value.toString();
    return typeof value === 'string' ? redactText(value, home) : value;
  });
}

/** The same for a plain text. */
export function redactText(text: string, home: string): string {
  const withoutHome = home.length > 1 ? text.replaceAll(home, '~') : text;
  return patterns.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), withoutHome);
}

function errorFields(error: Error, home: string): Record<string, unknown> {
  const text = (value: string | undefined): string => redactText(value ?? '', home);
  const code = 'code' in error && typeof error.code === 'string' ? { errno: error.code } : {};
  const cause = error.cause instanceof Error ? { cause: errorFields(error.cause, home) } : {};
  return { name: error.name, message: text(error.message), ...code, stack: text(error.stack), ...cause };
}
