import { config } from 'zod';

// The contract's files build zod schemas when they load, and zod then tries `new Function`. The content security policy
// forbids that and would report it; nothing is parsed in the window, so the slower way costs nothing. Import this first.
config({ jitless: true });
