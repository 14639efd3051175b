import { authorBySpelling } from './author-names.ts';

/** A provider's name for a model, taken apart. */
export interface WireName {
  /** The author as `models.json` has it, where the name is qualified by one. */
  readonly author?: string;
  /** Lower case, without author, platform prefix and what only tells how it is served. */
  readonly name: string;
  /** `us`, `eu`, `global`: where Bedrock's inference profiles run. */
  readonly area?: string;
  readonly quantization?: string;
  /** `free`, `tee`: another offer of the same weights. */
  readonly offer?: string;
}

/** Prefixes that say where the model lies on the platform, and nothing of the model. */
const platformPrefix =
  /^(?:hf:|@cf\/|@hf\/|workers-ai\/@cf\/|models\/|publishers\/[a-z0-9-]+\/models\/|accounts\/fireworks\/models\/|route\/)/;
const bedrockArea = /^(us|eu|apac|au|jp|global|us-gov)\.(?=[a-z0-9]+\.)/;
const bedrockAuthor = /^([a-z0-9]+)\.(?=[a-z])/;
const quantizationSuffix = /[-:](fp8-dynamic|fp8|fp4|nvfp4|mxfp4|bf16|fp16|int8|int4|awq|gptq|[468]bit)$/;
const offerSuffix = /(?::(free)|-(free)|-(tee))$/;

/**
 * Takes a wire name apart by spelling alone.
 *
 * @returns Undefined where the name is qualified by somebody who is no known author.
 */
export function readWireName(providerId: string, wireModel: string): WireName | undefined {
  let name = wireModel.toLowerCase().replace(platformPrefix, '');
  let area: string | undefined;
  let author: string | undefined;
  if (providerId === 'amazon-bedrock') {
    area = bedrockArea.exec(name)?.[1];
    name = name.replace(bedrockArea, '');
    const spelling = bedrockAuthor.exec(name)?.[1];
    if (spelling !== undefined) {
      author = authorBySpelling.get(spelling);
      if (author === undefined) return undefined;
      name = name.slice(spelling.length + 1);
    }
    name = name.replace(/-v\d+(?::\d+)?$/, '');
  }
  if (providerId === 'fireworks-ai') name = name.replace(/(?<=\d)p(?=\d)/g, '.');
  if (providerId === 'google-vertex') name = name.replace(/@default$|-maas$/, '');
  if (providerId === 'databricks') name = name.replace(/^databricks-/, '');
  if (providerId === 'sap-ai-core') name = name.replace(/^([a-z]+)--/, '$1/');
  const slash = name.lastIndexOf('/');
  if (slash !== -1) {
    author = authorBySpelling.get(name.slice(0, slash));
    if (author === undefined) return undefined;
    name = name.slice(slash + 1);
  }
  return {
    name,
    ...(author === undefined ? {} : { author }),
    ...(area === undefined ? {} : { area }),
  };
}

/** Readings of a name without what only tells how it is served, the most literal first. */
export function servedReadings(wireName: WireName): readonly WireName[] {
  const readings = [wireName];
  let rest = wireName;
  const offer = offerSuffix.exec(rest.name);
  if (offer !== null) {
    rest = { ...rest, name: rest.name.slice(0, offer.index), offer: offer[1] ?? offer[2] ?? offer[3] ?? '' };
    readings.push(rest);
  }
  const quantization = quantizationSuffix.exec(rest.name);
  if (quantization !== null) {
    const stated = (quantization[1] ?? '').replace('-dynamic', '');
    readings.push({ ...rest, name: rest.name.slice(0, quantization.index), quantization: stated });
  }
  return readings;
}

/** The same for spellings that differ in dots, underscores and at-signs only: `glm-4.7`, `GLM-4_7`. */
export function nameKey(name: string): string {
  return name.toLowerCase().replace(/[._@:\s-]+/g, '-');
}
