/** A port as a person writes it; null when it is none that this app may open (1024 to 65535). */
export function readPort(text: string): number | null {
  const port = /^\d{4,5}$/.test(text.trim()) ? Number(text) : 0;
  return port >= 1024 && port <= 65_535 ? port : null;
}
