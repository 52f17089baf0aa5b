import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { enabledResources, resources } from '#api'
import {
  balancerPool,
  type ClusterOptions,
  type ClusterPart,
  checkNetworks,
  clusterParts,
  defaultClusterOptions,
  defaultSimOptions,
  type SimServingOptions,
} from '#cluster'
import { KnarrError } from '#lib'
import { parseTime } from '#machinery'
import { type AuditFlags, auditOf } from './audit-options.ts'
import {
  type AuthenticationFlags,
  type AuthorizationFlags,
  authenticationOf,
  authorizationOf,
} from './identity-options.ts'
import { positiveDuration, wholeNumber } from './options.ts'
import { type RequestHeaderFlags, requestHeaderOf } from './request-header-options.ts'

/** The flags of `knarr up` that a simulation reads. */
export interface SimFlags
  extends AuthenticationFlags,
    AuthorizationFlags,
    AuditFlags,
    RequestHeaderFlags {
  readonly sim?: boolean
  readonly seed?: string
  readonly start?: string
  readonly paused?: boolean
  readonly simNodes: number
  readonly behaviours?: string
  readonly nodes: number
  readonly dataDir: string
  readonly name?: string
  readonly address: string
  readonly port: number
  readonly tlsSan?: readonly string[]
  readonly podCidr: string
  readonly serviceCidr: string
  readonly clusterDomain: string
  readonly disable?: readonly string[]
  readonly loadBalancerPool?: readonly string[]
  readonly runtimeConfig?: readonly string[]
  readonly admissionControlConfigFile?: string
  readonly nodeMonitorPeriod: string
  readonly nodeMonitorGracePeriod: string
  readonly readyTimeout: string
  readonly logLevel: ClusterOptions['logLevel']
  readonly logFormat: ClusterOptions['logFormat']
}

export const maxSimNodes = 5000

export function addSimOptions(command: Command): Command {
  return command
    .option('--sim', 'simulate the nodes: virtual time, no containers, no root')
    .option('--seed <seed>', 'with --sim: draws every chance; the same again for the same run', '1')
    .option('--start <time>', 'with --sim: wall time at its start (default: now)')
    .option('--paused', 'with --sim: time stands until it is moved')
    .option('--sim-nodes <number>', 'simulated nodes beside the real ones', wholeNumber(0, 1000), 0)
    .option('--behaviours <file>', 'with --sim or --sim-nodes: how simulated containers behave')
}

export function toSimOptions(flags: SimFlags): SimServingOptions {
  if (flags.simNodes > 0) {
    throw new KnarrError('AllSimulated', 'with --sim every node is simulated', {
      hint: 'Say how many with --nodes; --sim-nodes adds some to a cluster of real ones.',
    })
  }
  const podCidr = podCidrOf(flags)
  checkNetworks({ ...flags, podCidr })
  return {
    dataDir: resolve(flags.dataDir),
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...startOf(flags),
    // Nobody but this machine has a reason to ask a simulation, unless told otherwise.
    address: flags.address === defaultClusterOptions.address ? '127.0.0.1' : flags.address,
    port: flags.port,
    tlsSans: flags.tlsSan ?? [],
    nodes: flags.nodes,
    seed: flags.seed ?? '1',
    paused: flags.paused === true,
    podCidr,
    serviceCidr: flags.serviceCidr,
    clusterDomain: flags.clusterDomain,
    ...disabledOf(flags),
    ...poolOf(flags, podCidr),
    ...runtimeConfigOf(flags),
    ...admissionFileOf(flags),
    ...authenticationOf(flags),
    ...auditOf(flags),
    ...requestHeaderOf(flags),
    ...authorizationOf(flags),
    nodeMonitorPeriodMs: positiveDuration('--node-monitor-period', flags.nodeMonitorPeriod),
    nodeMonitorGracePeriodMs: positiveDuration(
      '--node-monitor-grace-period',
      flags.nodeMonitorGracePeriod,
    ),
    readyTimeoutMs: positiveDuration('--ready-timeout', flags.readyTimeout),
    ...behavioursOf(flags),
    logLevel: flags.logLevel,
    logFormat: flags.logFormat,
  }
}

