type Integer = number | bigint;
type Json = string;

/** Empty text stands for none. */
export interface ContentTable {
  readonly completion_id: string;
  readonly created_at: Integer;
  readonly tenant_id: string;
  readonly project_id: string;
  readonly project_path: Json;
  readonly api_key_id: string;
  readonly user_name: string;
  readonly keep_until: Integer;
  readonly prompt: Json;
  readonly answer: Json;
}

/** Empty text stands for any. */
export interface ContentHoldTable {
  readonly id: string;
  readonly project_id: string;
  readonly user_name: string;
  readonly created_at: Integer;
  readonly created_by: string;
}

/** Hashes, ids and figures: no word of a caller. */
export interface IdempotencyKeyTable {
  readonly key: string;
  readonly input: string;
  readonly completion_id: string;
  readonly is_logged: Integer;
  readonly lease_until: Integer;
  readonly attended_until: Integer;
  /** Empty while it runs. */
  readonly status: string;
  /** Nano-dollars. */
  readonly cost: bigint;
  readonly kept_until: Integer;
}
