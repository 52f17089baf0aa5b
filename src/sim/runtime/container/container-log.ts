import type { AppendHandle, Disk } from '../../model/disk.ts'
import { bytesOf } from '../../process/bytes.ts'

/** Longer lines are cut into parts, as containerd does. */
const partLength = 16 * 1024

export interface UnfinishedLines {
  readonly stdout: string
  readonly stderr: string
}

/** A container's log file in the CRI's format: time, stream, `F` or `P`, text. */
export interface ContainerLog {
  /** What has no end of line yet. */
  readonly unfinished: UnfinishedLines
  write(stream: 'stdout' | 'stderr', text: string): void
  /** After the file was renamed: goes on in a new one. */
  reopen(): void
  /** Writes what has no end of line yet. */
  close(): void
}

export interface LogPlace {
  readonly disk: Disk
  readonly path: string
  readonly wallMs: () => number
}

/** A log; one that goes on begins with the lines that were unfinished. */
export function createContainerLog(
  { disk, path, wallMs }: LogPlace,
  unfinished: UnfinishedLines = { stdout: '', stderr: '' },
): ContainerLog {
  const pending = { ...unfinished }
  let handle: AppendHandle | undefined
  const put = (stream: string, tag: 'F' | 'P', text: string) => {
    handle ??= disk.append(path)
    handle.write(bytesOf(`${new Date(wallMs()).toISOString()} ${stream} ${tag} ${text}\n`))
  }
  const putParts = (stream: string, line: string, last: 'F' | 'P') => {
    let rest = line
    while (rest.length > partLength) {
      put(stream, 'P', rest.slice(0, partLength))
      rest = rest.slice(partLength)
    }
    put(stream, last, rest)
  }
  return {
    get unfinished() {
      return { ...pending }
    },
    write(stream, text) {
      const lines = (pending[stream] + text).split('\n')
      pending[stream] = lines.pop() ?? ''
      for (const line of lines) putParts(stream, line, 'F')
    },
    reopen() {
      handle?.close()
      handle = disk.append(path)
    },
    close() {
      for (const stream of ['stdout', 'stderr'] as const) {
        if (pending[stream] !== '') putParts(stream, pending[stream], 'P')
        pending[stream] = ''
      }
      handle?.close()
      handle = undefined
    },
  }
}
