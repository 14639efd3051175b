import { isDiskLost, type SoakHistory, type Violation } from './history.ts';

/** Of callers: what they were told is what is booked; and every completion has ended, in the shared ledger. */
export function checkCallers({ callers, boots, rows, completions, journalled }: SoakHistory): readonly Violation[] {
  const violations: Violation[] = [];
  const say = (check: string, ids: readonly string[], detail: string) => void violations.push({ check, ids, detail });
  const byId = new Map(completions.map(completion => [completion.id, completion]));
  const byRequest = Map.groupBy(completions, ({ request }) => request);
  const rowsOf = Map.groupBy(rows, ({ completionId }) => completionId);

  for (const { id, status, request } of completions) {
    if (status === 'RUNNING') say('no completion stays running', [id, request], 'it runs');
  }
  for (const [request, all] of byRequest) {
    if (all.length > 1) say('a request is one completion', [request, ...all.map(({ id }) => id)], `${all.length}`);
  }
  for (const id of journalled) say('no completion stays in a journal', [id], 'it was not shipped');
  for (const { request, outcome, completionId, costNanos, boot, tenant, code, endedAt } of callers) {
    if (outcome !== 'FINISHED' && outcome !== 'REFUSED') continue;
    const completion = completionId === undefined ? byRequest.get(request)?.[0] : byId.get(completionId);
    const ids = [request, ...(completionId === undefined ? [] : [completionId])];
    const booked = completion === undefined ? [] : (rowsOf.get(completion.id) ?? []);
    // Others have booked it by what they knew: as unknown, if at all.
    const mayBeUnknown = completion === undefined || booked.every(row => row.outcome === 'UNKNOWN');
    if (mayBeUnknown && completion?.status !== 'FINISHED' && isDiskLost(boots, boot, endedAt)) continue;
    if (completion === undefined) {
      say('what a caller saw end is in the ledger', ids, `${tenant}: ${outcome} ${code ?? ''}`);
    } else if (outcome === 'REFUSED') {
      const answered = booked.filter(row => row.outcome === 'SUCCEEDED' || row.outcome === 'UNKNOWN');
      if (answered.length > 0) say('who is refused got no answer', [...ids, ...answered.map(({ id }) => id)], tenant);
    } else {
      const sum = booked.reduce((total, row) => total + row.costNanos, 0n);
      if (completion.status !== 'FINISHED') say('who has an answer is booked for it', ids, completion.status);
      else if (sum !== costNanos) say('a caller is told what is booked', ids, `${costNanos}, booked ${sum}`);
    }
  }
  return violations;
}
