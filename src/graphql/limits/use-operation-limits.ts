import type { Plugin } from '@envelop/core';
import type { DocumentNode } from 'graphql';
import { checkDocument } from './check-document.ts';
import { checkSource } from './check-source.ts';
import { defaultOperationLimits, type OperationLimits } from './operation-limits.ts';

type Parse = (source: string, options: { readonly maxTokens: number }) => DocumentNode;

/**
 * Parses a document inside the limits: its nesting is looked at first, its tokens while it is parsed, the rest after.
 *
 * @throws {GatewayError | GraphQLError} Which limit, or where the syntax is wrong.
 */
export function parseWithin(source: string, limits: OperationLimits, parse: Parse): DocumentNode {
  checkSource(source, limits.nesting);
  const document = parse(source, { maxTokens: limits.tokens });
  checkDocument(document, limits);
  return document;
}

/**
 * Holds every document to the limits, whichever transport brought it.
 *
 * Works while parsing: what is too large is never validated, and a document that is served from the cache of parsed
 * ones has passed already.
 */
export function useOperationLimits(limits: Partial<OperationLimits> = {}): Plugin {
  const all: OperationLimits = { ...defaultOperationLimits, ...limits };
  return {
    onParse({ parseFn, setParseFn }) {
      setParseFn((source, options) =>
        parseWithin(typeof source === 'string' ? source : source.body, all, (text, { maxTokens }) =>
          parseFn(text, { ...options, maxTokens }),
        ),
      );
    },
  };
}
