import type { GraphQLError } from 'graphql';
import type { ValueInspector } from '../../privacy/inspect-value.ts';
import { faultAsError, inspectError } from './inspect-errors.ts';
import { type ProjectedData, projectEntries, projectObject } from './project-result.ts';
import type { SelectedField, Selection } from './selection.ts';

type Path = readonly (string | number)[];

/** One part of an answer as it comes: whole, the first of several, or a later one, in either form of `@defer`. */
export interface AnswerPart {
  readonly data?: unknown;
  readonly items?: readonly unknown[] | null;
  readonly errors?: readonly GraphQLError[];
  readonly extensions?: unknown;
  readonly path?: Path;
  readonly subPath?: Path;
  readonly id?: string;
  readonly pending?: readonly { readonly id: string; readonly path: Path }[];
  readonly incremental?: readonly AnswerPart[];
  readonly completed?: readonly AnswerPart[];
}

/** Takes the parts of one answer in their order, and gives each as the rules leave it. */
export type AnswerProjector = (part: AnswerPart, inspect: ValueInspector) => AnswerPart;

/** Where a later part of an answer belongs. */
interface Place {
  readonly selection: Selection;
  readonly field: SelectedField | undefined;
  readonly isSensitive: boolean;
}

/** Makes the projector of one answer. A part that belongs nowhere in its operation is not let through: it throws. */
export function createAnswerProjector(root: Selection): AnswerProjector {
  /** Where parts go that say so by a number. */
  const announced = new Map<string, Path>();

  function projectAt(part: AnswerPart, path: Path, inspect: ValueInspector): AnswerPart {
    const { field, selection, isSensitive } = placeOf(root, path);
    const { data, faults } = dataOf(part);
    const errors = [...(part.errors ?? []).map(error => inspectError(error, inspect)), ...faults.map(faultAsError)];
    return {
      ...part,
      ...data,
      ...(errors.length === 0 ? {} : { errors }),
      ...(part.extensions === undefined ? {} : { extensions: extensionsOf(part.extensions, inspect) }),
    };

    function dataOf({ data, items }: AnswerPart): { data: AnswerPart } & Pick<ProjectedData, 'faults'> {
      if (items != null) {
        if (field === undefined) throw new TypeError('a part of a list belongs to no field of the operation');
        const from = path.at(-1);
        const list = typeof from === 'number' ? path.slice(0, -1) : path;
        const left = projectEntries(items, field, { inspect, path: list, isSensitive });
        return { data: { items: left.data as AnswerPart['items'] & object }, faults: left.faults };
      }
      if (data == null) return { data: {}, faults: [] };
      const left = projectObject(data, selection, { inspect, path, isSensitive });
      return { data: { data: left.data }, faults: left.faults };
    }
  }

  return (part, inspect) => {
    for (const { id, path } of part.pending ?? []) announced.set(id, path);
    const { incremental, completed } = part;
    return {
      ...projectAt(part, part.path ?? [], inspect),
      ...(incremental === undefined
        ? {}
        : { incremental: incremental.map(later => projectAt(later, pathOf(later, announced), inspect)) }),
      ...(completed === undefined ? {} : { completed: completed.map(end => projectAt(end, [], inspect)) }),
    };
  };
}

function pathOf({ path, id, subPath = [] }: AnswerPart, announced: ReadonlyMap<string, Path>): Path {
  if (path !== undefined) return path;
  const start = id === undefined ? undefined : announced.get(id);
  if (start === undefined) throw new TypeError('a part of an answer says not where it belongs');
  return [...start, ...subPath];
}

function placeOf(root: Selection, path: Path): Place {
  let place: Place = { selection: root, field: undefined, isSensitive: false };
  for (const step of path) {
    if (typeof step === 'number') continue;
    const field = place.selection.field(step);
    if (field === undefined) throw new TypeError('a part of an answer belongs to no field of the operation');
    place = { selection: field.below, field, isSensitive: place.isSensitive || field.isSensitive };
  }
  return place;
}

function extensionsOf(extensions: unknown, inspect: ValueInspector): unknown {
  const result = inspect(extensions);
  return 'value' in result ? result.value : {};
}
