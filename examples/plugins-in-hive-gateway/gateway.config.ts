import { cwd, env } from 'node:process';
import { createGateway, loadConfig } from 'tollgate';
import { type GovernanceContext, useGovernance, useOpenaiApi, useRedaction } from 'tollgate/plugins';

const gateway = await createGateway({ config: loadConfig({ env, cwd: cwd() }) });

export const gatewayConfig = {
  supergraph: './supergraph.graphql',
  host: '127.0.0.1',
  port: Number(env.PORT ?? 4000),
  plugins: () => [
    // For every subgraph: what reaches one, and what comes back from it.
    useRedaction({ rules: [{ detect: ['EMAIL', 'PAYMENT_CARD'] }], sensitive: ['Mutation.open.body', 'Ticket.body'] }),
    useGovernance({ gateway }),
    useOpenaiApi(),
  ],
  // Its default writes the variables of subscriptions into URLs, and URLs into logs.
  transportEntries: { '*.http': { options: { method: 'POST' } } },
  additionalTypeDefs: /* GraphQL */ `
    extend type Ticket {
      summary: String
    }
  `,
  additionalResolvers: {
    Ticket: {
      summary: {
        selectionSet: '{ body }',
        async resolve({ body }: { readonly body: string }, _: unknown, { governance }: GovernanceContext) {
          const text = `Summarise in one sentence: ${body}`;
          const { answer } = await governance.complete({ model: 'auto', messages: [{ role: 'USER', text }] });
          return answer?.text;
        },
      },
    },
  },
};
