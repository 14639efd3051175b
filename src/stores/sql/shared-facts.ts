import { prepare, program } from './prepared.ts';
import type { SqlDatabase } from './sql-database.ts';
import type { Tables } from './tables.ts';

/** Rows of facts that many completions share; writing one again changes nothing. */
export function sharedFactWrites(query: SqlDatabase['query']) {
  return {
    lineage: program(
      prepare<Tables['project_lineage']>(slot =>
        query
          .insertInto('project_lineage')
          .values({ project_path: slot('project_path'), ancestor_id: slot('ancestor_id') })
          .onConflict(clash => clash.doNothing()),
      ),
    ),
    label: program(
      prepare<Tables['label_entry']>(slot =>
        query
          .insertInto('label_entry')
          .values({ labels_key: slot('labels_key'), name: slot('name'), value: slot('value') })
          .onConflict(clash => clash.doNothing()),
      ),
    ),
    budget: program(
      prepare<Tables['budget_entry']>(slot =>
        query
          .insertInto('budget_entry')
          .values({
            budgets_key: slot('budgets_key'),
            tenant_id: slot('tenant_id'),
            budget_key: slot('budget_key'),
            resets_at: slot('resets_at'),
          })
          .onConflict(clash => clash.doNothing()),
      ),
    ),
    endpoint: program(
      prepare<Tables['endpoint_version']>(slot =>
        query
          .insertInto('endpoint_version')
          .values({ key: slot('key'), document: slot('document') })
          .onConflict(clash => clash.doNothing()),
      ),
    ),
  };
}
