import { prefixedField, prefixedType, type SchemaNames } from '../../graphql/rename-schema.ts';

/** One tab of GraphiQL, as it opens for the first time. */
export interface ExampleTab {
  readonly query: string;
}

/**
 * Operations to begin with, under the names that this server's schema has.
 *
 * Without variables: GraphiQL fills its pane for those from what was typed there before, not from the tabs it opens with.
 */
export function exampleTabs(names: SchemaNames): readonly ExampleTab[] {
  const field = (name: string) => prefixedField(name, names);
  const type = (name: string) => prefixedType(name, names);
  const input = `input: {
    messages: [{ role: USER, text: "Why is the sky blue?" }]
  }`;
  return [
    {
      query: `# Ask once, get the whole answer.
# Your key goes into the field at the top.
mutation Ask {
  ${field('complete')}(${input}) {
    status
    text
    endpoint { id }
    usage { inputTokens outputTokens cost }
    error { code message }
  }
}
`,
    },
    {
      query: `# Read the answer while it is written.
# This page joins the deltas: see textSoFar grow.
subscription Read {
  ${field('complete')}(${input}) {
    __typename
    seq
    ... on ${type('CompletionStarted')} { endpoint { id } }
    ... on ${type('TextDelta')} { text }
    ... on ${type('Handoff')} { keepThroughSeq }
    ... on ${type('CompletionFinished')} {
      completion { finishReason usage { outputTokens cost } }
    }
    ... on ${type('CompletionFailed')} { error { code message } }
    ... on ${type('CompletionIncomplete')} { error { code message } }
  }
}
`,
    },
    {
      query: `# Who would answer, who would not, and why.
# Calls no model and costs nothing.
query Explain {
  ${field('route')}(${input}) {
    candidates {
      status
      endpoint { id }
      expectedCost
      score { name value }
      exclusions { code detail }
    }
  }
}
`,
    },
    {
      query: `# The models that you may use now, and where
# they run. Prices: US dollars per million tokens.
query Models {
  ${field('models')}(first: 20) {
    totalCount
    nodes {
      id
      contextTokens
      endpoints { id region price { input output } }
    }
  }
}
`,
    },
    {
      query: `# What was used and what it cost, by model.
query Usage {
  ${field('usage')}(groupBy: [MODEL]) {
    total { requests inputTokens outputTokens cost }
    groups {
      keys { value }
      total { requests failures cost }
    }
  }
}
`,
    },
    {
      query: `# A rule for everybody, on trial: MONITOR notes what
# it would have done, and lets pass. See "Explain".
mutation TryARule {
  ${field('createPolicy')}(input: {
    name: "Europe only (trial)"
    mode: MONITOR
    rules: { region: { allow: ["eu"] } }
  }) {
    policy { id name mode revision }
    warnings { path message }
  }
}
`,
    },
    {
      query: `# Which policies bind you, and what they say.
query WhatBindsMe {
  ${field('effectivePolicy')} {
    contributions {
      policy { name }
      mode
      rules { region { allow deny } models { allow deny } }
    }
  }
}
`,
    },
    {
      query: `# Who you are here.
query Me {
  ${field('viewer')} {
    user
    apiKey { name prefix }
    roles { role project { id name } }
  }
}
`,
    },
  ];
}
