import { authorBySpelling, authorOfProvider } from './author-names.ts';
import { furtherModels, isMovingName, namesAtProvider, otherNames } from './joined-names.ts';
import { nameKey, readWireName, servedReadings, type WireName } from './read-wire-name.ts';

/** The model that a provider's name stands for, and which of its endpoints there it is. */
export interface JoinedName {
  readonly modelId: string;
  /** Tells several endpoints of one model at one provider apart: `eu`, `fp8`, `eu-free`. */
  readonly variant?: string;
  readonly quantization?: string;
}

export interface Joiner {
  /**
   * @param baseModel The model that the source says this one descends from. It can confirm a spelling that leaves
   *   room for doubt, and never joins two names that differ in more than spelling: models.dev lets `claude-sonnet-4` and
   *   `deepseek-r1-distill-qwen-32b` descend from models that they are not.
   * @returns Undefined where the name is not known to stand for one of the models.
   */
  join(providerId: string, wireModel: string, baseModel?: string): JoinedName | undefined;
  /** Reads a model's name in another spelling, qualified by its author: `anthropic/claude-sonnet-4.5`, `x-ai/grok-4`. */
  joinSpelling(name: string): string | undefined;
}

/**
 * Joins providers' names to the models that they stand for.
 *
 * Pure and made of a closed list of rules and entries. Two names are joined only if they are the same but for: spelling
 * (case, dots, dashes), the author's name in front, the platform's own prefix, an area, a quantization, or a free or
 * enclave-run offer at the end. Everything else (`-mini`, `-fast`, `-thinking`, a size, a date) is part of the name.
 */
export function createJoiner(modelIds: Iterable<string>): Joiner {
  const known = new Set([...modelIds, ...furtherModels]);
  const byKey = new Map<string, string[]>();
  for (const id of known) {
    const key = nameKey(id.slice(id.indexOf('/') + 1));
    byKey.set(key, [...(byKey.get(key) ?? []), id]);
  }

  function find(providerId: string, { name, author }: WireName): string | undefined {
    const key = nameKey(name);
    const other = otherNames.get(key);
    const candidates = byKey.get(key) ?? (other === undefined ? [] : [other]);
    const fitting = candidates.filter(id => author === undefined || authorOf(id) === author);
    const [modelId] = fitting;
    if (modelId === undefined || fitting.length > 1) return undefined;
    return isMovingName(name) && authorOfProvider.get(providerId) !== authorOf(modelId) ? undefined : modelId;
  }

  function findPrefixed(providerId: string, reading: WireName): string | undefined {
    if (reading.author !== undefined) return undefined;
    for (const [spelling, author] of authorBySpelling) {
      if (!reading.name.startsWith(`${spelling}-`)) continue;
      const found = find(providerId, { ...reading, author, name: reading.name.slice(spelling.length + 1) });
      if (found !== undefined) return found;
    }
    return undefined;
  }

  function knownBase(providerId: string, baseModel: string): string | undefined {
    if (!known.has(baseModel)) return undefined;
    const moves = isMovingName(baseModel.slice(baseModel.indexOf('/') + 1));
    return moves && authorOfProvider.get(providerId) !== authorOf(baseModel) ? undefined : baseModel;
  }

  function join(providerId: string, wireModel: string, baseModel?: string): JoinedName | undefined {
    const wireName = readWireName(providerId, wireModel);
    if (wireName === undefined) return undefined;
    const own = namesAtProvider.get(`${providerId} ${nameKey(wireName.name)}`);
    if (own !== undefined) return { ...own, variant: own.quantization };
    for (const reading of servedReadings(wireName)) {
      const modelId =
        find(providerId, reading) ??
        findPrefixed(providerId, reading) ??
        (baseModel !== undefined && isSpelling(reading, baseModel) ? knownBase(providerId, baseModel) : undefined);
      if (modelId !== undefined) return joinedName(modelId, reading);
    }
    return undefined;
  }

  function joinSpelling(name: string): string | undefined {
    if (!name.includes('/')) return undefined;
    const joined = join('', name);
    return joined?.variant === undefined ? joined?.modelId : undefined;
  }

  return { join, joinSpelling };
}

function joinedName(modelId: string, { area, quantization, offer }: WireName): JoinedName {
  const variant = [area, quantization, offer].filter(part => part !== undefined).join('-');
  return {
    modelId,
    ...(variant === '' ? {} : { variant }),
    ...(quantization === undefined ? {} : { quantization }),
  };
}

function authorOf(modelId: string): string {
  return modelId.slice(0, modelId.indexOf('/'));
}

/** Whether both are the same letters and digits, with the author's name in front or not: `openai-gpt-54`. */
function isSpelling({ name, author }: WireName, modelId: string): boolean {
  const wanted = bare(modelId.slice(modelId.indexOf('/') + 1));
  const given = bare(name);
  if (author !== undefined && author !== authorOf(modelId)) return false;
  if (given === wanted) return true;
  return [...authorBySpelling].some(
    ([spelling, of]) => of === authorOf(modelId) && given === `${bare(spelling)}${wanted}`,
  );
}

function bare(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, '');
}
