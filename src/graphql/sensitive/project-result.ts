import { type GraphQLOutputType, isCompositeType, isListType, isNonNullType } from 'graphql';
import type { GatewayError } from '../../errors.ts';
import type { ValueInspector } from '../../privacy/inspect-value.ts';
import { blockedContent, irreplaceableContent, takesText } from './redact-input.ts';
import type { SelectedField, Selection } from './selection.ts';

/** A fault of one field, as it stands in an answer. */
export interface FieldFault {
  readonly error: GatewayError;
  readonly path: readonly (string | number)[];
}

/** A part of an answer as the rules leave it, with the fields that they blocked: those are null, or what holds them is. */
export interface ProjectedData {
  readonly data: unknown;
  readonly faults: readonly FieldFault[];
}

type Path = readonly (string | number)[];

/** Stands for a value that may not be shown, until it reaches a place that may be null. */
const withheld: unique symbol = Symbol('withheld');

export interface ProjectionOptions {
  readonly inspect: ValueInspector;
  /** Where the part stands in the whole answer. Default: at its root. */
  readonly path?: Path;
  /** Whether all of it is sensitive, as what is below a sensitive field. Default false. */
  readonly isSensitive?: boolean;
}

/** An object of an answer, with what is sensitive in it as the rules leave it. */
export function projectObject(data: unknown, selection: Selection, options: ProjectionOptions): ProjectedData {
  return project(options, (walk, path, isSensitive) => walk.object(data, selection, path, isSensitive));
}

/** The same for entries of a list under a field. */
export function projectEntries(
  entries: readonly unknown[],
  { type, isSensitive, below }: SelectedField,
  options: ProjectionOptions,
): ProjectedData {
  const inner = isNonNullType(type) ? type.ofType : type;
  const entry = isListType(inner) ? inner.ofType : inner;
  return project(options, (walk, path, isInside) =>
    walk.list(entries, { type: entry, isSensitive: isSensitive || isInside, below }, path, isSensitive || isInside),
  );
}

function project(
  { inspect, path = [], isSensitive = false }: ProjectionOptions,
  run: (walk: ReturnType<typeof createWalk>, path: Path, isSensitive: boolean) => unknown,
): ProjectedData {
  const walk = createWalk(inspect);
  const data = run(walk, path, isSensitive);
  return { data: data === withheld ? null : data, faults: walk.faults };
}

function createWalk(inspect: ValueInspector) {
  const faults: FieldFault[] = [];

  function object(value: unknown, selection: Selection, path: Path, isInside: boolean): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const left: Record<string, unknown> = Object.create(null);
    let isChanged = false;
    for (const [name, member] of Object.entries(value)) {
      const selected = selection.field(name);
      const place = [...path, name];
      const shown =
        selected === undefined
          ? unselected(member, place)
          : field(member, selected.type, selected, place, isInside || selected.isSensitive);
      if (shown === withheld) return withheld;
      isChanged ||= shown !== member;
      left[name] = shown;
    }
    return isChanged ? left : value;
  }

  /** Names of types, introspection, and what no field of the document explains. */
  function unselected(value: unknown, path: Path): unknown {
    const shown = inspected(value, path);
    return shown === withheld ? null : shown;
  }

  /** A place that may be null takes what is withheld; one that may not hands it on. */
  function field(
    value: unknown,
    type: GraphQLOutputType,
    selected: SelectedField,
    path: Path,
    isInside: boolean,
  ): unknown {
    if (isNonNullType(type)) return inner(value, type.ofType, selected, path, isInside);
    const shown = inner(value, type, selected, path, isInside);
    return shown === withheld ? null : shown;
  }

  function inner(
    value: unknown,
    type: GraphQLOutputType,
    selected: SelectedField,
    path: Path,
    isInside: boolean,
  ): unknown {
    if (value === null || value === undefined) return value;
    if (isListType(type)) {
      if (!Array.isArray(value)) return isInside ? inspected(value, path) : value;
      return list(value, { ...selected, type: type.ofType }, path, isInside);
    }
    if (isCompositeType(type)) return object(value, selected.below, path, isInside);
    if (!isInside) return value;
    const shown = inspected(value, path);
    if (shown === value || shown === withheld || takesText(type)) return shown;
    faults.push({ error: irreplaceableContent('The answer'), path });
    return withheld;
  }

  function list(values: readonly unknown[], selected: SelectedField, path: Path, isInside: boolean): unknown {
    const left: unknown[] = [];
    let isChanged = false;
    for (const [index, value] of values.entries()) {
      const shown = field(value, selected.type, selected, [...path, index], isInside);
      if (shown === withheld) return withheld;
      isChanged ||= shown !== value;
      left.push(shown);
    }
    return isChanged ? left : values;
  }

  function inspected(value: unknown, path: Path): unknown {
    const result = inspect(value);
    if ('value' in result) return result.value;
    faults.push({ error: blockedContent(result.blockedKind, 'The answer'), path });
    return withheld;
  }

  return { faults, object, list };
}
