// Asks one question over GraphQL with nothing but fetch. See README.md.
const url = process.env.TOLLGATE_URL ?? 'http://127.0.0.1:4000';
const model = process.argv[2] ?? 'auto';

const query = `
  mutation Ask($input: CompleteInput!) {
    complete(input: $input) {
      status
      text
      error { code message }
      endpoint { id }
      usage { inputTokens outputTokens cost }
    }
  }`;

interface Result {
  readonly data?: {
    readonly complete: {
      readonly status: string;
      readonly text: string | null;
      readonly error: { readonly code: string; readonly message: string } | null;
      readonly endpoint: { readonly id: string } | null;
      readonly usage: { readonly inputTokens: number; readonly outputTokens: number; readonly cost: string };
    };
  } | null;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

const response = await fetch(`${url}/graphql`, {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${process.env.TOLLGATE_API_KEY}` },
  body: JSON.stringify({ query, variables: { input: { model, messages: [{ role: 'USER', text: 'Say hello' }] } } }),
});
const { data, errors } = (await response.json()) as Result;

// Only faults of the key and of the input are GraphQL errors; whatever else can happen is data.
if (!data) {
  console.error(errors?.map(({ message, extensions }) => `${extensions.code}: ${message}`).join('\n'));
  process.exit(1);
}
const { status, text, error, endpoint, usage } = data.complete;
if (status !== 'FINISHED') {
  console.error(`${status}: ${error?.code} ${error?.message}`);
  process.exit(1);
}
console.log(text);
console.log(`${endpoint?.id}: ${usage.inputTokens} tokens in, ${usage.outputTokens} out, $${usage.cost}`);
