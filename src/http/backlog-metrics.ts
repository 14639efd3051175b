import { Gauge, type Registry } from 'prom-client';
import type { Backlog } from '../stores/journaled-ledger-store.ts';

/** What a node has journalled and the ledger of all nodes has not taken yet. */
export type BacklogFigures = Pick<Backlog, 'waiting' | 'oldestEndedAt' | 'refused'>;

/** Adds gauges of a node's journal, which show nothing where there is none. */
export function addBacklogMetrics(registry: Registry, figures: () => BacklogFigures | undefined): void {
  const registers = [registry];
  new Gauge({
    name: 'tollgate_ledger_waiting',
    help: 'Completions that have ended and are not in the ledger of all nodes yet.',
    registers,
    collect() {
      const backlog = figures();
      if (backlog !== undefined) this.set(backlog.waiting);
    },
  });
  new Gauge({
    name: 'tollgate_ledger_oldest_waiting_seconds',
    help: 'How long ago the oldest of them ended.',
    registers,
    collect() {
      const backlog = figures();
      if (backlog === undefined) return;
      const { oldestEndedAt } = backlog;
      this.set(oldestEndedAt === undefined ? 0 : Math.max(0, Date.now() - oldestEndedAt) / 1_000);
    },
  });
  new Gauge({
    name: 'tollgate_ledger_refused',
    help: 'Completions that the ledger of all nodes refuses to take; they are kept on this node.',
    registers,
    collect() {
      const backlog = figures();
      if (backlog !== undefined) this.set(backlog.refused);
    },
  });
}
