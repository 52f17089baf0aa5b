import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import {
  type ClusterOptions,
  defaultClusterOptions,
  defaultSimOptions,
  type SimServingOptions,
} from '#cluster'
import { KnarrError } from '#lib'
import { positiveDuration } from './options.ts'

/** The flags of `knarr up` that a simulation reads. */
export interface SimFlags {
  readonly sim?: boolean
  readonly seed?: string
  readonly paused?: boolean
  readonly behaviours?: string
  readonly nodes: number
  readonly dataDir: string
  readonly address: string
  readonly port: number
  readonly tlsSan?: readonly string[]
  readonly serviceCidr: string
  readonly clusterDomain: string
  readonly nodeMonitorPeriod: string
  readonly nodeMonitorGracePeriod: string
  readonly logLevel: ClusterOptions['logLevel']
}

export const mostSimNodes = 5000

export function addSimOptions(command: Command): Command {
  return command
    .option('--sim', 'simulate the nodes: virtual time, no containers, no root')
    .option('--seed <seed>', 'with --sim: draws every chance; the same again for the same run', '1')
    .option('--paused', 'with --sim: time stands until it is moved')
    .option('--behaviours <file>', 'with --sim: how containers behave')
}

export function toSimOptions(flags: SimFlags): SimServingOptions {
  const { behaviours } = flags
  return {
    dataDir: resolve(flags.dataDir),
    // Nobody but this machine has a reason to ask a simulation, unless told otherwise.
    address: flags.address === defaultClusterOptions.address ? '127.0.0.1' : flags.address,
    port: flags.port,
    tlsSans: flags.tlsSan ?? [],
    nodes: flags.nodes,
    seed: flags.seed ?? '1',
    paused: flags.paused === true,
    podCidr: defaultSimOptions.podCidr,
    serviceCidr: flags.serviceCidr,
    clusterDomain: flags.clusterDomain,
    nodeMonitorPeriodMs: positiveDuration('--node-monitor-period', flags.nodeMonitorPeriod),
    nodeMonitorGracePeriodMs: positiveDuration(
      '--node-monitor-grace-period',
      flags.nodeMonitorGracePeriod,
    ),
    ...(behaviours === undefined ? {} : { behaviours: readBehaviours(behaviours) }),
    logLevel: flags.logLevel,
  }
}

/** A simulation of which only the place is chosen: a snapshot decides the rest. */
export function simServing(dataDir: string, port: number): SimServingOptions {
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
    logLevel: 'info',
  }
}

function readBehaviours(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8')
  throw new KnarrError('NoSuchFile', `there is no behaviour file ${path}`)
}
