import { createSchema } from 'graphql-yoga';
import type { GovernanceContext } from 'tollgate/plugins';

/** A schema of one's own, with types of the same names as some of Tollgate's, which become AiPageInfo and so on beside it. */
export const schema = createSchema<GovernanceContext>({
  typeDefs: /* GraphQL */ `
    scalar DateTime
    scalar JSON
    type PageInfo {
      hasNextPage: Boolean!
    }
    type Ticket {
      id: ID!
      body: String!
      openedAt: DateTime!
      summary: Summary!
    }
    type Summary {
      text: String
      status: String!
      refusedBecause: String
    }
    type Query {
      tickets: [Ticket!]!
      pageInfo: PageInfo!
    }
  `,
  resolvers: {
    Query: {
      tickets: () => [
        { id: '1', body: 'Paid with 4111 1111 1111 1111, please refund.', openedAt: '2026-11-20' },
        { id: '2', body: 'Write to jane@example.com about my order.', openedAt: '2026-11-21' },
      ],
      pageInfo: () => ({ hasNextPage: false }),
    },
    Ticket: {
      /** A completion under policy: what the model is shown, and what comes back, has passed every rule. */
      async summary({ body }: { readonly body: string }, _: unknown, { governance }: GovernanceContext) {
        const { answer, status, error } = await governance.complete({
          model: 'auto',
          messages: [{ role: 'USER', text: `Summarise in one sentence: ${body}` }],
        });
        return { text: answer?.text, status, refusedBecause: error?.message };
      },
    },
  },
});
