import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listedTool } from './base/tool-list.ts';
import { definedServices } from './defined-services.ts';

/** What an assistant's model sees of a service all the time, in bytes: names, descriptions and arguments. */
const modelBudget = 12_000;

/*
 * The lists of tools are what assistants were built against: a change of one is a change of a contract, so it shows in a review. To take a
 * change over: npx vitest run src-main/services/golden.test.ts -u
 */
describe.each([...definedServices])('the tools of $id', ({ id, tools }) => {
  const listed = tools.map((tool) => listedTool(tool));

  it('are as they were', async () => {
    await expect(`${JSON.stringify(listed, null, 2)}\n`).toMatchFileSnapshot(
      join(import.meta.dirname, id, 'tools.json'),
    );
  });

  it('leave an assistant room to think', () => {
    const seen = listed.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
    expect(Buffer.byteLength(JSON.stringify(seen))).toBeLessThanOrEqual(modelBudget);
  });

  it('take flat arguments that every model understands', () => {
    for (const { inputSchema } of listed) {
      expect(JSON.stringify(inputSchema)).not.toMatch(/"(anyOf|oneOf|allOf|\$ref|not)"|"type":\[/);
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
    }
  });
});
