import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import { visit } from 'graphql';
import { GatewayError } from '../../errors.ts';
import { type DocumentMeter, measureDocument, type SelectionSize } from './measure-document.ts';
import type { OperationLimits } from './operation-limits.ts';

/** Names that would reach into the prototype of an answer. */
const refusedNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Refuses a parsed document that is larger than the limits, before it is validated or executed. Needs no schema.
 *
 * @throws {GatewayError} BAD_USER_INPUT that says which limit.
 */
export function checkDocument(document: DocumentNode, limits: OperationLimits): void {
  const meter = measureDocument(document);
  if (meter.operations.length > limits.operations) throw tooLarge('operations in one document', limits.operations);
  // How deep a fragment may be depends on where it is spread; how much it holds does not.
  for (const { selectionSet } of meter.fragments) checkSize({ ...meter.sizeOf(selectionSet), depth: 0 }, limits);
  for (const operation of meter.operations) checkOperation(operation, meter, limits);
  refuseNames(document);
}

function checkSize(size: SelectionSize, limits: OperationLimits): void {
  if (size.selections > limits.fields) throw tooLarge('fields', limits.fields);
  if (size.branches > limits.branches) throw tooLarge('fields with fields below them', limits.branches);
  if (size.aliases > limits.aliases) throw tooLarge('aliases', limits.aliases);
  if (size.directives > limits.directives) throw tooLarge('directives', limits.directives);
  if (size.depth > limits.depth) throw tooLarge('levels of fields', limits.depth);
  if (size.objects > limits.objects) {
    throw tooLarge('objects in an answer, with the lists as long as they may be,', limits.objects);
  }
  if (size.introspectionDepth > limits.introspectionDepth) {
    throw tooLarge('levels of introspection', limits.introspectionDepth);
  }
}

function checkOperation(operation: OperationDefinitionNode, meter: DocumentMeter, limits: OperationLimits): void {
  const size = meter.sizeOf(operation.selectionSet);
  checkSize({ ...size, directives: size.directives + (operation.directives?.length ?? 0) }, limits);
  const rootFields = meter.rootFields(operation);
  if (rootFields.length > limits.rootFields) throw tooLarge('root fields', limits.rootFields);
  const paid = rootFields.filter(name => limits.paidFields.includes(name));
  if (operation.operation !== 'query' && paid.length > limits.maxPaidFields) {
    const most = limits.maxPaidFields === 1 ? 'one' : `at most ${limits.maxPaidFields}`;
    throw new GatewayError('BAD_USER_INPUT', `An operation may hold ${most} ${paid[0]}, not ${paid.length}.`);
  }
}

function refuseNames(document: DocumentNode): void {
  visit(document, {
    Name({ value }) {
      if (refusedNames.has(value)) throw new GatewayError('BAD_USER_INPUT', `The name ${value} is not allowed.`);
    },
  });
}

function tooLarge(what: string, most: number): GatewayError {
  return new GatewayError('BAD_USER_INPUT', `At most ${most} ${what} are allowed.`);
}
