import type { Signal } from '../../process/process.ts'
import type { ContainerRecord } from './records.ts'

/** nginx's images ask for SIGQUIT, and drain on it as others do on SIGTERM. */
export function stopSignalOf({ config, argv }: ContainerRecord): Signal {
  return (config.stopSignal ?? (argv[0] === 'nginx' ? 'SIGQUIT' : 'SIGTERM')) as Signal
}