/** A simulation has more nodes than a real cluster, and so a larger network of pods, unless one is chosen. */
function podCidrOf({ podCidr }: SimFlags): string {
  return podCidr === defaultClusterOptions.podCidr ? defaultSimOptions.podCidr : podCidr
}

/** The switched versions of the API, which are checked before anything starts. @throws KnarrError */
export function runtimeConfigOf({ runtimeConfig }: Pick<SimFlags, 'runtimeConfig'>): {
  readonly runtimeConfig?: readonly string[]
} {
  if (runtimeConfig === undefined) return {}
  enabledResources(resources, runtimeConfig)
  return { runtimeConfig }
}

/** The path of an AdmissionConfiguration, which is read when the cluster starts. */
export function admissionFileOf({
  admissionControlConfigFile: file,
}: Pick<SimFlags, 'admissionControlConfigFile'>): { readonly admissionConfigFile?: string } {
  return file === undefined ? {} : { admissionConfigFile: resolve(file) }
}

/** The addresses of load balancers, which are checked before anything starts. @throws KnarrError */
export function poolOf(
  { loadBalancerPool, serviceCidr }: Pick<SimFlags, 'loadBalancerPool' | 'serviceCidr'>,
  podCidr: string,
): { readonly loadBalancerPool?: readonly string[] } {
  if (loadBalancerPool === undefined) return {}
  balancerPool({ loadBalancerPool, serviceCidr, podCidr })
  return { loadBalancerPool }
}

/** The parts that the cluster does without. @throws KnarrError `NoSuchPart` */
export function disabledOf({ disable }: Pick<SimFlags, 'disable'>): {
  readonly disable?: readonly ClusterPart[]
} {
  if (disable === undefined) return {}
  return {
    disable: disable.map((name) => {
      const part = clusterParts.find((each) => each === name)
      if (part !== undefined) return part
      throw new KnarrError('NoSuchPart', `a cluster cannot do without ${name}`, {
        hint: `What it can do without: ${clusterParts.join(', ')}.`,
      })
    }),
  }
}

/** @throws KnarrError `BadInstant` */
function startOf({ start }: SimFlags): Pick<SimServingOptions, 'startWallMs'> {
  if (start === undefined) return {}
  const startWallMs = parseTime(start)
  if (startWallMs !== undefined && startWallMs >= 0) return { startWallMs }
  throw new KnarrError('BadInstant', `--start is no time: ${start}`, {
    hint: 'Write it like 2026-01-01T00:00:00Z.',
  })
}

/** A simulation of which only the place is chosen: a snapshot decides the rest. */
export function restoredSimOptions(dataDir: string, port: number): SimServingOptions {
  const { podCidr, serviceCidr, clusterDomain } = defaultSimOptions
  const { nodeMonitorPeriodMs, nodeMonitorGracePeriodMs } = defaultSimOptions
  return {
    dataDir,
    address: '127.0.0.1',
    port,
    tlsSans: [],
    nodes: 1,
    seed: 1,
    paused: true,
    podCidr,
    serviceCidr,
    clusterDomain,
    nodeMonitorPeriodMs,
    nodeMonitorGracePeriodMs,
    readyTimeoutMs: defaultClusterOptions.readyTimeoutMs,
    logLevel: 'info',
    logFormat: 'text',
  }
}

/** The text of the behaviour file, if one is named. */
export function behavioursOf({ behaviours }: Pick<SimFlags, 'behaviours'>): {
  readonly behaviours?: string
} {
  if (behaviours === undefined) return {}
  if (existsSync(behaviours)) return { behaviours: readFileSync(behaviours, 'utf8') }
  throw new KnarrError('NoSuchFile', `there is no behaviour file ${behaviours}`)
}
