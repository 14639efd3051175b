import { randomUUID } from 'node:crypto';
import { createCatalog } from '../../src/catalog/create-catalog.ts';
import { administerPolicies } from '../../src/gateway/administer-policies.ts';
import type { PolicyAdministration } from '../../src/gateway/administration.ts';
import type { ChangeHints } from '../../src/gateway/change-hints.ts';
import { joinNodes } from '../../src/gateway/join-nodes.ts';
import { confirmWithinMs } from '../../src/gateway/node-registry.ts';
import type { Nodes } from '../../src/gateway/nodes.ts';
import { openPolicyBook, type PolicyBook } from '../../src/gateway/policy-book.ts';
import { type AccessControl, createAccessControl } from '../../src/identity/access-control.ts';
import { createJwtVerifier } from '../../src/identity/jwt.ts';
import type { Clock } from '../../src/model/clock.ts';
import type { Principal } from '../../src/model/principal.ts';
import { region } from '../../src/policy/rules/region.ts';
import { openPostgresStores } from '../../src/stores/postgres/open-postgres-stores.ts';
import type { Stores } from '../../src/stores/sql/stores.ts';
import { systemClock } from '../../src/system-clock.ts';
import { closeAfterTest } from './open-gate.ts';

/** What a node of several is, without providers and entrances. */
export interface OpenedNode {
  readonly nodes: Nodes;
  readonly book: PolicyBook;
  readonly access: AccessControl;
  readonly stores: Stores;
  readonly administration: PolicyAdministration;
  readonly administrator: Principal;
  readonly faults: readonly unknown[];
  /** Ends well; otherwise the end of the test does so. */
  close(): Promise<void>;
  /** Loses its database for good, without a word to the others. */
  die(): Promise<void>;
}

export interface OpenNodeOptions {
  readonly url: string;
  readonly id: string;
  readonly clock?: Clock;
  readonly hints?: ChangeHints;
}

/** The same on all nodes: what is told apart here is not. */
const hashKey = new Uint8Array(32).fill(7);

/** Opens a node over a PostgreSQL database. */
export async function openNode({ url, id, clock = systemClock, hints }: OpenNodeOptions): Promise<OpenedNode> {
  const faults: unknown[] = [];
  const stores = await openPostgresStores({ url, callTimeoutMs: 1500, connectTimeoutMs: 1500 });
  let isDead = false;
  const closers = [async () => (isDead ? undefined : await stores.close())];
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    for (const each of closers.reverse()) await each();
  };
  closeAfterTest(close);
  let nodes: Nodes | undefined;
  const access = await createAccessControl({
    store: stores.access,
    clock,
    hashKey,
    administratorHash: hashKey,
    jwt: createJwtVerifier({ issuers: [], clock }),
    confirmWithinMs,
    onRevoked: () => void nodes?.accessChanged(),
  });
  closers.push(access.close);
  const book = await openPolicyBook({ store: stores.policies, clock, confirmWithinMs });
  nodes = await joinNodes({
    store: stores.nodes,
    policies: book,
    access: access.changes,
    clock,
    id,
    bootId: randomUUID(),
    onFault: cause => faults.push(cause),
    ...(hints === undefined ? {} : { hints }),
  });
  closers.push(nodes.close);
  const administration = administerPolicies({
    book,
    store: stores.policies,
    access: stores.access,
    ledger: stores.ledger,
    clock,
    nodes,
    catalog: () => createCatalog([], { today: '2026-11-22', providers: [] }),
    enforceable: ['REGION'],
    rules: [region()],
  });
  const die = async () => {
    isDead = true;
    await stores.close();
  };
  return {
    nodes,
    book,
    access,
    stores,
    administration,
    administrator: access.localAdministrator(),
    faults,
    close,
    die,
  };
}

/** A policy for everybody, as an administrator writes it. */
export function regionDraft(...allow: readonly string[]) {
  return { name: 'Regions', mode: 'ENFORCE', appliesTo: [], rules: { region: { allow } } } as const;
}
