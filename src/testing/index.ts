export { accessStoreContract } from './access-store-contract.ts';
export { auditStoreContract } from './audit-store-contract.ts';
export { contentStoreContract } from './content-store-contract.ts';
export type { ContractCase } from './contract.ts';
export { healthStoreContract } from './health-store-contract.ts';
export { ledgerStoreContract } from './ledger-store-contract.ts';
export { policyStoreContract } from './policy-store-contract.ts';
export { secretStoreContract } from './secret-store-contract.ts';
export { sessionStoreContract } from './session-store-contract.ts';
