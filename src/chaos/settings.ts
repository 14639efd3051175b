import type { UpstreamName } from './scenario.ts';

export interface SettingsFacts {
  readonly urls: Readonly<Record<UpstreamName, string>>;
  readonly model: string;
  readonly patienceMs: number;
}

/** The key that the settings give the gateway for both upstreams; any other is taken as well. */
const upstreamKey = 'chaos-upstream-key';

/** What to set in a gateway, so that its requests go to the two upstreams. */
export function describeSettings(facts: SettingsFacts): string {
  const { urls, model } = facts;
  return `Two providers that speak OpenAI's chat completions wait for the gateway:
  primary    ${urls.primary}/v1
  secondary  ${urls.secondary}/v1
  model      ${model}, at both
  key        ${upstreamKey}, or any other

For Tollgate: add this to providers and aliases in tollgate.yaml, then run "tollgate config reload":

${indent(tollgateYaml(facts))}

For LiteLLM, in config.yaml:

${indent(liteLlmYaml(facts))}

For Portkey and gateways that take their targets in a header, as x-portkey-config or its equal:

${indent(portkeyConfig(facts))}

For any other gateway: two OpenAI-compatible providers with these addresses, the second as the first one's fallback.
Time limits short of ${seconds(facts.patienceMs)} s for the first token and between two tokens, or a larger --patience.
`;
}

export function tollgateYaml({ urls, model, patienceMs }: SettingsFacts): string {
  const half = `PT${seconds(patienceMs / 2)}S`;
  const provider = (id: string, url: string, price: string) => `  - id: chaos-${id}
    protocol: openai
    baseUrl: ${url}/v1
    apiKey: ${upstreamKey}
    timeouts: { firstEvent: ${half}, idle: ${half}, unary: ${half} }
    models:
      - { id: ${model}, as: chaos/${model}, price: { input: "${price}", output: "${price}" }, contextTokens: 8000, capabilities: [STREAMING] }`;
  return `providers:
${provider('primary', urls.primary, '0.01')}
${provider('secondary', urls.secondary, '1')}
aliases: { ${model}: chaos/${model} }`;
}

function liteLlmYaml({ urls, model, patienceMs }: SettingsFacts): string {
  const half = seconds(patienceMs / 2);
  const entry = (name: string, url: string) => `  - model_name: ${name}
    litellm_params:
      model: openai/${model}
      api_base: ${url}/v1
      api_key: ${upstreamKey}
      timeout: ${half}
      stream_timeout: ${half}`;
  return `model_list:
${entry(model, urls.primary)}
${entry(`${model}-secondary`, urls.secondary)}
litellm_settings:
  num_retries: 1
  fallbacks: [{ "${model}": ["${model}-secondary"] }]`;
}

function portkeyConfig({ urls, patienceMs }: SettingsFacts): string {
  const target = (url: string) => ({ provider: 'openai', custom_host: `${url}/v1`, api_key: upstreamKey });
  return JSON.stringify(
    {
      strategy: { mode: 'fallback' },
      request_timeout: Math.round(patienceMs / 2),
      targets: [target(urls.primary), target(urls.secondary)],
    },
    undefined,
    2,
  );
}

function seconds(ms: number): string {
  return String(Math.round(ms) / 1_000);
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
