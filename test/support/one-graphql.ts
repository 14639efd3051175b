import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = resolve(import.meta.dirname, '../..');
const own = new Map([
  ['graphql', import.meta.resolve('graphql')],
  ['tollgate', pathToFileURL(resolve(root, 'src/index.ts')).href],
  ['tollgate/plugins', pathToFileURL(resolve(root, 'plugins/index.ts')).href],
]);

/**
 * Loaded before anything else, this gives packages that are installed apart the one `graphql` of this project, as a project
 * that installs all of them together has it; and `tollgate` from its source.
 */
registerHooks({
  resolve(specifier, context, next) {
    const url = own.get(specifier);
    return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
  },
});
