import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listedTool } from '../base/tool-list.ts';
import { scout } from './scout.ts';

/* What assistants are told of each tool. A change here is seen by every client: look at it, then `npx vitest run -u` on this file. */
it('lists its tools as they were agreed', async () => {
  const listed = scout.tools.map((tool) => listedTool(tool));
  await expect(`${JSON.stringify(listed, null, 1)}\n`).toMatchFileSnapshot(
    join(import.meta.dirname, 'testing', 'tools.json'),
  );
  // every client carries this along in each conversation
  expect(JSON.stringify(listed).length).toBeLessThan(30_000);
});
