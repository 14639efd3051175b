import { createSchema } from 'graphql-yoga';
import type { GovernanceContext } from 'tollgate/plugins';

interface Question {
  readonly q: string;
  readonly model: string;
}

const prompt = ({ q, model }: Question) => ({ model, messages: [{ role: 'USER' as const, text: q }] });

/** A schema of one's own: a question is answered under policy, whole or as it comes. */
export const schema = createSchema<GovernanceContext>({
  typeDefs: /* GraphQL */ `
    type Answer {
      question: String
      text: String
      status: String!
      refusedBecause: String
    }
    type Query {
      ask(q: String!, model: String! = "auto"): Answer!
    }
    type Subscription {
      asked(q: String!, model: String! = "auto"): String!
    }
  `,
  resolvers: {
    Query: {
      async ask(_: unknown, question: Question, { governance }: GovernanceContext) {
        const { answer, status, error } = await governance.complete(prompt(question));
        return { question: question.q, text: answer?.text, status, refusedBecause: error?.message };
      },
    },
    Subscription: {
      asked: {
        async *subscribe(_: unknown, question: Question, { governance }: GovernanceContext) {
          for await (const event of governance.stream(prompt(question))) if (event.type === 'text') yield event.text;
        },
        resolve: (text: string) => text,
      },
    },
  },
});
