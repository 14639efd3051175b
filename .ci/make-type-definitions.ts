import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const schemaFolder = new URL('../schema/', import.meta.url);
const target = new URL('../src/graphql/type-definitions.generated.ts', import.meta.url);

/** The module that carries `schema/*.graphql` into the running program, so that no file is read at the start. */
export function renderTypeDefinitions(): string {
  const files = readdirSync(schemaFolder)
    .filter(name => name.endsWith('.graphql'))
    .sort();
  const sdl = files.map(name => readFileSync(new URL(name, schemaFolder), 'utf8').trim()).join('\n\n');
  const escaped = sdl.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${');
  return `/** schema/*.graphql, in the order of their names. Written by \`npm run generate\`. */\nexport const typeDefinitions = \`${escaped}\`;\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, renderTypeDefinitions());
