import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { ClusterOptions } from '#cluster'
import { KnarrError } from '#lib'

/** The flag of `knarr up` about traces, named as upstream's. */
export interface TracingFlags {
  readonly tracingConfigFile?: string
}

export function addTracingOptions(command: Command): Command {
  return command.option(
    '--tracing-config-file <file>',
    'a TracingConfiguration: where traces of requests go, and how many of them',
  )
}

/** The path of a TracingConfiguration, which is read when the cluster starts. */
export function tracingOf({
  tracingConfigFile: file,
}: TracingFlags): Pick<ClusterOptions, 'tracingConfigFile'> {
  return file === undefined ? {} : { tracingConfigFile: resolve(file) }
}

/** @throws KnarrError in a simulation: what is asked of others would be something else with a trace. */
export function refuseTracing({ tracingConfigFile: file }: TracingFlags): void {
  if (file === undefined) return
  throw new KnarrError(
    'NothingToTrace',
    'with --sim requests take no time of the machine: no --tracing-config-file',
    { hint: 'The event log and the audit log tell what a simulation does, and when.' },
  )
}
