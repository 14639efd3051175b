import { writeFileSync } from 'node:fs';
import { configFileJsonSchema } from '../src/config/file-schema.ts';

const target = new URL('../schema/tollgate.schema.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(configFileJsonSchema(), null, 2)}\n`);
