import { frame } from './channel.ts';
import type { Channel } from './channel.ts';

/** What a line needs of a message port, a worker or the parent's port. */
export type PortLike = {
  postMessage(message: unknown): void;
  on(event: 'message' | 'close', listener: (value: unknown) => void): unknown;
  close(): void;
};

/** A line over a message port: between the host's thread and the main process. What is no frame is left to others. */
export function portChannel(port: PortLike): Channel {
  let closed = false;
  const closers: (() => void)[] = [];
  port.on('close', () => {
    closed = true;
    closers.splice(0).forEach((listener) => listener());
  });
  return {
    send: (message) => port.postMessage(message),
    onFrame: (listener) => {
      port.on('message', (message: unknown) => {
        const parsed = frame.safeParse(message);
        if (parsed.success) listener(parsed.data);
      });
    },
    onClose: (listener) => {
      if (closed) listener();
      else closers.push(listener);
    },
    close: () => port.close(),
  };
}
