import type { Host } from '#host'
import { terminationFile } from './container-config.ts'
import { terminationPolicyAnnotation } from './labels.ts'
import type { ObservedContainer } from './observe.ts'

const fileLimitBytes = 4096
const logLimitBytes = 2048
const logLimitLines = 80

/** What a container left behind: its message file, or the end of its log where it asked for that. */
export async function readTerminationMessage(
  host: Host,
  podUid: string,
  container: ObservedContainer,
  signal: AbortSignal,
): Promise<string> {
  const path = terminationFile(host.pods.path(podUid), container.name, container.restartCount)
  const left = await host.files.readTail(path, fileLimitBytes, signal).catch(() => undefined)
  const text = left ? Buffer.from(left).toString('utf8') : ''
  if (text !== '') return text
  const policy = container.annotations[terminationPolicyAnnotation]
  const failed = container.exitCode !== 0 && container.reason !== 'ContainerCannotRun'
  if (policy !== 'FallbackToLogsOnError' || !failed) return ''
  const tail = await host.files
    .readTail(container.logPath, 4 * logLimitBytes, signal)
    .catch(() => undefined)
  return tail ? endOfLog(Buffer.from(tail).toString('utf8')) : ''
}

/** Content of the last lines of a CRI log: `time stream tag content`. */
function endOfLog(text: string): string {
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .slice(-logLimitLines)
    .map((line) => line.split(' ').slice(3).join(' '))
  return Buffer.from(lines.map((line) => `${line}\n`).join(''))
    .subarray(-logLimitBytes)
    .toString('utf8')
}
