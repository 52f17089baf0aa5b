import type { Host } from '#host'
import { terminationPolicyAnnotation } from '../model/labels.ts'
import type { ObservedContainer } from '../model/observed.ts'
import { terminationFile } from './container-config.ts'

const fileLimitBytes = 4096
const logLimitBytes = 2048
const logLimitLines = 80
/**
 * So much of a log holds what a message may take from it: lines of at most 16 KiB, as containerd
 * writes them, and before each a time, a stream and a tag.
 */
const logTailBytes = 24 * 1024

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
    .readTail(container.logPath, logTailBytes, signal)
    .catch(() => undefined)
  return tail ? endOfLog(Buffer.from(tail)) : ''
}

/** The last lines of a CRI log; the first one in `tail` may be cut, and then does not count. */
function endOfLog(tail: Buffer): string {
  const lines = tail.toString('latin1').split('\n')
  if (tail.length >= logTailBytes) lines.shift()
  const contents = lines
    .filter((line) => line !== '')
    .slice(-logLimitLines)
    .map(contentOf)
  return Buffer.from(contents.join(''), 'latin1').subarray(-logLimitBytes).toString('utf8')
}

/**
 * What the container wrote, from a line `time stream tag content`: the tag P stands for a part of a
 * line, which the next part goes on with (upstream: parseCRILog). Bytes are characters here, since a
 * line may be parted within a character.
 */
function contentOf(line: string): string {
  const [, , tags = '', ...content] = line.split(' ')
  const isPartial = tags.split(':')[0] === 'P'
  return `${content.join(' ')}${isPartial ? '' : '\n'}`
}
