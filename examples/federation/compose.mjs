import { readFileSync, writeFileSync } from 'node:fs';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';

/** name=url=file for each subgraph, then the file of the supergraph. */
const subgraphs = process.argv.slice(2, -1).map(argument => {
  const [name, url, file] = argument.split('=');
  return { name, url, typeDefs: parse(readFileSync(file, 'utf8')) };
});
const { supergraphSdl, errors = [] } = composeServices(subgraphs);
for (const { message } of errors) console.error(message);
if (supergraphSdl === undefined) process.exit(1);
writeFileSync(process.argv.at(-1), supergraphSdl);
