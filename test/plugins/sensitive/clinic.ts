import { GraphQLError, type GraphQLResolveInfo, type GraphQLSchema } from 'graphql';
import { createSchema } from 'graphql-yoga';
import type { GovernanceContext } from '../../../plugins/index.ts';
import { sensitiveDirective } from '../../../plugins/index.ts';

/** A host with sensitive fields of every kind; those that a test marks by coordinate have no directive. */
export const clinicTypes = `
  ${sensitiveDirective}
  directive @note(is: NoteInput) on FIELD
  scalar JSON
  enum Ward { NORTH SOUTH }
  input NoteInput { text: String @sensitive, tag: String, next: NoteInput, more: [NoteInput!], grid: [[NoteInput!]!] }
  interface Record { title: String, plain: String }
  type Letter implements Record { title: String, plain: String, body: String @sensitive }
  type Scan implements Record { title: String, plain: String, values: [Float!], meta: JSON @sensitive }
  union Paper = Letter | Scan
  type Patient { name: String, code: ID!, papers: [Paper!]!, records: [Record!]!, friend: Patient, note: String }
  type Echo { q: String, plain: String, patient: Patient! }
  type Query {
    ask(q: String, ids: [ID!], any: JSON, count: Float, ward: Ward, note: NoteInput, notes: [NoteInput!], plain: String,
      deep: [[[NoteInput]]], words: [[String!]], boxes: [[JSON]]): Echo!
    patient: Patient
    fails: String
    list: [String!]
  }
  type Mutation { write(q: String!): Echo! }
  type Subscription { watch(q: String, plain: String): Echo! }
`;

/** What is marked in it beside what has the directive. */
export const clinicCoordinates = [
  'Query.ask.q',
  'Query.ask(ids:)',
  'Query.ask.any',
  'Query.ask.count',
  'Query.ask.words',
  'Query.ask.boxes',
  'Mutation.write.q',
  'Subscription.watch.q',
  'Echo.q',
  'Record.title',
  'Patient.code',
  'Patient.friend',
  'Query.fails',
  'Query.list',
];

/** Everything that a resolver could read of its operation. */
export interface Seen {
  readonly args: unknown;
  readonly operation: string;
}

export interface Clinic {
  readonly schema: GraphQLSchema;
  /** What the resolvers were given, as one text. */
  readonly seen: string[];
}

export interface ClinicData {
  /** What stands in the data of sensitive fields. */
  readonly planted: string;
  readonly events?: number;
}

/** The host over real resolvers, which note all that they can read, and answer with what was planted. */
export function openClinic({ planted, events = 3 }: ClinicData): Clinic {
  const seen: string[] = [];

  function note(args: unknown, context: GovernanceContext, info: GraphQLResolveInfo): void {
    const { params } = context as { readonly params?: unknown };
    const { operation, fragments, variableValues, fieldNodes, schema: _, ...rest } = info;
    // Nodes lead to the source of the document.
    const text = [operation.loc?.source.body, ...fieldNodes.map(node => node.loc?.source.body)].join(' ');
    seen.push(everything([args, params, operation, fragments, variableValues, fieldNodes, rest.path, text]));
  }

  const patient = () => ({
    name: 'plain name',
    code: planted,
    note: 'plain note',
    papers: [
      { __typename: 'Letter', title: planted, plain: 'plain', body: `dear ${planted}` },
      { __typename: 'Scan', title: 'a scan', plain: 'plain', values: [1.5], meta: { of: [planted], [planted]: 1 } },
    ],
    records: [{ __typename: 'Letter', title: planted, plain: 'plain', body: planted }],
    friend: { name: planted, code: 'friend', papers: [], records: [], note: planted },
  });
  const echo = (args: { readonly q?: string; readonly plain?: string }) => ({ ...args, patient: patient() });

  const schema = createSchema<GovernanceContext>({
    typeDefs: clinicTypes,
    resolvers: {
      Query: {
        ask: (_, args, context, info) => {
          note(args, context, info);
          return echo(args);
        },
        patient,
        fails: () => {
          // Made on purpose: no masking takes it away.
          throw new GraphQLError(`there is no ${planted}`, { extensions: { code: 'NOTHING', sought: planted } });
        },
        list: () => ['clean', planted, 'clean'],
      },
      Mutation: {
        write: (_, args, context, info) => {
          note(args, context, info);
          return echo(args);
        },
      },
      Subscription: {
        watch: {
          async *subscribe(_, args, context, info) {
            note(args, context, info);
            for (let event = 0; event < events; event += 1) yield { watch: echo(args) };
          },
        },
      },
    },
  });
  return { schema, seen };
}

/** All texts and numbers in a value, cycles and members that are not enumerable left out. */
export function everything(value: unknown): string {
  const met = new Set<unknown>();
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member !== 'object' || member === null) return member;
    if (met.has(member)) return undefined;
    met.add(member);
    return member;
  });
}
