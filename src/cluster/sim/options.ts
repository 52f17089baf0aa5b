import type { AdmissionSettings } from '#apiserver'
import type { ClusterPart } from '../control-plane/parts.ts'
import type { RequestHeaderSettings } from '../control-plane/request-header.ts'
import type { AuthenticationSettings } from '../serving/authentication.ts'
import type { AuthorizationSettings } from '../serving/authorization.ts'
import type { SimNodeSpec } from '../sim-node/node-spec.ts'

/**
 * Everything that decides how a simulation goes, as plain data: a snapshot keeps it. Times in
 * milliseconds.
 */
export interface SimClusterOptions {
  readonly nodes: readonly SimNodeSpec[]
  readonly seed: number | string
  /** Wall time at the start. */
  readonly startWallMs: number
  readonly podCidr: string
  readonly serviceCidr: string
  readonly clusterDomain: string
  /** Parts that the cluster does without: `dns` leaves its place to another DNS. */
  readonly disable?: readonly ClusterPart[]
  /** Addresses for Services of type LoadBalancer: `192.0.2.10-192.0.2.20`, `192.0.2.0/28`. */
  readonly loadBalancerPool?: readonly string[]
  /** Versions of the API besides those that are served anyway: `extensions/v1beta1=true`. */
  readonly runtimeConfig?: readonly string[]
  /** What is configured of admission plugins. */
  readonly admission?: AdmissionSettings
  /** Whose tokens hold besides the cluster's own. */
  readonly authentication?: AuthenticationSettings
  /** Who may say in headers as whom a request is made. */
  readonly requestHeader?: RequestHeaderSettings
  /** Who is asked whether somebody may do something; default: Node, then RBAC. */
  readonly authorization?: AuthorizationSettings
  readonly nodeMonitorPeriodMs: number
  readonly nodeMonitorGracePeriodMs: number
  /** PEM of the authority that pods trust the API server by. */
  readonly rootCertificate: string
  /** Time stands unless it is moved; else it follows wall time from the start. */
  readonly paused: boolean
  /** Rules of a behaviour file: how containers behave. */
  readonly behaviours?: string
}

/** The options of a simulation that nothing else was said about: one node, seed 1, from 2026 on. */
export const defaultSimOptions: SimClusterOptions = {
  nodes: [{ name: 'node-1' }],
  seed: 1,
  startWallMs: Date.UTC(2026, 0, 1),
  podCidr: '10.128.0.0/9',
  serviceCidr: '10.96.0.0/12',
  clusterDomain: 'cluster.local',
  nodeMonitorPeriodMs: 5_000,
  nodeMonitorGracePeriodMs: 50_000,
  rootCertificate: 'simulated',
  paused: true,
}

/** Specifies `count` nodes, named `node-1` and so on. */
export function numberedNodes(count: number): readonly SimNodeSpec[] {
  return Array.from({ length: count }, (_, index) => ({ name: `node-${index + 1}` }))
}
