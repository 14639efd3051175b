import type { ConfiguredModel, ConfiguredProvider } from '../catalog/configured-provider.ts';
import type { CompletionLimits } from '../graphql/federation/completion-queue.ts';
import type { Contribution } from '../graphql/federation/contribution.ts';
import type { JwtIssuer } from '../identity/jwt.ts';
import type { Alert } from '../model/alert.ts';
import type { DataPolicy, Protocol } from '../model/catalog.ts';
import type { HandoffMode, HoldMode } from '../model/completion-request.ts';
import type { Secret } from './secret.ts';

/** Everything that the person who runs the gateway decides, checked; plain data, and safe to log. */
export interface Config {
  /** Where the server listens. Default 127.0.0.1. */
  readonly host: string;
  /** 0 lets the system choose. Default 4000. */
  readonly port: number;
  /** Where policies, keys, the audit log and the ledger are. */
  readonly database: DatabaseConfig;
  /** `redis://…` or `rediss://…`: where nodes share their counters. Given with PostgreSQL, and only then. */
  readonly redisUrl?: Secret;
  /** Whether a start brings the database to this version, or refuses one that is not. Default `at-start`. */
  readonly migrate: 'at-start' | 'off';
  /** Absolute. Default `.tollgate`. */
  readonly stateDir: string;
  /** Letters, digits, `.`, `_`, `-`, at most 64. Default: the name of the machine. */
  readonly nodeId: string;
  readonly logLevel: LogLevel;
  /** Wraps the keys of each purpose. Absent: the one in the state folder. */
  readonly secret?: Secret;
  /** The one before `secret`, during rotation. */
  readonly previousSecret?: Secret;
  /** Instead of a generated administrator key. */
  readonly administratorKey?: Secret;
  /** In the order of the file, then those that the environment turns on. */
  readonly providers: readonly ProviderConfig[];
  /** Names that stand for models or endpoints. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly names: { readonly typePrefix: string; readonly fieldPrefix: string };
  readonly graphql: GraphqlConfig;
  /** Origins that browsers may open WebSockets from, beside this server's own address. */
  readonly allowedOrigins: readonly string[];
  /** Absent: callers send documents, and name none. */
  readonly trustedDocuments?: TrustedDocumentConfig;
  readonly jwtIssuers: readonly JwtIssuer[];
  /** A federated router that signs who asks. Absent: nobody is believed. */
  readonly router?: RouterConfig;
  readonly federation: FederationConfig;
  readonly receipts: ReceiptConfig;
  /** Who is told alerts. */
  readonly webhooks: readonly WebhookConfig[];
  readonly budgets: BudgetConfig;
  /** How streams are delivered, where the caller does not say so. */
  readonly streams: StreamConfig;
  readonly overload: OverloadConfig;
  /** Whether the simulated provider serves: asked for, or no provider is configured and the server is on loopback. */
  readonly sandbox: boolean;
  readonly proxy: ProxyConfig;
  /** PEM, trusted besides the usual ones when calling providers and receivers of webhooks. */
  readonly certificates: readonly string[];
  /** Absent: no traces. */
  readonly telemetry?: TelemetryConfig;
  readonly client: ClientConfig;
  /** Absolute; absent where there is no configuration file. */
  readonly configPath?: string;
}

export type DatabaseConfig =
  /** Absolute. Default `tollgate.db` in `stateDir`. */
  | { readonly kind: 'sqlite'; readonly path: string }
  /** As `readPostgresAddress` takes it; it may hold a password. */
  | { readonly kind: 'postgres'; readonly url: Secret };

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** One account at a vendor. The catalogue takes it as it is. */
export interface ProviderConfig extends ConfiguredProvider {
  readonly id: string;
  readonly name?: string;
  /** The company behind it. */
  readonly vendor: string;
  readonly protocol: Protocol;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** Empty: it wants none, or a header carries it. */
  readonly apiKeys: readonly ApiKeyConfig[];
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, Secret>>;
  readonly query: Readonly<Record<string, Secret>>;
  readonly region?: string;
  /** ISO 3166 country code. */
  readonly headquarters?: string;
  /** Absent: what the catalogue knows. */
  readonly dataPolicy?: DataPolicy;
  readonly billsAfterAbort?: boolean;
  /** Whether models that use tools of the provider by themselves may be called. Default false. */
  readonly allowServerTools?: boolean;
  /** `catalogue`: all that the catalogue knows of this provider. */
  readonly models: 'catalogue' | readonly ConfiguredModel[];
  readonly timeouts: TimeoutConfig;
}

