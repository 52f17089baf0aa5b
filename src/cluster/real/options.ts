import type { AuthorizationConfiguration, ServiceAccountSettings } from '#apiserver'
import type { AuditLogOptions } from '../audit/options.ts'
import type { ClusterPart } from '../control-plane/parts.ts'
import type { RequestHeaderSettings } from '../control-plane/request-header.ts'
import type { AuthenticationSettings } from '../serving/authentication.ts'
import type { LogFormat } from '../serving/log-lines.ts'
import type { StoreChoice } from './open-store.ts'

/** `ClusterOptions` is everything that `knarr up` can be told about a real cluster. Times are in milliseconds. */
export interface ClusterOptions {
  readonly dataDir: string
  /** The name in its kubeconfig; default by the data directory. */
  readonly name?: string
  readonly store: StoreChoice
  readonly address: string
  readonly port: number
  /** Further names or addresses in the server's certificate. */
  readonly tlsSans: readonly string[]
  /** How many nodes this machine stands for. */
  readonly nodes: number
  /** Simulated ones beside them, on wall time. */
  readonly simNodes: number
  /** How containers on simulated nodes behave: a behaviour file's text. */
  readonly behaviours?: string
  readonly podCidr: string
  readonly serviceCidr: string
  readonly clusterDomain: string
  /** Parts that the cluster does without: `dns` leaves its place to another DNS. */
  readonly disable?: readonly ClusterPart[]
  /** Addresses for Services of type LoadBalancer: `192.0.2.10-192.0.2.20`, `192.0.2.0/28`. */
  readonly loadBalancerPool?: readonly string[]
  /** Versions of the API besides those that are served anyway: `extensions/v1beta1=true`. */
  readonly runtimeConfig?: readonly string[]
  /** The path of an AdmissionConfiguration. */
  readonly admissionConfigFile?: string
  /** The path of an EncryptionConfiguration; default: a key of this machine encrypts Secrets. */
  readonly encryptionConfigFile?: string
  /** Whether that file is read again when it changes. */
  readonly reloadEncryption?: boolean
  /** The path of an AuthenticationConfiguration. */
  readonly authenticationConfigFile?: string
  /** What `--oidc-…` come to. */
  readonly oidc?: AuthenticationSettings
  /** Whether requests without credentials are somebody's; default: those for health and version. */
  readonly anonymousAuth?: boolean
  /** Who may say in headers as whom a request is made. */
  readonly requestHeader?: RequestHeaderSettings
  /** The path of a TracingConfiguration; default: nothing is traced. */
  readonly tracingConfigFile?: string
  /** What is recorded of requests, and where; default: nothing. */
  readonly auditLog?: AuditLogOptions
  /** PEM of the private key that signs tokens of service accounts; default: one of this cluster. */
  readonly serviceAccountSigningKey?: string
  /** Who issues them; default: by the cluster's domain. */
  readonly serviceAccountIssuer?: string
  /** What else is said of them. */
  readonly serviceAccounts?: ServiceAccountSettings
  /** The path of an AuthorizationConfiguration. */
  readonly authorizationConfigFile?: string
  /** What `--authorization-mode` and its like come to; default: Node, then RBAC. */
  readonly authorizationModes?: AuthorizationConfiguration
  /** `docker.io=http://127.0.0.1:5000` */
  readonly registryMirrors: readonly string[]
  /** A `registries.yaml` as k3s reads it. */
  readonly registriesFile?: string
  /** Use this CRI endpoint instead of a private containerd. */
  readonly containerRuntimeEndpoint?: string
  readonly nodeMonitorPeriodMs: number
  readonly nodeMonitorGracePeriodMs: number
  /** How long the nodes may take to be Ready at the start. */
  readonly readyTimeoutMs: number
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
  readonly logFormat: LogFormat
}

/** The options of `knarr up` without a flag, which needs only a data directory besides. */
export const defaultClusterOptions: Omit<ClusterOptions, 'dataDir'> = {
  store: { kind: 'leveldb' },
  address: '0.0.0.0',
  port: 6443,
  tlsSans: [],
  nodes: 1,
  simNodes: 0,
  podCidr: '10.244.0.0/16',
  serviceCidr: '10.96.0.0/12',
  clusterDomain: 'cluster.local',
  registryMirrors: [],
  nodeMonitorPeriodMs: 5_000,
  nodeMonitorGracePeriodMs: 50_000,
  readyTimeoutMs: 120_000,
  logLevel: 'info',
  logFormat: 'text',
}
