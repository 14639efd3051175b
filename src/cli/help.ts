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
  subgraph: {
    summary: 'Print the schema for a federated router',
    text: `Usage: tollgate subgraph

Prints the schema as composers of federated graphs take it, with the prefixes and the contributed fields of the
configuration. It is what the server answers to { _service { sdl } }. Needs neither a server nor its state.`,
  },
  audit: {
    summary: 'Export or verify the audit log',
    text: `Usage: tollgate audit export [--out FILE]
       tollgate audit verify [FILE|-] [--head FILE] [--keys FILE]

export writes every entry as one line of JSON, the oldest first.
verify checks an export, or the log itself, and names the first entry that was changed, is missing or stands in another
place. A log that was cut off or written anew is found with --head: a file with heads that the gateway signed, such as
its own log, which has one each minute.

Options:
      --out FILE         where the export goes (default: standard output)
      --head FILE        one or more signed heads, anywhere in the lines of a file
      --keys FILE        the JSON Web Key Set to verify heads with (default: the gateway's own)`,
  },
  ledger: {
    summary: 'Verify that the ledger agrees with itself',
    text: `Usage: tollgate ledger verify [--from DAY] [--to DAY] [--json]

Compares the ledger with itself, in slices: completions and attempts, corrections included, with the usage by hour, this
with the usage by day, this with the usage by month, attempts with what is booked on budgets; and looks for attempts
without a completion, attempts that nobody ended, and negative amounts. Reads the database itself, also beside a running server, and writes nothing.
Each difference is one line: which check, which row, and what is there less what ought to be. Exit code 1 where there
is one.

Options:
      --from DAY         only what was created from this day on, in UTC; budgets are left out
      --to DAY           only what was created up to this day, included
      --json             print JSON; costs are whole nano-dollars`,
  },
  receipt: {
    summary: 'Verify a signed receipt',
    text: `Usage: tollgate receipt verify [FILE|-] [--keys FILE] [--nonce N] [--prompt FILE] [--answer FILE]
       tollgate receipt keys

verify checks a receipt, by default from standard input, and prints what it says. With --keys it needs no gateway. With
the nonce that the caller was given it also checks that prompt and answer are those that the receipt is about.
keys prints the gateway's public keys as a JSON Web Key Set.

Options:
      --keys FILE        the JSON Web Key Set to verify with (default: the gateway's own)
      --nonce N          opens the digests
      --prompt FILE      the texts of all messages, with a line feed between two
      --answer FILE      the text of the answer`,
  },
  content: {
    summary: 'Erase kept text, or stop its purge',
    text: `Usage: tollgate content erase --user USER
       tollgate content hold add [--project ID] [--user USER]
       tollgate content hold remove ID
       tollgate content hold list

erase deletes all kept text of a user at once. A hold stops the purge of what it names, until it is removed. For
administrators; every act is in the audit log.`,
  },
  migrate: {
    summary: 'Bring the database to this version, or move it to PostgreSQL',
    text: `Usage: tollgate migrate
       tollgate migrate --to postgres://user@host:5432/database

Brings the database to this version, as a start does unless TOLLGATE_MIGRATE is off, and says what it did. Refused while a
server runs on the state folder.

With --to it copies a whole SQLite installation into an empty PostgreSQL database: all or nothing, counted and added up
afterwards. Cut off, it can be begun again. TOLLGATE_SECRET wraps the keys of the copy and has to be set; the password of
the database can come from PGPASSWORD. The SQLite installation stays as it is.

Options:
      --to URL           the database to copy to, as DATABASE_URL takes it`,
  },
  backup: {
    summary: 'Write the state into one file',
    text: `Usage: tollgate backup --to FILE

Writes everything that stood in the SQLite database at one moment into a new file, which only its owner may read, with the
secret and the imported catalogues of the state folder. A server may run meanwhile. With PostgreSQL use pg_dump.

Options:
      --to FILE          the file; it must not exist`,
  },
  restore: {
    summary: 'Make the state from a backup',
    text: `Usage: tollgate restore FILE [--force]

Makes the state from a file that backup wrote. Refused while a server runs on the state folder, and where there is a state
already. Counters of budgets are made from the restored ledger at the next start.

Options:
      --force            replaces the state that is there`,
  },
  chaos: {
    summary: 'Test how a gateway bears the faults of its providers',
    text: `Usage: tollgate chaos --url http://127.0.0.1:PORT [options]

Starts two providers that play faults, prints how to make them a gateway's, waits until it reaches them, then plays each
fault and tells what the caller saw and what the provider saw. For Tollgate, and for any gateway with an OpenAI API, on
this machine only. It ends by itself, after 20 minutes at most.

Grades: pass; safe (failed needlessly, and said so); fail (a cut answer passed for whole, a hang, hammering, a leak).
Exit code 0 where nothing failed, 4 where the gateway never reached the providers.

Options:
      --url URL          the gateway, with or without /v1
      --api-key KEY      the key to show it (default: TOLLGATE_API_KEY)
      --model MODEL      the model to ask for (default: chaos)
      --only IDS         only these faults, with commas between
      --list             list the faults, and do nothing else
      --patience SECONDS how long silence may last before the gateway has to act (default: 10)
      --settle SECONDS   before each fault, how long to wait for the first provider to be used again (default: 6)
      --wait SECONDS     how long to wait for the gateway to reach the providers (default: 120)
      --port PORT        of the first provider, the second has the next; 0 for any (default: 8901)
      --json             print JSON`,
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
