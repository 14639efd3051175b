/** Every command with its help, in the order in which help lists them. */
export const commandHelp: Readonly<Record<string, { readonly summary: string; readonly text: string }>> = {
  serve: {
    summary: 'Start the gateway',
    text: `Usage: tollgate serve

Starts the gateway and prints its address, a first query to paste and, on the first start only, an administrator key.
Without any provider configured, and on loopback, the built-in sandbox answers.

Signals: SIGTERM stops gently (not ready at once, running streams finish within 120 s), twice at once;
SIGHUP takes a changed configuration, whole or not at all.

Settings come from the environment and from tollgate.yaml: see docs/configuration.md.`,
  },
  complete: {
    summary: 'Ask a model from the terminal',
    text: `Usage: tollgate complete [options] "prompt"
       echo "prompt" | tollgate complete [options]

Streams the answer to the terminal; then one line on standard error with model, endpoint, tokens, cost and time.
Beside a running server the call goes through it, with the key in TOLLGATE_API_KEY.

Options:
  -m, --model MODEL      a model, endpoint, alias or "auto" (default: auto)
  -s, --system TEXT      a system message
      --max-tokens N     the most output tokens (default: 4096)
      --json             print the whole completion as JSON instead of streaming`,
  },
  models: {
    summary: 'List the models that can be used',
    text: `Usage: tollgate models [options] [search]

Lists the models that the caller may use now, with their cheapest prices in US dollars per million tokens.

Options:
      --all              those that may not be used, too
      --json             print JSON`,
  },
  catalog: {
    summary: 'Import a model catalogue',
    text: `Usage: tollgate catalog import FILE

Reads a catalogue of models, prices and capabilities, and keeps it in the state folder. It goes over the built-in one.
The format is recognised: models.dev api.json, LiteLLM's price map, OpenRouter's /models. A running server takes it up
by itself.`,
  },
  config: {
    summary: 'Check or reload the configuration',
    text: `Usage: tollgate config check
       tollgate config reload

check reads every setting and says what is wrong, or what would be in force.
reload checks first, then has the running server take the new configuration, whole or not at all.`,
  },
  help: { summary: 'Explain a command', text: 'Usage: tollgate help [command]' },
};

/** What `tollgate` without a command prints. */
export function overview(): string {
  const width = Math.max(...Object.keys(commandHelp).map(name => name.length));
  const commands = Object.entries(commandHelp).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Tollgate: one gate between your software and every AI model.

Usage: tollgate <command> [options]

Commands:
${commands.join('\n')}

Options:
  -h, --help     help, of a command too
  -v, --version  the version

Exit codes: 0 done; 1 the command failed; 2 wrong usage; 3 wrong configuration; 4 server or state folder unavailable.
`;
}
