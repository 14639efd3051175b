// The official OpenAI client with only its base URL changed: whole, streamed, with a tool. See README.md.
import OpenAI from 'openai';

const url = process.env.TOLLGATE_URL ?? 'http://127.0.0.1:4000';
const model = process.argv[2] ?? 'auto';
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: process.env.TOLLGATE_API_KEY });

const whole = await client.chat.completions.create({ model, messages: [{ role: 'user', content: 'Say hello' }] });
console.log(`Whole: ${whole.choices[0]?.message.content}`);

const stream = await client.chat.completions.create({
  model,
  messages: [{ role: 'user', content: 'Say hello again' }],
  stream: true,
});
process.stdout.write('Streamed: ');
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
console.log();

const asked = await client.chat.completions.create({
  model,
  messages: [{ role: 'user', content: 'Which way is the wind blowing in Lisbon?' }],
  tools: [
    {
      type: 'function',
      function: {
        name: 'wind',
        description: 'The direction of the wind in a city.',
        parameters: {
          type: 'object',
          properties: { city: { type: 'string', enum: ['Lisbon', 'Porto'] } },
          required: ['city'],
          additionalProperties: false,
        },
      },
    },
  ],
  tool_choice: 'required',
});
for (const call of asked.choices[0]?.message.tool_calls ?? []) {
  if (call.type === 'function') console.log(`Tool: ${call.function.name} ${call.function.arguments}`);
}