/** One key of a provider. */
export interface ApiKeyConfig {
  /** The label of the file, or its place there from 1 on: unique, and shown. */
  readonly name: string;
  readonly key: Secret;
}

/** In milliseconds. */
export interface TimeoutConfig {
  /** Until the connection stands. */
  readonly connectMs: number;
  /** The most that the first event of a stream may take. */
  readonly firstEventMs: number;
  /** Between two events of a stream. */
  readonly idleMs: number;
  /** For a whole answer that is not streamed. */
  readonly unaryMs: number;
  /** Instead of `firstEventMs` and `unaryMs`, where the model reasons. */
  readonly reasoningMs: number;
}

/** What the GraphQL endpoint shows, and how much one operation may cost. */
export interface GraphqlConfig {
  /** Whom the schema is told to, in introspection and in suggestions of errors. */
  readonly introspection: 'anyone' | 'authenticated';
  readonly graphiql: boolean;
  /** How many `complete` one operation may hold. */
  readonly paidFields: number;
}

/** Documents that callers name by id. */
export interface TrustedDocumentConfig {
  /** Whether no other document is accepted. */
  readonly isStrict: boolean;
  /** Texts by id. */
  readonly byId: ReadonlyMap<string, string>;
}

/** A router that signs what it says of each request. */
export interface RouterConfig {
  /** In lower case. */
  readonly header: string;
  readonly secrets: readonly Secret[];
  /** How far its clock may be from this machine's, in milliseconds. */
  readonly maxAgeMs: number;
  /** Of users where the router names none. */
  readonly projectId?: string;
  /** It may name these projects and those below them only. Absent: any. */
  readonly projects?: readonly string[];
}

/** What a federated router finds, beside the public schema. */
export interface FederationConfig {
  readonly sdl: 'AUTHENTICATED' | 'OPEN';
  readonly maxRepresentations: number;
  readonly contribute: readonly Contribution[];
  readonly limits: CompletionLimits;
}

/** Signed statements of what was decided. */
export interface ReceiptConfig {
  readonly isEnabled: boolean;
  /** How old a signing key may be, in milliseconds. */
  readonly rotateAfterMs: number;
}

export interface StreamSettingsConfig {
  /** Absent: CONTINUE. */
  readonly handoff?: HandoffMode;
  /** Absent: NONE. */
  readonly hold?: HoldMode;
}

export interface StreamConfig extends StreamSettingsConfig {
  /** By the name of the workload. */
  readonly workloads: Readonly<Record<string, StreamSettingsConfig>>;
}

export interface BudgetConfig {
  /** US dollars, exact, that each node may spend of each tenant in an outage of the counters. */
  readonly outageAllowance: string;
}

export interface OverloadConfig {
  /** Beyond so many completions at a time a node refuses further ones. */
  readonly maxCompletions: number;
}

/** One receiver of alerts. */
export interface WebhookConfig {
  /** Its path and query may hold a token. */
  readonly url: Secret;
  /** What its webhooks are signed with. */
  readonly secret: Secret;
  readonly events: readonly Alert['type'][];
  /** Until an answer begins. */
  readonly timeoutMs: number;
}

/** Towards providers and receivers of webhooks. The URLs may hold credentials. */
export interface ProxyConfig {
  readonly httpsProxy?: Secret;
  readonly httpProxy?: Secret;
  /** Hosts that are reached directly, as `NO_PROXY` lists them. */
  readonly noProxy: readonly string[];
}

/** Where traces go, over OTLP. */
export interface TelemetryConfig {
  /** Without a slash at its end. */
  readonly endpoint: string;
  readonly serviceName: string;
  readonly headers: Readonly<Record<string, Secret>>;
}

/** For commands that speak to a running server. */
export interface ClientConfig {
  /** Without a slash at its end. */
  readonly url?: string;
  readonly apiKey?: Secret;
}
