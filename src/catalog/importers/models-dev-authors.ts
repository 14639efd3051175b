import type { KnownModel } from '../catalog-facts.ts';
import { present } from '../known-price.ts';
import { isOtherKind } from './chat-models.ts';
import { asList, asObject, type ExactObject, member } from './exact-json.ts';
import { readDate, readLabel, readModalities, readTokens } from './read-fields.ts';

const authorModelId = /^[a-z0-9-]{1,60}\/[A-Za-z0-9._-]{1,120}$/;

/** Reads models.dev's `models.json`: what authors say of their models, by `author/name`. Only chat models are taken. */
export function readModelsDevAuthors(document: ExactObject): readonly KnownModel[] {
  return Object.entries(document).flatMap(([id, value]): readonly KnownModel[] => {
    const model = asObject(value);
    if (model === undefined || !authorModelId.test(id)) return [];
    const family = member(model, 'family');
    if (isOtherKind(id.slice(id.indexOf('/') + 1), typeof family === 'string' ? family : '')) return [];
    const modalities = asObject(member(model, 'modalities'));
    const outputModalities = readModalities(asList(member(modalities, 'output') ?? ['text']));
    const contextTokens = readTokens(member(asObject(member(model, 'limit')), 'context'));
    if (!outputModalities.includes('TEXT') || contextTokens === undefined) return [];
    return [
      {
        id,
        name: readLabel(member(model, 'name')) ?? id,
        contextTokens,
        outputModalities,
        inputModalities: readModalities(asList(member(modalities, 'input') ?? ['text'])),
        capabilities: [
          ...(member(model, 'tool_call') === true ? (['TOOLS'] as const) : []),
          ...(member(model, 'structured_output') === true ? (['JSON_SCHEMA'] as const) : []),
          ...(member(model, 'reasoning') === true ? (['REASONING'] as const) : []),
        ],
        ...present({
          maxOutputTokens: readTokens(member(asObject(member(model, 'limit')), 'output')),
          knowledgeCutoff: readDate(member(model, 'knowledge')),
          releasedAt: readDate(member(model, 'release_date')),
        }),
      },
    ];
  });
}
