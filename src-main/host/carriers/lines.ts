import type { Socket } from 'node:net';

/** Splits what a socket receives into lines. A line longer than `maxChars()` ends the connection. */
export function readLines(socket: Socket, maxChars: () => number, onLine: (line: string) => void): void {
  let parts: string[] = [];
  let length = 0;
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    let rest = chunk;
    for (let end = rest.indexOf('\n'); end !== -1 && !socket.destroyed; end = rest.indexOf('\n')) {
      const line = parts.join('') + rest.slice(0, end);
      rest = rest.slice(end + 1);
      parts = [];
      length = 0;
      if (line.length > maxChars()) socket.destroy();
      else onLine(line);
    }
    parts.push(rest);
    length += rest.length;
    if (length > maxChars()) socket.destroy();
  });
}

/** Parses a line of JSON; undefined when it is none. */
export function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Undefined fits no schema, so the caller closes the connection.
    return undefined;
  }
}
