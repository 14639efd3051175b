import type { PostgresServer } from '../../support/postgres-server.ts';

const amounts = [
  'input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'cost',
];
const subject = ['tenant_id', 'project_id', 'project_path', 'api_key_id', 'user_name', 'workload', 'labels_key'];
const endpoint = ['model_id', 'provider_id', 'vendor', 'region'];

const entries = `
  completion left join attempt on attempt.completion_id = completion.id
  left join attempt_correction as correction on correction.attempt_started_at = attempt.started_at
    and correction.attempt_id = attempt.id and correction.number = attempt.correction`;
const sums = amounts
  .map(name => `cast(sum(coalesce(correction.${name}, attempt.${name}, 0)) as bigint) as ${name}`)
  .join(', ');

function fromEntries(at: string, keys: readonly string[]): string {
  const of = keys.map(name => `completion.${name}`).join(', ');
  const tried = endpoint.map(name => `coalesce(attempt.${name}, '') as ${name}`).join(', ');
  return `select ${at} as at, ${of}, completion.completion_status, ${tried},
    cast(sum(coalesce(attempt.is_counted, 1)) as bigint) as requests, ${sums}
    from ${entries} group by ${at}, ${of}, completion.completion_status, ${endpoint.map(name => `attempt.${name}`).join(', ')}`;
}

function fromRollUp(table: string, at: string, keys: readonly string[]): string {
  const all = [...keys, 'completion_status', ...endpoint, 'requests', ...amounts].join(', ');
  return `select ${at} as at, ${all} from ${table}`;
}

const budgetsFromEntries = `
  select entry.tenant_id, entry.budget_key, cast(sum(coalesce(correction.cost, attempt.cost)) as bigint) as cost
  from ${entries} inner join budget_entry as entry on entry.budgets_key = attempt.budgets_key
  where attempt.budgets_key <> '' group by entry.tenant_id, entry.budget_key`;

function difference(left: string, right: string): string {
  return `select '<' as side, l.* from ((${left}) except all (${right})) as l
    union all select '>' as side, r.* from ((${right}) except all (${left})) as r`;
}

/** Where rows and roll-ups of a shared ledger do not tell the same: the rows of the one that the other lacks. */
export async function disagreements(server: PostgresServer, url: string): Promise<readonly unknown[]> {
  const hours = difference(fromEntries('completion.hour', subject), fromRollUp('usage_hour', 'hour', subject));
  const daySubject = subject.slice(0, 3);
  const days = difference(
    fromEntries('completion.hour - completion.hour % 86400000', daySubject),
    fromRollUp('usage_day', 'day', daySubject),
  );
  const month = `cast(extract(epoch from date_trunc('month', to_timestamp(completion.hour / 1000) at time zone 'UTC')
    at time zone 'UTC') * 1000 as bigint)`;
  const months = difference(fromEntries(month, daySubject), fromRollUp('usage_month', 'month', daySubject));
  const budgets = difference(budgetsFromEntries, 'select tenant_id, budget_key, cost from budget_total');
  const twice = `select id, count(*) from attempt group by id having count(*) > 1
    union all select id, count(*) from completion group by id having count(*) > 1
    union all select attempt_id, count(*) from attempt_correction group by attempt_id having count(*) > 1`;
  const stray = 'select id from attempt where completion_id not in (select id from completion)';
  const found: unknown[] = [];
  for (const sql of [hours, days, months, budgets, twice, stray]) found.push(...(await server.ask(url, sql)));
  return found;
}

export interface BookedAttempt {
  readonly outcome: string;
  readonly cost: bigint;
  readonly status: string;
}

/** What the shared ledger holds of each attempt, by id, its correction where it has one. */
export async function bookedAttempts(server: PostgresServer, url: string): Promise<ReadonlyMap<string, BookedAttempt>> {
  const rows = await server.ask(
    url,
    `select attempt.id, coalesce(correction.outcome, attempt.outcome) as outcome,
      coalesce(correction.cost, attempt.cost) as cost, completion.completion_status as status
      from ${entries} where attempt.id is not null`,
  );
  return new Map(
    rows.map(({ id, outcome, cost, status }) => [
      String(id),
      { outcome: String(outcome), cost: BigInt(String(cost)), status: String(status) },
    ]),
  );
}
