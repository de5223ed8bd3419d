/** `npm run new:service -- NAME`: makes a service of the template and says what is left to do. */
import { join, relative } from 'node:path';
import { newService } from './assistants/new-service.ts';

const [name = ''] = process.argv.slice(2);
const root = join(import.meta.dirname, '..');
try {
  console.log(`Made ${relative(root, newService(name, join(root, 'src-main', 'services')))}.`);
  console.log(
    'Add it to src-main/services/open-services.ts and defined-services.ts; docs/add-a-service.md says how to go on.',
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
